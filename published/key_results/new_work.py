"""Work that is new since a day or a run and serves no Key Result, by team.

What belongs here: choosing it by time and team, and its words. What does not: which work is new,
and what programs and bulk edits made (``okr_model.activity.new_work``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from okr_model.entities.initiatives import titled
from okr_model.languages.folding import same_id
from okr_model.tables import NEW_WORK
from published.snapshot import Snapshot
from published.table_query.answer import published_tables
from published.titles import cut

_LONGEST = 80
_NEW = (
    "SELECT w.initiative_id, w.teams, i.initiative, i.title, i.url,"
    " bool_or(w.is_new) AS is_new, sum(w.new_issues)::BIGINT AS new_issues,"
    " sum(w.automatic)::BIGINT AS automatic"
    " FROM new_work AS w JOIN initiatives AS i USING (initiative_id)"
    " WHERE w.first_seen_at > ? AND w.first_seen_at <= ?"
    " GROUP BY ALL ORDER BY i.initiative, w.initiative_id"
)

_NIGHT = "SELECT max(published_at) AS at FROM runs WHERE kind = 'night' AND as_of <= ?"


@dataclass(frozen=True, slots=True)
class NewInitiative:
    """An initiative that serves no Key Result and is new, or has new issues below it."""

    initiative_id: str
    name: str
    url: str | None
    is_new: bool
    new_issues: int

    @property
    def words(self) -> str:
        """What is new: ``WEB-7 Chat widget: new, with 2 issues``."""
        issues = f"{self.new_issues} issue{'' if self.new_issues == 1 else 's'}"
        if not self.is_new:
            return f"{self.name}: {issues.replace(' ', ' new ', 1)}"
        return f"{self.name}: new, with {issues}" if self.new_issues else f"{self.name}: new"


@dataclass(frozen=True, slots=True)
class NewWork:
    """What is new in one team and serves no Key Result.

    Attributes:
        team: Its name; None where nothing tells whose the work is. Work of several teams stands
            with each.
        initiatives: The initiatives, by name.
        automatic: What apps made, or somebody made in bulk, and is not counted.
    """

    team: str | None
    initiatives: tuple[NewInitiative, ...]
    automatic: int

    @property
    def words(self) -> tuple[str, ...]:
        """A line for each initiative, and one for what is not counted."""
        lines = [one.words for one in self.initiatives]
        more = "more " if lines else ""
        are = "is" if self.automatic == 1 else "are"
        told = f"{self.automatic} {more}made by apps or in bulk {are} not counted"
        return (*lines, *([told] if self.automatic else []))


def new_since(tables: Snapshot, after: dt.datetime, until: dt.datetime) -> tuple[NewWork, ...]:
    """What was first read after an instant, by team, no team last; teams without any are absent.

    Args:
        tables: The published tables; those of an earlier version do not tell.
        after: Such as when a run had published.
        until: Later is left out.
    """
    if NEW_WORK.name not in {one.name for one in published_tables(tables)}:
        return ()
    found: dict[str | None, tuple[list[NewInitiative], int]] = {}
    for row in tables.rows(_NEW, [after, until]):
        name = cut(titled(row["initiative"], row["title"]), _LONGEST)
        one = NewInitiative(
            row["initiative_id"], name, row["url"], row["is_new"], row["new_issues"]
        )
        for team in row["teams"] or [None]:
            rows, automatic = found.get(team, ([], 0))
            more = [one] if one.is_new or one.new_issues else []
            found[team] = ([*rows, *more], automatic + row["automatic"])
    ordered = sorted(found, key=lambda name: (name is None, name or ""))
    return tuple(NewWork(team, tuple(found[team][0]), found[team][1]) for team in ordered)


def new_of_team(tables: Snapshot, team: str, since: dt.date, day: dt.date) -> NewWork | None:
    """What nights after that of a day, up to that of another, first read of a team, if anything.

    Args:
        tables: The published tables.
        team: Its name, in any spelling.
        since: The earlier day; None is told where no night had published it or a day before.
        day: The last one.
    """
    after, until = (_last_night(tables, one) for one in (since, day))
    return None if after is None or until is None else named(new_since(tables, after, until), team)


def _last_night(tables: Snapshot, day: dt.date) -> dt.datetime | None:
    """When the last night of a day, or of one before it, had published."""
    found: dt.datetime | None = tables.rows(_NIGHT, [day])[0]["at"]
    return found


def named(found: Iterable[NewWork], team: str) -> NewWork | None:
    """The one of this team, if there is one."""
    return next((one for one in found if one.team and same_id(one.team) == same_id(team)), None)
