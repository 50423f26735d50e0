"""``okr init``, ``okr doctor`` and ``okr sync --plan``: asking and printing.

What belongs here: the words between a person and ``pipelines.setup``. What does not: the checks,
proposals and plans themselves.
"""
