"""Back-ups: ``okr backup`` and ``okr restore``.

What belongs here: their options, and what they print. What does not: making and restoring one
(``pipelines.backup``).
"""
