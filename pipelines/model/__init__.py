"""The model steps of a run: load inputs from the lake, call ``okr_model``, stage the results.

What belongs here: loading inputs for ``okr_model`` and declaring what each step takes and returns.
What does not: rules and formulas (``okr_model``) and Dagster (``assets``).
"""
