"""Cells, days, units and numbers as people type them, and the cycles that days fall into.

What belongs here: reading one typed value and saying what it means. What does not: what a whole
row means (``entities``) and which of several values is used (``progress``).
"""
