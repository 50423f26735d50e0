"""A schema of a Postgres database as a target.

What belongs here: connecting, the tables' shape there, and replacing their rows. What does not: the
database in which Dagster keeps its runs.
"""
