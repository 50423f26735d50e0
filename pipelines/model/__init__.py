"""The steps that hand the lake to the model and stage what it returns.

What belongs here: loading inputs for ``okr_model`` and naming what each step takes and gives. What
does not: rules and formulas (``okr_model``) and Dagster (``assets``).
"""
