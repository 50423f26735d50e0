"""What every view is about: cycle, day, team, as they stand in the address.

What belongs here: reading the address of a request, and the values of the bar at the top. What does
not: the view's own values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import duckdb
from fastapi import Depends, HTTPException, Query, Request
from markupsafe import Markup

from dashboard.access.gate import access_of, reader_of
from dashboard.desk_as_seen import DeskAsSeen
from dashboard.rendering import site_of
from dashboard.site import Site
from okr_model.languages.folding import same_id
from okr_model.links.decisions import empty_log
from published.audit.decided import Decided
from published.audit.queues import counted_until, owed
from published.errors import UserError
from published.formatting import Formatter
from published.moment import Moment, ensure_published, key_results_on, last_day
from published.organization import OwnWords
from published.selection import Cycle, current_cycle
from published.snapshot import Snapshot

_DRAWN = 600
"""The most drawings that are kept: lines, about a kilobyte each."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request's place.

    Attributes:
        site: Whose page it is.
        tables: The published tables, the same for the whole request.
        moment: The day that is looked at.
        day: The same as a day.
        cycle: The cycle that is looked at.
    """

    site: Site
    tables: Snapshot
    moment: Moment
    day: dt.date
    cycle: str

    @property
    def figures(self) -> Formatter:
        """Writes numbers and days in the organization's language."""
        return self.site.organization.figures

    @property
    def own(self) -> OwnWords:
        """What the organization calls things."""
        return self.site.organization.words

    @property
    def week(self) -> tuple[int, int] | None:
        """Which week of how many the day is in; None outside the cycle."""
        cycle = self._cycle()
        if cycle is None or not cycle.start <= self.day <= cycle.end:
            return None
        whole = max(round(((cycle.end - cycle.start).days + 1) / 7), 1)
        return min((self.day - cycle.start).days // 7 + 1, whole), whole

    @property
    def span(self) -> str:
        """The cycle's first and last day, ``1 Oct to 31 Dec``."""
        cycle = self._cycle()
        return " to ".join(map(self.figures.short_day, (cycle.start, cycle.end))) if cycle else ""

    @property
    def decided(self) -> Decided:
        """What people decided so far; nothing is known if the page only reads tables."""
        desk = self.site.desk
        return desk.decided() if desk else Decided(empty_log(), is_known=False)

    def standing(self, findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Rows of ``findings`` with what people decided about them, in the last run or later."""
        since = counted_until(self.tables)
        return list(self.decided.with_verdicts(findings, last_day(self.tables), since))

    @property
    def questions(self) -> int | None:
        """How many questions about links are left; None if that cannot be told.

        It is counted once a run and decision. That it cannot be keeps no other view from being
        shown: the Lead's home says why.
        """
        try:
            return len(owed(self.tables, self.decided).questions)
        except (UserError, duckdb.CatalogException):  # a file of an earlier version lacks tables
            return None

    @property
    def published(self) -> str:
        """When the tables were published, in the organization's zone."""
        return self.figures.instant(
            self.tables.last_run.get("published_at"), self.site.organization.zone
        )

    def kept(self, *what: object, caller: Callable[[], Markup]) -> Markup:
        """What a template's ``call`` block draws, drawn once for a run, a day and a cycle.

        Args:
            what: Tells it from others; the first names its kind. It holds all on which the block
                depends beside the tables, the place and the settings.
            caller: Draws it.
        """
        key = ("drawn", *what, self.moment, self.day, self.cycle)
        return self.tables.once(key, caller, _DRAWN)

    def fields(self) -> Markup:
        """This place as hidden fields of a form that asks for another page."""
        field = Markup('<input type="hidden" name="{}" value="{}">')
        return Markup().join(field.format(name, value) for name, value in self._place().items())

    def _place(self) -> dict[str, str | int]:
        place: dict[str, str | int] = {}
        if not self.moment.latest:
            place["as_of"] = self.day.isoformat()
            if self.moment.as_then:
                place["known"] = "then"
        if self.cycle != current_cycle(self.site.organization.cycles, self.day):
            place["cycle"] = self.cycle
        return place

    def link(self, path: str, **more: str | int | None) -> str:
        """An address with this place kept in it, and ``more`` parameters; None leaves one out."""
        both = {**self._place(), **more}
        asked = {name: value for name, value in both.items() if value is not None}
        return f"{path}?{urlencode(asked)}" if asked else path

    def to_key_result(self, key: str, cycle: str | None = None) -> str | None:
        """The address of a Key Result's page; None where it has none on this day.

        Args:
            key: Its id.
            cycle: The only cycle that is meant; else the one that is looked at comes first, then
                the latest.
        """
        found = self.tables.once(("cycles by key", self.moment), self._cycles_of_key_results)
        cycles = found.get(same_id(key), ())
        usual = self.cycle if self.cycle in cycles else next(iter(cycles), None)
        chosen = usual if cycle is None else cycle if cycle in cycles else None
        if chosen is None:
            return None
        own = current_cycle(self.site.organization.cycles, self.day)
        return self.link(f"/key-results/{quote(key)}", cycle=None if chosen == own else chosen)

    def _cycles_of_key_results(self) -> dict[str, list[str]]:
        """In which declared cycles each Key Result stands on the day, the latest first."""
        declared = sorted(self.site.organization.cycles, key=lambda one: one.start, reverse=True)
        rows = key_results_on(self.tables, self.moment)[["key_result_id", "cycle_id"]].dropna()
        keys = rows["key_result_id"].map(same_id).groupby(rows["cycle_id"]).unique()
        found: dict[str, list[str]] = {}
        for cycle in declared:
            for key in keys.get(cycle.id, ()):
                found.setdefault(key, []).append(cycle.id)
        return found

    def _cycle(self) -> Cycle | None:
        cycles = self.site.organization.cycles
        return next((cycle for cycle in cycles if cycle.id == self.cycle), None)


def context(
    request: Request,
    as_of: Annotated[dt.date | None, Query(description="A published day.")] = None,
    known: Annotated[
        str | None, Query(description="then: as published that day; else as known now.")
    ] = None,
    cycle: Annotated[str | None, Query(description="A cycle's id.")] = None,
) -> Context:
    """The place of a request.

    Raises:
        published.tables.NotPublishedError: Nothing is published yet.
        published.moment.NoSuchDayError: Nothing was published for the day.
        HTTPException: 404; no such cycle.
    """
    site = site_of(request)
    tables = tables_of(request)
    if as_of is not None:
        ensure_published(tables, as_of)
    day = as_of or last_day(tables)
    cycles = site.organization.cycles
    if cycle is not None and cycle not in {one.id for one in cycles}:
        known_ids = ", ".join(one.id for one in cycles)
        raise HTTPException(404, f"There is no cycle {cycle[:80]!r}. There are: {known_ids}.")
    chosen = cycle or current_cycle(cycles, day)
    if site.desk is not None and not tables.is_whole:
        site = replace(site, desk=DeskAsSeen(site.desk, tables))
    return Context(site, tables, Moment(as_of, as_of is not None and known == "then"), day, chosen)


def tables_of(request: Request) -> Snapshot:
    """The published tables as the reader of a request may see them: the one way to them.

    Raises:
        published.tables.NotPublishedError: Nothing is published yet.
    """
    site = site_of(request)
    reader, tolerance = reader_of(request), site.organization.pace_tolerance
    return access_of(request).seen_by(reader, site.tables.current(), tolerance)


Here = Annotated[Context, Depends(context)]
