"""Setting a project up and keeping it healthy: ``okr init``, ``okr doctor``, ``okr sync --plan``.

What belongs here: asking services what they hold, proposing settings, checking a project, and
saying what a run would do. What does not: doing it (``nightly_run``), and printing (``cli``).
"""
