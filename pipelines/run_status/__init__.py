"""How a run stands: source status, unreachable places, whether any input changed.

What belongs here: reading attempts, problems and input digests. What does not: pulling (``ingest``)
and judging the tables (``publish``).
"""
