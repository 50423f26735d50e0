"""A database of Notion that a program writes, beside people's own properties and pages.

What belongs here: its requests, and typed values of its properties. What does not: which columns
and rows it has.
"""
