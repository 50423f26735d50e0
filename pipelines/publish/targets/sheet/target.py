"""Replacing the Key Results in a Google Sheet: a tab of all, and a tab a team.

What belongs here: which tabs there are, which Key Results each holds, and what the spreadsheet says
of itself. What does not: a tab's cells (``layout``, ``cells``) and Google (``connectors.sheets``).

All tabs change in one request, unless that would be too large; see
``connectors.sheets.shared_book``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from connectors.errors import SourceError
from connectors.sheets.book_tabs import BookTab
from connectors.sheets.shared_book import BookChange, Decide, NewTab, Outline, SharedBook, Tabs
from connectors.sheets.source import SheetsSettings
from connectors.sheets.tab_requests import Rewrite
from okr_model.tables import Column
from okr_model.tables.columns import LEVELS
from pipelines.publish.history import about_to_commit
from pipelines.publish.targets.manifest import Manifest, TargetError
from pipelines.publish.targets.published_run import PublishedRun
from pipelines.publish.targets.running import (
    manifest_of_running,
    running_key_results,
    same_run,
)
from pipelines.publish.targets.sheet.cells import COLUMNS, TEAM_COLUMNS
from pipelines.publish.targets.sheet.layout import FROZEN, STAMP, layout_of, plan

_TITLE = "Key Results"
_MOST_LETTERS = 100  # of a tab's title
_UNFINISHED = f"{STAMP}is writing here; what stands below is not whole."


class Kept(msgspec.Struct, frozen=True):
    """What is kept with a spreadsheet, for programs.

    Attributes:
        manifest: What it holds; None while it is being written.
        tabs: The ids of all tabs that okr-sync ever made there.
        columns: The columns that it gave to the tab of all Key Results, and to those of teams.
    """

    manifest: Manifest | None
    tabs: tuple[int, ...] = ()
    columns: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True)
class _Wanted:
    """A tab as it should be."""

    title: str
    columns: Sequence[Column]
    rows: list[dict[str, Any]] = field(default_factory=list)


class SheetTarget:
    """Some tabs of a spreadsheet.

    Args:
        name: What the settings call it.
        settings: The credentials, and the spreadsheet.
        words: What the organization calls the levels of confidence, best first.
        keeps_keys: Whether the key of a Key Result that goes stays beside what people wrote there.
    """

    def __init__(
        self,
        name: str,
        settings: SheetsSettings,
        words: Sequence[str] = LEVELS,
        *,
        keeps_keys: bool,
    ) -> None:
        self.name = name
        (self.place,) = settings.spreadsheets
        self._settings = settings
        self._words = tuple(words)
        self._keeps_keys = keeps_keys
        self._asked: tuple[Kept, Outline] | None = None

    def manifest(self) -> Manifest | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with self._book() as book:
            outline = book.outline()
        kept = _kept(outline)
        self._asked = kept, outline
        return kept.manifest

    def missing(self, manifest: Manifest) -> str | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        if self._asked is None or self._asked[0].manifest != manifest:
            self.manifest()
        assert self._asked is not None  # noqa: S101 - asked just now
        kept, outline = self._asked
        gone = [one for one in kept.tabs if one not in outline.titles]
        return f"a tab that okr-sync made (gid={gone[0]}) is missing" if gone else None

    def rehearse(self, run: PublishedRun) -> None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        self.look()
        new, _, decide = self._to_write(run)
        with self._book() as book:
            book.rehearse(new, _kept(book.outline()).tabs, decide)

    def write(self, run: PublishedRun) -> Manifest:
        """See :class:`pipelines.publish.targets.manifest.Target`.

        A run whose rows take more than one request is not switched to at once; the first row of
        each tab tells.
        """
        new, manifest, decide = self._to_write(run)
        with self._book() as book:
            about_to_commit()
            book.rewrite(new, _kept(book.outline()).tabs, decide)
        self._asked = None
        return manifest

    def look(self) -> str:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with self._book() as book:
            if not book.file().can_edit:
                raise TargetError(
                    f"The spreadsheet {self.place} may only be read. Share it with {book.who} as an"
                    " editor."
                )
            return f"The spreadsheet {self.place} can be edited by {book.who}."

    def _to_write(self, run: PublishedRun) -> tuple[list[NewTab], Manifest, Decide]:
        """The tabs of a run, its manifest, and what computes the changes."""
        wanted = _wanted(run, self._words)
        manifest = manifest_of_running(run, len(wanted[_id()].rows))
        new = [NewTab(at, one.title, len(one.columns), FROZEN) for at, one in wanted.items()]

        def decide(outline: Outline, tabs: Tabs) -> BookChange | None:
            return self._change(outline, tabs, wanted, manifest)

        return new, manifest, decide

    def _change(
        self, outline: Outline, tabs: Tabs, wanted: Mapping[int, _Wanted], manifest: Manifest
    ) -> BookChange | None:
        """What is to be changed in the tabs as they are; None if they are as they should be."""
        kept = _kept(outline)
        every = dict(wanted) | {
            at: _Wanted(tab.title, TEAM_COLUMNS) for at, tab in tabs.items() if at not in wanted
        }
        rewrites, stamps, stamped = {}, {}, True
        for at, one in every.items():
            tab = tabs.get(at)
            rewrites[at], place = self._rewrite(tab, one, kept.columns[at != _id()])
            stamps[at] = place, _stamp(one, manifest)
            stamped = stamped and tab is not None and _holds(tab, *stamps[at])
        changed = any(one.changes_rows for one in rewrites.values())
        if stamped and not changed and same_run(kept.manifest, manifest):
            return None
        names = tuple(tuple(one.name for one in which) for which in (COLUMNS, TEAM_COLUMNS))
        now = Kept(manifest, tuple(every), (names[0], names[1]))
        unfinished = msgspec.structs.replace(now, manifest=None)
        return BookChange(rewrites, stamps, _text(now), (_UNFINISHED, _text(unfinished)))

    def _rewrite(
        self, tab: BookTab | None, wanted: _Wanted, known: Sequence[str]
    ) -> tuple[Rewrite, tuple[int, int]]:
        names = [one.name for one in wanted.columns]
        layout = layout_of(tab, names, known)
        changes = plan(tab, layout, wanted.columns, wanted.rows, keeps_keys=self._keeps_keys)
        return changes, layout.stamp

    @contextmanager
    def _book(self) -> Iterator[SharedBook]:
        try:
            book = SharedBook(self._settings)
            try:
                yield book
            finally:
                book.close()
        except SourceError as error:
            raise TargetError(error.sentence) from None


def _wanted(run: PublishedRun, words: Sequence[str]) -> dict[int, _Wanted]:
    """The tabs that a run fills, by id: that of all Key Results first, teams by name."""
    rows = running_key_results(run, words)
    found = {_id(): _Wanted(_TITLE, COLUMNS, rows)}
    for row in rows:
        named = [str(team).strip() for team in row["teams"] or [row["team"] or ""]]
        for folded, team in {team.casefold(): team for team in named if team}.items():
            title = team if folded != _TITLE.casefold() else f"{team} (team)"
            tab = _Wanted(title[:_MOST_LETTERS], TEAM_COLUMNS)
            found.setdefault(_id(team), tab).rows.append(row)
    return found


def _id(team: str = "") -> int:
    """The id of a team's tab, or of that of all Key Results, by which it is found if renamed."""
    return zlib.crc32(f"okr-sync {team.casefold()}".encode()) >> 1


def _stamp(wanted: _Wanted, manifest: Manifest) -> str:
    count = len(wanted.rows)
    what = "1 Key Result" if count == 1 else f"{count} Key Results"
    return (
        f"{STAMP}{what} of the running cycles as of {manifest.as_of}, run {manifest.run_id}. Its"
        " columns are written anew; yours beside them stay."
    )


def _holds(tab: BookTab, place: tuple[int, int], text: str) -> bool:
    row, column = place
    cells = tab.rows[row] if row < len(tab.rows) else ()
    return column < len(cells) and cells[column] == text


def _kept(outline: Outline) -> Kept:
    if not outline.kept:
        return Kept(None)
    try:
        return msgspec.json.decode(outline.kept, type=Kept)
    except msgspec.DecodeError:  # somebody's own, or of another version
        return Kept(None)


def _text(kept: Kept) -> str:
    return msgspec.json.encode(kept).decode()
