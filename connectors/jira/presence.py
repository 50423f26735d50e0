"""Which issues there are, by project, held compactly: a census may list millions."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from connectors.records import Present

_CHUNK = 10_000


class Presence:
    """Issue ids by project key."""

    def __init__(self) -> None:
        self._packed: dict[str, list[pa.Array]] = {}
        self._loose: dict[str, list[str]] = {}

    def add(self, place: str, issue: str) -> None:
        """Note that ``issue`` is in ``place``."""
        loose = self._loose.setdefault(place, [])
        loose.append(issue)
        if len(loose) >= _CHUNK:
            self._pack(place)

    def messages(self) -> Iterator[Present]:
        """One message for each project that has any issue, each id once.

        A project without a visible issue is not named at all: whether it was emptied or hidden
        from us cannot be told apart, and nothing may be deleted on a guess.
        """
        for place in sorted(self._loose):
            self._pack(place)
            ids = pc.unique(pa.chunked_array(self._packed[place], pa.string()))
            yield Present("jira_issues", place, ids)

    def _pack(self, place: str) -> None:
        packed = self._packed.setdefault(place, [])
        packed.append(pa.array(self._loose[place], pa.string()))
        self._loose[place] = []
