"""The page: server-rendered views of what is published, and the decisions made on them.

What belongs here: routes, layouts, charts, sign-in. What does not: figures and their words, which
commands and exports share (``published``), and anything that reads a source or computes a run: what
must be written or started is handed in (``site.Site``).
"""
