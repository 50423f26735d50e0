"""Publishing targets: further places that hold the published tables, each in its own form.

What belongs here: one module a kind of target, what each says of itself, and writing to all of
them. What does not: computing or checking tables, and the DuckDB file, which all are written from.
"""
