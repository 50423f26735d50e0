"""``okr changes`` and ``okr diff``: what changed between two runs, and why.

What belongs here: the commands and their output. What does not: comparing (``published.changes``).
"""
