"""The hidden token of a review row: which question it asks, and of which version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

Value = str | float | None


CHECKED = ("question", "initiative", "present", "suggested")
"""What a person must have seen as it was written for the answer to mean what it says."""


def token_of(
    initiative_id: str, key_result_id: str, version: str, shown: Mapping[str, Value]
) -> str:
    """The token of a row that shows this."""
    seen = [str(shown.get(name) or "") for name in CHECKED]
    check = _digest(initiative_id, key_result_id, version, *seen)
    return f"#{initiative_id}|{key_result_id}|{version}|{check}"


def token_parts(token: str) -> tuple[str, str, str, str] | None:
    """Initiative, Key Result, version and checksum of a token; None if it is none."""
    if not token.startswith("#") or token.count("|") < 3:
        return None
    initiative_id, key_result_id, version, check = token[1:].rsplit("|", 3)
    return initiative_id, key_result_id, version, check


def version_of(decided: Iterable[str]) -> str:
    """What a token says of the decisions, by their ids, that had been made about its pair."""
    return _digest(*decided)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]
