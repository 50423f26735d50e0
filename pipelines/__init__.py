"""The pipeline: wires connectors -> lake -> model -> published tables.

What belongs here: settings, the lake on disk, Dagster definitions, checks, publishing and the
``okr`` command. What does not: talking to a service (``connectors``) and what a record means for a
Key Result (``okr_model``). Importing this package has no side effects.
"""
