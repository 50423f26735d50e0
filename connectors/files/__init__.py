"""A folder of CSV or Parquet files as plain records: the smallest connector, and the example.

What belongs here: detecting changed files, and reading their rows. What does not: what a column
means. ``docs/write-a-connector.md`` walks through it.
"""

from connectors.files.facts import FACTS, FilesSection

__all__ = ["FACTS", "FilesSection"]
