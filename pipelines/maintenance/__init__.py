"""Keeping okr-sync's own state: whole, and of bounded size year after year.

What belongs here: examining the data folder before a run, recording it after, and refusing days
that a wrong clock gives; bringing tables in order, dropping what nobody can ask for any more, and
bounding Dagster's own storage. What does not: the manifest itself (``lake.manifest``), what a
single table needs (``lake.delta``) and how each is written (``lake``, ``publish``).
"""
