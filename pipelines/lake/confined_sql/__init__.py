"""Measures in SQL, which anybody who edits a Key Result can write: run where they can do no harm.

What belongs here: what a query may be (``statement``) and may return (``results``), the views that
it reads (``views``), and the process that it runs in, from inside (``worker``) and from outside
(``process``). What does not: what its rows mean for a Key Result (``model.measures``).

Nothing is imported here: the worker is started for every night that has a query, and imports
DuckDB and none of the rest.
"""
