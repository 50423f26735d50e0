"""Google Sheets: every row of the configured spreadsheets, as records.

What belongs here: reading spreadsheets through the official Drive and Sheets APIs, what a cell's
number format makes of its value, finding a table's columns by their headers, and writing tabs that
people write too (``shared_tab``, ``shared_book``). What does not: what a column means, and any
service but Google's. The public face is ``FACTS``, which builds the connector; importing it does
not import Google's client libraries.
"""

from connectors.sheets.facts import FACTS, SheetsSection

__all__ = ["FACTS", "SheetsSection"]
