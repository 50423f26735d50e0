"""The lake on disk: Delta streams, the decision log, step files, attempts, the run lock.

What belongs here: storing and reading back what was pulled or decided. What does not: what a record
means (``datasets``, ``okr_model``) and what readers see (``publish``).
"""
