"""The records of the sample company's definition.

What belongs here: the entries of ``definition.yaml``, and reading them. What does not: the results
that follow from them (``truth``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

LinkState = Literal["active", "overruled", "broken"]
Place = Literal["cohorts", "tickets", "metrics", "german", "check_ins"]


@dataclass(frozen=True, slots=True)
class Cycle:
    """A quarter, a year or some weeks; ``end`` is included."""

    id: str
    start: date
    end: date

    def fridays(self) -> list[date]:
        """Every Friday of the cycle, oldest first."""
        first = self.start + timedelta(days=(4 - self.start.weekday()) % 7)
        return [
            first + timedelta(weeks=week)
            for week in range(53)
            if first + timedelta(weeks=week) <= self.end
        ]


@dataclass(frozen=True, slots=True)
class Person:
    """An employee; one who left has no e-mail address and is not active."""

    id: str
    name: str
    email: str | None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """A team, its Jira project if it has one, the ids of its people, and its last day if it had."""

    name: str
    champion: str
    members: Sequence[str]
    project: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A Jira project."""

    key: str
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Objective:
    """An Objective; ``parent`` is the one it contributes to."""

    id: str
    title: str
    level: Literal["company", "team"]
    cycle: str
    owner: str | None
    team: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class KeyResult:
    """A Key Result; numbers are in ``unit``, ``*_text`` is the text that the company entered.

    It was there before its cycle began, unless ``since`` says the day on which it was entered.
    """

    id: str
    metric: str
    objective: str
    cycle: str
    owner: str | None
    statement: str
    kind: str
    unit: str
    baseline: float | None
    baseline_text: str | float | None
    target: float
    target_text: str | float
    ambition: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of a Key Result or Objective: continue, abandon or done, and what it taught."""

    closed_as: str
    lesson: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A resolved issue whose duration counts; ``resolved`` is in the company's time zone."""

    resolved: datetime
    hours: float

    @property
    def created(self) -> datetime:
        """When it was opened."""
        return self.resolved - timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Metric:
    """Where a number is kept, and its history: ``values`` by Friday, or ``tickets``.

    ``cohorts`` holds (completed, started) by Friday; its values are the percentages of those.
    """

    name: str
    place: Place
    values: Mapping[date, float | None]
    format: str | None = None
    unit: str | None = None
    cohorts: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    tickets: Sequence[Ticket] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    window_days: int = 0


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in on a Key Result on ``day``; ``value`` only if check-ins hold the number."""

    key_result: str
    day: date
    confidence: str
    by: str
    note: str | None
    value: float | None


@dataclass(frozen=True, slots=True)
class TrueLink:
    """The expected link from an initiative's claims on one Key Result.

    ``initiative`` is the epic's key, or the title of a Notion project.
    """

    initiative: str
    key_result: str
    rule: str
    state: LinkState
    also_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Initiative:
    """A Jira epic (``key``) or a Notion project; ``claims`` are those in the record itself."""

    title: str
    team: str
    owner: str
    cycle: str
    status: str
    claims: Mapping[str, Any]
    links: Sequence[TrueLink]
    key: str | None = None
    share: int = 1

    @property
    def name(self) -> str:
        """Its key, or its title if it has none."""
        return self.key or self.title


@dataclass(frozen=True, slots=True)
class SpecialIssue:
    """A Jira issue defined individually, because something about it (``why``) is worth testing.

    One that was ``reopened`` had been resolved at ``resolved_then``.
    """

    key: str
    type: str
    summary: str
    status: str
    created: datetime
    why: str
    parent: str | None = None
    labels: tuple[str, ...] = ()
    priority: str = "Medium"
    assignee: str | None = None
    resolved: datetime | None = None
    moved_from: str | None = None
    archived: bool = False
    resolved_then: datetime | None = None
    reopened: datetime | None = None
    histories: int = 0
    sprints: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """How the cell of one week differs from correct data entry."""

    metric: str
    week: date
    missing: bool = False
    error: str | None = None
    unreadable: str | None = None
    text: str | None = None
    date_text: str | None = None
    hidden: bool = False
    late: bool = False  # entered three weeks later, below the rows of later weeks
    key_suffix: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """A permanent health measure and its corridor."""

    id: str
    name: str
    team: str | None
    low: float
    high: float
    unit: str
    values: Mapping[date, float]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to a Key Result or a team, and the one signal that should fire.

    It fires on ``by`` at the latest; on ``healthy`` ones no signal fires.
    """

    told: str
    flag: str | None = None
    by: date | None = None
    healthy: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a phase of the cycle, closing it or the wording of an OKR asks of ``subject``.

    Attributes:
        rule: The finding's.
        subject: A team, Key Result or Objective.
        says: A part of its sentence.
        evidence: Its evidence.
        seen: When; None on the company's day, ``comparing`` once a night is compared with the one
            before.
    """

    rule: str
    subject: str
    says: str
    evidence: str | None
    seen: date | Literal["comparing"] | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The former value of a field of a Key Result's definition, through ``until``."""

    key_result: str
    field: str
    text: str
    value: float
    until: date


CALLS = {"H": 0, "A": 1, "R": 2}


def read_metric(
    name: str, raw: Mapping[str, Any], cycles: Sequence[Cycle], zone: ZoneInfo
) -> Metric:
    """The metric ``name`` of the definition."""
    cohorts: dict[date, tuple[int, int]] = {}
    values: dict[date, float | None] = {}
    for cycle in cycles:
        pairs = raw.get("cohorts", {}).get(cycle.id, [])
        for friday, (done, started) in zip(cycle.fridays(), pairs, strict=False):
            cohorts[friday] = (done, started)
            values[friday] = 100 * done / started
        values.update(_by_friday(raw.get("series", {}).get(cycle.id, []), cycle))
    return Metric(
        name=name,
        place=raw["from"],
        values=values,
        format=raw.get("format"),
        unit=raw.get("unit"),
        cohorts=cohorts,
        tickets=tuple(
            Ticket(datetime.fromisoformat(at).replace(tzinfo=zone), hours)
            for week in raw.get("tickets", [])
            for at, hours in week
        ),
        where=raw.get("where", {}),
        window_days=raw.get("window_days", 0),
    )


def _by_friday(given: Mapping[date, Any] | Sequence[Any], cycle: Cycle) -> dict[date, Any]:
    """What is given for each Friday of a cycle, or for those days that it names."""
    if isinstance(given, Mapping):
        return dict(given)
    return dict(zip(cycle.fridays(), given, strict=False))


def read_check_ins(
    raw: Mapping[str, Any], cycle: Cycle, metric: Metric, levels: Sequence[str]
) -> list[CheckIn]:
    """The check-ins on one Key Result."""
    notes, calls = raw.get("notes", {}), raw["calls"]
    by_friday = _by_friday(calls.split() if isinstance(calls, str) else calls, cycle)
    return [
        CheckIn(
            key_result=raw["key_result"],
            day=friday,
            confidence=levels[CALLS[call]],
            by=raw["by"],
            note=notes.get(friday),
            value=metric.values.get(friday) if metric.place == "check_ins" else None,
        )
        for friday, call in by_friday.items()
        if call != "-"
    ]


def read_initiative(raw: Mapping[str, Any], team_of_project: Mapping[str, str]) -> Initiative:
    """An initiative with its claims and the expected links."""
    key = raw.get("key")
    name = key or raw["title"]
    return Initiative(
        title=raw["title"],
        team=team_of_project[key.split("-")[0]] if key else raw["team"],
        owner=raw["owner"],
        cycle=raw["cycle"],
        status=raw["status"],
        claims=raw["claims"],
        links=tuple(
            TrueLink(
                name,
                link["key_result"],
                link["rule"],
                link["state"],
                tuple(link.get("also_by", ())),
            )
            for link in raw["links"]
        ),
        key=key,
        share=raw.get("share", 1),
    )


def read_special_issue(raw: Mapping[str, Any], zone: ZoneInfo) -> SpecialIssue:
    """An individually defined issue; its local times get the company's time zone."""
    times = {
        name: datetime.fromisoformat(raw[name]).replace(tzinfo=zone)
        for name in ("created", "resolved", "resolved_then", "reopened")
        if name in raw
    }
    return SpecialIssue(**{**raw, **times, "labels": tuple(raw.get("labels", ()))})
