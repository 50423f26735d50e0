"""Publishing: checks, the Delta history, the DuckDB file, restatement, and the reader of what it
    wrote.

What belongs here: everything between candidate tables and readers. What does not: computing the
tables (``model``).
"""
