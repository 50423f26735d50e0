"""The hidden token that identifies a row of the review tab and detects edits to it.

What belongs here: building and parsing tokens. What does not: what a row shows (``questions``) and
whether its answer is valid (``answers``).

A token has the initiative and the Key Result that the row is about, a version (a digest of the
decisions made about them when the row was written) and a checksum of these and of what the row
shows. So rows may be moved, and a row that was edited or combined from two is detected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

Value = str | float | None
CHECKED = ("question", "initiative", "present", "suggested")
"""The columns covered by the checksum, because the answer refers to them."""


def token_of(
    initiative_id: str, key_result_id: str, version: str, shown: Mapping[str, Value]
) -> str:
    """The token of a row that shows ``shown``."""
    seen = [str(shown.get(name) or "") for name in CHECKED]
    check = _digest(initiative_id, key_result_id, version, *seen)
    return f"#{initiative_id}|{key_result_id}|{version}|{check}"


def token_parts(token: str) -> tuple[str, str, str, str] | None:
    """Initiative, Key Result, version and checksum of a token; None if it is not a token."""
    if not token.startswith("#") or token.count("|") < 3:
        return None
    initiative_id, key_result_id, version, check = token[1:].rsplit("|", 3)
    return initiative_id, key_result_id, version, check


def version_of(decided: Iterable[str]) -> str:
    """The version for a pair, from the ids of the decisions made about it."""
    return _digest(*decided)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]
