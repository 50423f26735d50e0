"""A folder of CSV or Parquet files as plain records: the smallest connector, to learn from.

What belongs here: which files are read again, and what a row of one is. What does not: what a
column means. ``docs/write-a-connector.md`` walks through it.
"""

from connectors.files.facts import FACTS

__all__ = ["FACTS"]
