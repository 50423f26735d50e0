"""The cursor of a Jira pull.

What belongs here: the cursor's shape, and how a pull resumes from one. What does not: which
requests a pull sends (``pull``).

The cursor of an unfinished pull holds what is needed to resume after the last batch; that of a
complete pull holds the watermark from which the next one looks for changes, and the ids read so
far.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from connectors.jira.decode.fields import Field
from connectors.jira.decode.timestamps import milliseconds
from connectors.jira.id_census import Ids, no_ids, pack, unpack

# Jira's search index lags behind edits by seconds to minutes; the overlap finds what it missed.
OVERLAP = timedelta(minutes=30)


class JiraCursor(msgspec.Struct, omit_defaults=True):
    """The state of one pull.

    Attributes:
        scope: Digest of the settings it started with; see ``JiraSettings.scope``.
        complete: Whether the pull is complete.
        watermark: Milliseconds since 1970 from which the next pull looks for changes; None until
            Jira's clock is known.
        since: The watermark that this pull started from; None to read everything.
        phase: ``search`` follows search pages; ``rest`` lists the issues beyond them and fetches
            them by id; ``census`` lists all ids and fetches those never read.
        token: The search page to resume from; None for the first.
        read: Ids read by searching, see :func:`~connectors.jira.id_census.pack`.
        upto: The highest id fetched by id so far; ids are fetched in ascending order.
        fields: The fields wanted as cells; None while their ids are unknown.
        epic_link: Id of the field that names an issue's epic, if there is one.
        held: ``updated`` by id, of issues last read within the overlap; an issue found again with
            the same ``updated`` is unchanged.
        seen: The same of this pull, to become the next one's ``held``.
        known: Ids of every issue read up to the last complete pull, packed.
        owed: Initiatives whose remote links were refused, packed; they are read once permitted.
        uncommented: Issues whose comments are still to be read, packed.
        places: Keys of the projects of which a complete pull has listed an issue.
    """

    scope: str
    complete: bool = False
    watermark: int | None = None
    since: int | None = None
    phase: Literal["search", "rest", "census"] = "search"
    token: str | None = None
    read: str | None = None
    upto: int = 0
    fields: tuple[Field, ...] | None = None
    epic_link: str | None = None
    held: dict[str, int] = {}
    seen: dict[str, int] = {}
    known: str | None = None
    owed: str | None = None
    uncommented: str | None = None
    places: tuple[str, ...] = ()

    @property
    def owed_ids(self) -> Ids:
        """Ids of initiatives whose remote links were refused."""
        return unpack(self.owed) if self.owed is not None else no_ids()

    @property
    def uncommented_ids(self) -> Ids:
        """Ids of the issues whose comments are still to be read."""
        return unpack(self.uncommented) if self.uncommented is not None else no_ids()

    @property
    def known_ids(self) -> Ids:
        """Ids of every issue read up to the last complete pull."""
        return unpack(self.known) if self.known is not None else no_ids()

    @property
    def read_ids(self) -> set[int]:
        """Ids read by searching before this pull was interrupted."""
        return {int(one) for one in unpack(self.read)} if self.read is not None else set()

    def dump(self) -> dict[str, Any]:
        """The cursor as plain JSON values; a copy, unaffected by later changes."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def note_clock(self, now: datetime) -> None:
        """Set the watermark from Jira's clock, once, at the start of the pull."""
        if self.watermark is None:
            self.watermark = milliseconds(now - OVERLAP)

    def is_held(self, issue: str, updated_at: datetime | None) -> bool:
        """Whether the previous pull yielded this very state of the issue."""
        return updated_at is not None and self.held.get(issue) == milliseconds(updated_at)

    def note_seen(self, issue: str, updated_at: datetime | None) -> None:
        """Note an issue that the next pull will find again within its overlap."""
        if updated_at is None or self.watermark is None:
            return
        if milliseconds(updated_at) >= self.watermark:
            self.seen[issue] = milliseconds(updated_at)

    def restart(self) -> None:
        """Start again from the first page, with a new watermark."""
        self.token = None
        self.read = None
        self.watermark = None
        self.seen = {}

    def finish(
        self, known: Iterable[int], owed: Iterable[int] = (), uncommented: Iterable[int] = ()
    ) -> None:
        """Mark the pull complete, and drop what only an unfinished pull needs."""
        self.complete = True
        self.phase = "search"
        self.since = None
        self.token = None
        self.read = None
        self.upto = 0
        self.known = pack(known)
        self.owed = pack(owed)
        self.uncommented = pack(uncommented)
        self.held, self.seen = self.seen, {}


def begin(cursor: Mapping[str, Any], scope: str) -> JiraCursor:
    """The state to start from: empty, that of an interrupted pull, or the last watermark.

    A cursor with another scope, or one that cannot be decoded, counts as empty.
    """
    try:
        last = msgspec.convert(cursor, JiraCursor)
        _ = last.known_ids, last.read_ids, last.owed_ids, last.uncommented_ids
    except (msgspec.ValidationError, ValueError):
        return JiraCursor(scope)
    if last.scope != scope:
        return JiraCursor(scope)
    if last.complete:
        return JiraCursor(
            scope,
            since=last.watermark,
            fields=last.fields,
            epic_link=last.epic_link,
            held=last.held,
            known=last.known,
            owed=last.owed,
            uncommented=last.uncommented,
            places=last.places,
        )
    return last
