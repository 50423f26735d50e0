"""How places are named, and what became of what datasets name in them.

What belongs here: titles and addresses of places out of the lake, and renamed fields. What does
not: reading a dataset's records (``datasets.records``).
"""
