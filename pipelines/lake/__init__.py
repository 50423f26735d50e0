"""State on disk: Delta streams, the decision log, step files, attempts and the run lock.

What belongs here: storing and reading back what was pulled or decided, and the tables between two
steps of a run. What does not: what a record means (``datasets``, ``okr_model``) and the published
tables (``publish``).
"""
