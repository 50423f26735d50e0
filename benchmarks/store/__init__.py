"""Two machines that try the same night on one object store.

What belongs here: what they do, and judging what became of it. What does not: the store itself
(``pipelines.store``).
"""
