"""Publishing: checks, the Delta history, the DuckDB file, restatement, and reading back.

What belongs here: everything between the candidate tables and their readers. What does not:
computing the tables (``model``).
"""
