"""A target in a Google Sheet: the Key Results of the running cycles, beside people's own columns.

What belongs here: its columns and cells, planning what changes in a tab, and writing it. What does
not: Google's requests (``connectors.sheets``).
"""
