"""What is not there, with the way to where it is.

What belongs here: that error. What does not: the page that tells of it (``app``).
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException


class NotHereError(HTTPException):
    """Nothing of this name is there on this day or in this cycle.

    Args:
        words: What is not there, in sentences.
        links: Words and addresses of what the reader may have meant.
    """

    def __init__(self, words: str, links: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(404, words)
        self.links = links
