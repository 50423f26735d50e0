"""The status of a run: sources, unreachable places, and whether any input changed.

What belongs here: what attempts, open problems and input digests mean for the run. What does not:
pulling (``ingest``) and checking the tables (``publish``).
"""
