"""Publishing: checks, the Delta history, the DuckDB file, restatement, and reading them back.

What belongs here: everything between candidate tables and readers. What does not: computing the
tables (``model``).
"""
