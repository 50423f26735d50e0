"""The page as the settings want it: who may read it, tokens for programs, its tools for assistants.

What belongs here: from ``page:`` of the settings to what ``dashboard`` and ``assistant`` are given.
What does not: the server (``pipelines.cli.serve``).
"""
