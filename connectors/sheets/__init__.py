"""Google Sheets: every row of the configured spreadsheets, as records.

What belongs here: reading spreadsheets through the official Drive and Sheets APIs, what a cell's
number format makes of its value, finding a table's columns by their headers, and writing a tab that
people write too (``shared_tab``). What does not: what a column means, and any service but
Google's.

>>> from connectors.sheets import SheetsSettings, SheetsSource, read_table
"""

from connectors.sheets.source import SheetsSettings, SheetsSource, last_read
from connectors.sheets.tables import Record, Table, read_table

__all__ = ["Record", "SheetsSettings", "SheetsSource", "Table", "last_read", "read_table"]
