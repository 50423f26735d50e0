"""The assets that Dagster shows: sources, model, published tables.

What belongs here: thin Dagster wrappers that call the functions of ``pipelines`` and say in
metadata what came out. What does not: the work itself, so that it can be tested without Dagster.
"""
