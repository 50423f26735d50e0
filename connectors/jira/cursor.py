"""Where a pull stands: what the cursor holds.

A pull that is under way carries what is needed to go on after the last batch handed over; one that
is complete carries the watermark from which the next one looks for changes, and which issues were
read at all.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from connectors.jira.decode.fields import Field
from connectors.jira.decode.timestamps import milliseconds
from connectors.jira.id_census import Ids, no_ids, pack, unpack

# Jira's search lags behind its edits by seconds to minutes; what it indexed late is found again.
OVERLAP = timedelta(minutes=30)


class JiraCursor(msgspec.Struct, omit_defaults=True):
    """The state of one pull, as its cursor keeps it.

    Attributes:
        scope: Digest of the settings it was begun with; see ``JiraSettings.scope``.
        complete: Whether it came to its end.
        watermark: Milliseconds since 1970 from which the next pull must look; None until Jira
            has told its time.
        since: What it looks for: changes from then on; None for everything.
        phase: ``search`` pages are followed one after the other; there were too many of them, so
            the ``rest`` is listed and fetched by id; or only the ``census`` is left, and what it
            shows that was never read.
        token: The search page to go on from; None for the first.
        read: What was read by searching, see :func:`~connectors.jira.id_census.pack`.
        upto: The highest id handed over since; what is fetched by id goes by ascending ids.
        fields: The fields wanted as cells; None while their ids are not known.
        epic_link: Id of the field that names an issue's epic, where there is one.
        held: When issues last read within the overlap were updated, by id: the same again is no
            change.
        seen: The same for this pull, to be the next one's ``held``.
        known: Every issue that the last complete pull left read, packed.
        owed: Initiatives whose remote links were refused, packed; they are read once they are open.
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

    @property
    def owed_ids(self) -> Ids:
        """Initiatives whose remote links were refused."""
        return unpack(self.owed) if self.owed is not None else no_ids()

    @property
    def known_ids(self) -> Ids:
        """What the last complete pull left read."""
        return unpack(self.known) if self.known is not None else no_ids()

    @property
    def read_ids(self) -> set[int]:
        """What was read by searching before this pull was cut off."""
        return {int(one) for one in unpack(self.read)} if self.read is not None else set()

    def dump(self) -> dict[str, Any]:
        """What the lake keeps; a copy, so that going on does not change it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def note_clock(self, now: datetime) -> None:
        """Set the watermark by Jira's clock, once: at the beginning of the pull."""
        if self.watermark is None:
            self.watermark = milliseconds(now - OVERLAP)

    def is_held(self, issue: str, updated_at: datetime | None) -> bool:
        """Whether just this state of an issue was handed over by the pull before."""
        return updated_at is not None and self.held.get(issue) == milliseconds(updated_at)

    def note_seen(self, issue: str, updated_at: datetime | None) -> None:
        """Remember an issue whose update the next pull will see again."""
        if updated_at is None or self.watermark is None:
            return
        if milliseconds(updated_at) >= self.watermark:
            self.seen[issue] = milliseconds(updated_at)

    def restart(self) -> None:
        """Back to the first page, by a new clock: all of it will be read after now."""
        self.token = None
        self.read = None
        self.watermark = None
        self.seen = {}

    def finish(self, known: Iterable[int], owed: Iterable[int] = ()) -> None:
        """The pull is complete; what only it needed is dropped."""
        self.complete = True
        self.phase = "search"
        self.since = None
        self.token = None
        self.read = None
        self.upto = 0
        self.known = pack(known)
        self.owed = pack(owed)
        self.held, self.seen = self.seen, {}


def begin(cursor: Mapping[str, Any], scope: str) -> JiraCursor:
    """Where a pull starts: afresh, from where one was cut off, or from a watermark.

    A cursor that was written for other settings, or cannot be read, counts as none.
    """
    try:
        last = msgspec.convert(cursor, JiraCursor)
        _ = last.known_ids, last.read_ids, last.owed_ids
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
        )
    return last
