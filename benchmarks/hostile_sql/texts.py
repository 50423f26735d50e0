"""What a hostile text is, and words that are in many of them.

What belongs here: the class and the words. What does not: the texts (``reach``, ``returned``,
``demands``).
"""

from __future__ import annotations

from dataclasses import dataclass

VALUE = "value"
"""Of a text that looks hostile and is not: it must give a value."""
NOTHING = "nothing"
"""Of a text that gives no row with a day and a value, which is no fault."""
NO_STREAM = "may read the streams only"
ONE_SELECT = "must be one SELECT"
TOO_MUCH = "took longer than|more time of the processor|GB of memory"
TOO_DEEP = "nested too deeply"

DAY = "DATE '2026-11-27' AS day"
ONE = f"SELECT {DAY}, 1 AS value"
"""A query that is in order, and of which most others are made."""


@dataclass(frozen=True)
class HostileSql:
    """A text.

    Attributes:
        name: What it tries.
        sql: The query, without the word ``sql`` before it.
        becomes: A pattern in the finding's sentence; or :data:`VALUE` or :data:`NOTHING`.
        slow: Whether it goes on until it is ended.
    """

    name: str
    sql: str
    becomes: str
    slow: bool = False
