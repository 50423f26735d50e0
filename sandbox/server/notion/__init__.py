"""A stand-in for Notion, written from its specification.

What belongs here: how Notion answers. What does not: the sample company (``sandbox.company``).
"""
