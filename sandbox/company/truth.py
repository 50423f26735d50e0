"""The expected results of the pipeline for the sample company, in plain Python.

What belongs here: the right answer to every question that a test may ask, such as a Key Result's
value on a day, the links, the orphans. What does not: data that the stand-ins serve, and data frame
libraries, so that the pipeline is checked against an independent computation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.company.definition_records import (
    Asked,
    CheckIn,
    Closed,
    Cycle,
    Earlier,
    Fault,
    Initiative,
    KeyResult,
    Kpi,
    Metric,
    Objective,
    Person,
    Project,
    SpecialIssue,
    Story,
    Team,
    Ticket,
    TrueLink,
    read_check_ins,
    read_initiative,
    read_metric,
    read_special_issue,
)

_HOUR = timedelta(hours=1)
_HOURS = {"minutes": 1 / 60, "hours": 1.0, "days": 24.0}


@dataclass(frozen=True, slots=True)
class TrueValue:
    """A Key Result's value in its ``unit`` (percentage points for ``%``), and the day it is for."""

    value: float
    unit: str
    true_for: date


@dataclass(frozen=True, slots=True)
class Orphans:
    """Initiatives without a Key Result, and Key Results without an initiative.

    ``initiatives`` are keys or titles. Broken and overruled claims do not count as links.
    """

    initiatives: tuple[str, ...]
    key_results: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """The definition and everything that follows from it; days and times are in ``zone``."""

    company: str
    timezone: str
    clock: datetime
    as_of: date
    confidence: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    people: Mapping[str, Person]
    teams: tuple[Team, ...]
    projects: tuple[Project, ...]
    objectives: Mapping[str, Objective]
    key_results: Mapping[str, KeyResult]
    closed: Mapping[str, Closed]
    stories: Mapping[str, Story]
    team_stories: Mapping[str, Story]
    asked: tuple[Asked, ...]
    earlier: tuple[Earlier, ...]
    metrics: Mapping[str, Metric]
    check_ins: tuple[CheckIn, ...]
    initiatives: tuple[Initiative, ...]
    special_issues: tuple[SpecialIssue, ...]
    faults: tuple[Fault, ...]
    kpis: tuple[Kpi, ...]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.timezone)

    def cycle(self, cycle_id: str) -> Cycle:
        """The cycle with that id."""
        return next(cycle for cycle in self.cycles if cycle.id == cycle_id)

    def closed_on(self, cycle_id: str) -> date:
        """The day on which a cycle was closed, or will be."""
        return self.cycle(cycle_id).end + timedelta(weeks=2)

    @property
    def quarters(self) -> tuple[Cycle, ...]:
        """The cycles in which all teams work, oldest first; others run beside them."""
        return tuple(cycle for cycle in self.cycles if 80 < (cycle.end - cycle.start).days < 100)

    def team_of(self, key_result_id: str) -> str | None:
        """The team that owns a Key Result; None if it is the company's."""
        return self.objectives[self.key_results[key_result_id].objective].team

    def value(self, key_result_id: str, day: date) -> TrueValue | None:
        """The latest readable measurement for ``day`` or earlier.

        Only measurements within the Key Result's cycle count: before the first one there is no
        value, after the cycle's end the last one counts.
        """
        key_result = self.key_results[key_result_id]
        cycle = self.cycle(key_result.cycle)
        metric = self.metrics[key_result.metric]
        last = min(day, cycle.end, self.as_of)
        if metric.place == "tickets":
            return self._median_value(key_result, metric, cycle.start, last)
        true_for = [
            friday
            for friday, value in metric.values.items()
            if value is not None and cycle.start <= friday <= last
        ]
        if not true_for:
            return None
        value = metric.values[max(true_for)]
        return TrueValue(float(value or 0), key_result.unit, max(true_for))

    def links(self) -> list[TrueLink]:
        """Every claim of an initiative on a Key Result, with the expected link."""
        return [link for initiative in self.initiatives for link in initiative.links]

    def links_of(self, key_result_id: str) -> list[TrueLink]:
        """The links that count for one Key Result."""
        return [
            link
            for link in self.links()
            if link.key_result == key_result_id and link.state == "active"
        ]

    def orphans(self) -> Orphans:
        """Work without a Key Result and Key Results without work."""
        active = [link for link in self.links() if link.state == "active"]
        linked = {link.initiative for link in active}
        served = {link.key_result for link in active}
        return Orphans(
            tuple(each.name for each in self.initiatives if each.name not in linked),
            tuple(each for each in self.key_results if each not in served),
        )

    def check_ins_of(self, key_result_id: str) -> list[CheckIn]:
        """The check-ins on one Key Result, oldest first."""
        return [said for said in self.check_ins if said.key_result == key_result_id]

    def fault(self, metric: str, week: date) -> Fault | None:
        """The fault in the cell of that week, if any."""
        found = [fault for fault in self.faults if (fault.metric, fault.week) == (metric, week)]
        return found[0] if found else None

    def _median_value(
        self, key_result: KeyResult, metric: Metric, first: date, last: date
    ) -> TrueValue | None:
        for day in (last - timedelta(days=back) for back in range((last - first).days + 1)):
            hours = [
                ticket.hours
                for ticket, reopened in self._resolved(metric)
                if 0 <= (day - ticket.resolved.date()).days < metric.window_days
                and (reopened is None or day < reopened.date())
            ]
            if hours:
                value = median(hours) / _HOURS[key_result.unit]
                return TrueValue(value, key_result.unit, day)
        return None

    def _resolved(self, metric: Metric) -> list[tuple[Ticket, datetime | None]]:
        """The tickets that count, with the time of reopening for those that were reopened."""
        reopened = [
            (Ticket(each.resolved_then, (each.resolved_then - each.created) / _HOUR), each.reopened)
            for each in self.special_issues
            if each.resolved_then is not None
            and each.key.split("-")[0] == metric.where["project"]
            and each.type == metric.where["issue_type"]
            and each.priority == metric.where.get("priority", each.priority)
        ]
        return [*((ticket, None) for ticket in metric.tickets), *reopened]


@cache
def load(path: Path | None = None) -> Definition:
    """Read the sandbox's definition, or another one of the same shape.

    The result is cached; do not change it.
    """
    raw = yaml.safe_load((path or Path(__file__).with_name("definition.yaml")).read_text("utf-8"))
    cycles = tuple(Cycle(**cycle) for cycle in raw["cycles"])
    zone = ZoneInfo(raw["timezone"])
    teams = tuple(Team(**team) for team in raw["teams"])
    metrics = {
        name: read_metric(name, metric, cycles, zone) for name, metric in raw["metrics"].items()
    }
    key_results = {each["id"]: KeyResult(**each) for each in raw["key_results"]}
    team_of_project = {team.project: team.name for team in teams if team.project}
    return Definition(
        company=raw["company"],
        timezone=raw["timezone"],
        clock=raw["clock"],
        as_of=raw["as_of"],
        confidence=tuple(raw["confidence"]),
        cycles=cycles,
        people={each["id"]: Person(**each) for each in raw["people"]},
        teams=teams,
        projects=tuple(Project(**project) for project in raw["projects"]),
        objectives={each["id"]: Objective(**each) for each in raw["objectives"]},
        key_results=key_results,
        closed={name: Closed(**each) for name, each in raw["closed"].items()},
        stories={name: Story(**story) for name, story in raw["stories"].items()},
        team_stories={name: Story(**story) for name, story in raw["team_stories"].items()},
        asked=tuple(Asked(**each) for each in raw["asked"]),
        earlier=tuple(Earlier(**each) for each in raw["earlier"]),
        metrics=metrics,
        check_ins=_check_ins(raw, cycles, key_results, metrics),
        initiatives=tuple(read_initiative(each, team_of_project) for each in raw["initiatives"]),
        special_issues=tuple(read_special_issue(each, zone) for each in raw["special_issues"]),
        faults=tuple(Fault(**fault) for fault in raw["faults"]),
        kpis=tuple(Kpi(**kpi) for kpi in raw["kpis"]),
    )


def _check_ins(
    raw: Mapping[str, Any],
    cycles: Sequence[Cycle],
    key_results: Mapping[str, KeyResult],
    metrics: Mapping[str, Metric],
) -> tuple[CheckIn, ...]:
    by_id = {cycle.id: cycle for cycle in cycles}
    return tuple(
        check_in
        for each in raw["check_ins"]
        for key_result in [key_results[each["key_result"]]]
        for check_in in read_check_ins(
            each, by_id[key_result.cycle], metrics[key_result.metric], raw["confidence"]
        )
    )
