"""The census of issue ids by project, in compact form: it may list millions.

What belongs here: sets of ids, and their packed form in the cursor. What does not: requests.
"""

import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from connectors.records import Present

Ids = NDArray[np.int64]
"""Numeric issue ids, ascending, without duplicates."""

_CHUNK = 10_000


class IdCensus:
    """Issue ids by project key.

    Attributes:
        hidden: The places that turned out not to be visible.
    """

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self._packed: dict[str, list[Ids]] = {}
        self._loose: dict[str, list[int]] = {}

    def add(self, place: str, issue: str) -> None:
        """Add ``issue`` to ``place``."""
        loose = self._loose.setdefault(place, [])
        loose.append(int(issue))
        if len(loose) >= _CHUNK:
            self._pack(place)

    def ids(self, place: str | None = None) -> Ids:
        """All ids, or those of one place."""
        places = list(self._loose) if place is None else [place]
        for each in places:
            self._pack(each)
        packed = [part for each in places for part in self._packed.get(each, [])]
        return np.unique(np.concatenate([*packed, no_ids()]))

    def places(self) -> list[str]:
        """The places with any issue."""
        return [place for place in sorted(self._loose) if len(self.ids(place))]

    def among(self, ids: Iterable[int]) -> dict[str, Ids]:
        """Those of ``ids`` that the census has, by place."""
        asked = np.fromiter(ids, np.int64)
        found = {place: np.intersect1d(self.ids(place), asked) for place in sorted(self._loose)}
        return {place: here for place, here in found.items() if len(here)}

    def drop(self, ids: Iterable[int]) -> None:
        """Remove ids of issues that turned out to be deleted."""
        gone = np.fromiter(ids, np.int64)
        for place in list(self._loose):
            self._packed[place] = [np.setdiff1d(self.ids(place), gone)]

    def hide(self, place: str) -> None:
        """Remove a place that turned out not to be visible; :meth:`messages` skips it."""
        self.hidden.add(place)
        self._loose.pop(place, None)
        self._packed.pop(place, None)

    def messages(self) -> Iterator[Present]:
        """One message per project with any issue.

        A project without a visible issue is skipped: it may be hidden from the token's owner, and
        hidden issues must not get tombstones.
        """
        for place in self.places():
            yield Present("jira_issues", place, pa.array(self.ids(place)).cast(pa.string()))

    def _pack(self, place: str) -> None:
        loose = self._loose[place]
        self._packed.setdefault(place, []).append(np.array(loose, np.int64))
        self._loose[place] = []


def no_ids() -> Ids:
    """An empty array of ids."""
    return np.array([], np.int64)


def pack(ids: Iterable[int]) -> str:
    """Ids as a short text for the cursor: delta-encoded and compressed.

    A million consecutive ids take a few kilobytes; scattered ones about a byte each.
    """
    ascending = np.unique(np.fromiter(ids, np.int64))
    return b85encode(zlib.compress(np.diff(ascending, prepend=0).tobytes())).decode()


def unpack(text: str) -> Ids:
    """The inverse of :func:`pack`.

    Raises:
        ValueError: The text is not the output of :func:`pack`.
    """
    try:
        differences = np.frombuffer(zlib.decompress(b85decode(text)), np.int64)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    return np.cumsum(differences)
