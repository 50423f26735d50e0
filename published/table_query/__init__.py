"""Any published table, searched, filtered, sorted and counted: from an address to rows.

What belongs here: what may be asked of a table (``question``), that as SQL (``statement``), and its
rows, counts and facets (``answer``). What does not: figures that a view has of its own.
"""
