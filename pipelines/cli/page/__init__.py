"""The page on this machine: its server, who may read it, tokens for programs.

What belongs here: from ``page:`` of the settings to what ``dashboard`` and ``assistant`` are given,
and running the server. What does not: the page (``dashboard``).
"""
