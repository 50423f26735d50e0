"""The content of Notion, generated from the definition.

What belongs here: what the company keeps in Notion, in which properties: Objectives, the Key
Results and check-ins of some teams, projects, onboarding cohorts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sandbox.company.definition_records import Earlier, Initiative, Metric
from sandbox.company.ids import Database, data_source_id, database_id, notion_user, page_id
from sandbox.company.truth import Definition
from sandbox.server.notion.store import NewDataSource, NotionWorkspace, Property, Run

OKR_TEAMS = (None, "Customer experience", "Product", "People and operations", "Partnerships")
"""Teams whose Key Results are kept here; None is the company."""
CHECK_IN_TEAMS = (None, "Customer experience", "Product", "Partnerships")
"""Teams whose check-ins are kept here, likewise."""

_STATUSES = ("Not started", "In progress", "Done")
_FIRST_NAMES = ("Aster", "Birch", "Cedar", "Dahlia", "Elm", "Fern", "Ginkgo", "Hazel", "Iris")
_SECOND_NAMES = ("Bakery", "Clinic", "Design", "Dental", "Freight", "Garage", "Hotels", "Legal")


def fill_notion(story: Definition, workspace: NotionWorkspace, until: datetime) -> None:
    """Put everything that was written by ``until`` into an empty workspace."""
    filling = _Filling(story, workspace, until)
    filling.people()
    filling.databases()
    filling.objectives()
    filling.key_results()
    filling.check_ins()
    filling.projects()
    filling.cohorts(story.metrics["onboarding"])


class _Filling:
    def __init__(self, story: Definition, workspace: NotionWorkspace, until: datetime) -> None:
        self._story = story
        self._until = until
        self._workspace = workspace
        self._start = self._at(story.quarters[0].start - timedelta(days=20))

    def people(self) -> None:
        for person in self._story.people.values():
            if person.active:
                self._workspace.add_user(notion_user(person.id), person.name, person.email)

    def databases(self) -> None:
        for name, title, properties in _schemas(self._story):
            self._workspace.add_database(
                database_id(name),
                title,
                [NewDataSource(data_source_id(name), title, properties)],
                created_at=self._start,
            )

    def objectives(self) -> None:
        for objective in self._story.objectives.values():
            self._page(
                "objectives",
                objective.id,
                {
                    "Name": objective.title,
                    "Key": objective.id,
                    "Level": objective.level.capitalize(),
                    "Team": objective.team,
                    "Cycle": objective.cycle,
                    "Parent": _pages("objectives", [objective.parent] if objective.parent else []),
                    "Owner": [notion_user(objective.owner)] if objective.owner else [],
                },
                self._before(objective.cycle),
            )
            self._close("objectives", objective.id, objective.cycle)

    def key_results(self) -> None:
        story = self._story
        for key_result in story.key_results.values():
            if story.team_of(key_result.id) not in OKR_TEAMS:
                continue
            words = key_result.statement.split(" ")
            self._page(
                "key_results",
                key_result.id,
                {
                    # A title in two runs, as with bold text in the middle of a name.
                    "Name": [Run(words[0], bold=True), Run(" " + " ".join(words[1:]))],
                    "Key": key_result.id,
                    "Objective": _pages("objectives", [key_result.objective]),
                    "Team": story.team_of(key_result.id),
                    "Cycle": key_result.cycle,
                    "Owner": [notion_user(key_result.owner)] if key_result.owner else [],
                    "Kind": key_result.kind.capitalize(),
                    "Unit": key_result.unit if key_result.unit in ("score", "count") else None,
                    "Baseline": key_result.baseline_text,
                    "Target": key_result.target_text,
                    "Due": story.cycle(key_result.cycle).end,
                    "Ambition": key_result.ambition.capitalize(),
                },
                self._at(key_result.since) if key_result.since else self._before(key_result.cycle),
            )
            self._close("key_results", key_result.id, key_result.cycle)
        for before in story.earlier:
            self._type_over(before)

    def check_ins(self) -> None:
        story = self._story
        for said in story.check_ins:
            if story.team_of(said.key_result) not in CHECK_IN_TEAMS:
                continue
            self._page(
                "check_ins",
                f"{said.key_result} {said.day}",
                {
                    "Name": f"Check-in of {said.day:%d %B}",
                    "Key Result": _pages("key_results", [said.key_result]),
                    "Date": said.day,
                    "Confidence": said.confidence,
                    "Value": said.value,
                    "Note": said.note,
                    "By": [notion_user(said.by)],
                },
                self._at(said.day),
            )

    def projects(self) -> None:
        for initiative in self._story.initiatives:
            if initiative.key is None:
                self._project(initiative)

    def cohorts(self, metric: Metric) -> None:
        for friday, (completed, started) in metric.cohorts.items():
            names = [f"{friday} {number}" for number in range(started)]
            for number, name in enumerate(names):
                self._page(
                    "customers",
                    name,
                    {
                        "Name": _customer(friday, number),
                        "Onboarded": number < completed,
                        "Signed up": friday - timedelta(days=21 + number % 5),
                    },
                    self._at(friday - timedelta(days=20)),
                )
            key_result = next(
                each
                for each in self._story.key_results.values()
                if each.metric == metric.name and self._in_cycle(friday, each.cycle)
            )
            self._page(
                "cohorts",
                str(friday),
                {
                    "Name": f"Cohort of {friday:%d %B}",
                    "Key Result": _pages("key_results", [key_result.id]),
                    "Week": friday,
                    "Customers": _pages("customers", names),
                },
                self._at(friday),
            )

    def _project(self, initiative: Initiative) -> None:
        claims = initiative.claims
        self._page(
            "projects",
            initiative.title,
            {
                "Name": initiative.title,
                "Team": initiative.team,
                "Owner": [notion_user(initiative.owner)],
                "Status": initiative.status,
                "Cycle": initiative.cycle,
                "Key Results": _pages("key_results", claims.get("relation", ())),
                "KR": claims.get("field"),
                "Brief": " ".join(block["text"] for block in claims.get("brief", ())) or None,
            },
            self._before(initiative.cycle),
        )

    def _type_over(self, before: Earlier) -> None:
        """Let a property hold what it held until somebody changed it, the day after ``until``."""
        page = self._workspace.pages.get(page_id("key_results", before.key_result))
        if page is None:  # not written yet
            return
        name, at = before.field.capitalize(), self._at(before.until + timedelta(days=1))
        if at > self._until:
            created = page.edited_at
            self._workspace.edit_page(page.id, **{name: before.text})
            page.edited_at = created
        else:
            page.edited_at = at

    def _close(self, database: Database, name: str, cycle_id: str) -> None:
        closed, at = self._story.closed.get(name), self._at(self._story.closed_on(cycle_id))
        if closed and at <= self._until:
            page = self._workspace.pages[page_id(database, name)]
            outcome = closed.closed_as.capitalize()
            self._workspace.edit_page(page.id, Outcome=outcome, Lesson=closed.lesson)
            page.edited_at = at

    def _page(
        self, database: Database, name: str, properties: Mapping[str, Any], at: datetime
    ) -> None:
        if at <= self._until:
            self._workspace.add_page(
                data_source_id(database), page_id(database, name), properties, created_at=at
            )

    def _at(self, day: date) -> datetime:
        """Five in the afternoon of that day."""
        return datetime.combine(day, time(17), self._story.zone)

    def _before(self, cycle_id: str) -> datetime:
        """Six days before a cycle begins; on the first day of the workspace at the earliest."""
        return max(self._start, self._at(self._story.cycle(cycle_id).start - timedelta(days=6)))

    def _in_cycle(self, day: date, cycle_id: str) -> bool:
        cycle = self._story.cycle(cycle_id)
        return cycle.start <= day <= cycle.end


def _schemas(story: Definition) -> list[tuple[Database, str, dict[str, Property]]]:
    """Every database: name, title, properties by name."""
    return [
        ("objectives", "Objectives", _objective_schema(story)),
        ("key_results", "Key Results", _key_result_schema(story)),
        ("check_ins", "Check-ins", _check_in_schema(story)),
        ("projects", "Projects", _project_schema(story)),
        ("customers", "Customers", _CUSTOMER_SCHEMA),
        ("cohorts", "Onboarding cohorts", _COHORT_SCHEMA),
    ]


_TITLE, _TEXT, _PEOPLE, _DATE = (
    Property("title"),
    Property("rich_text"),
    Property("people"),
    Property("date"),
)
_TO_OBJECTIVES = Property("relation", to=data_source_id("objectives"))
_TO_KEY_RESULTS = Property("relation", to=data_source_id("key_results"))
_CLOSED_SCHEMA = {
    "Outcome": Property("select", options=("Continue", "Abandon", "Done")),
    "Lesson": _TEXT,
}
_CUSTOMER_SCHEMA = {"Name": _TITLE, "Onboarded": Property("checkbox"), "Signed up": _DATE}
_COHORT_SCHEMA = {
    "Name": _TITLE,
    "Key Result": _TO_KEY_RESULTS,
    "Week": _DATE,
    "Customers": Property("relation", to=data_source_id("customers")),
    "Completed": Property(
        "rollup",
        relation="Customers",
        target="Onboarded",
        function="percent_checked",
        number_format="percent",
    ),
}


def _common_schema(story: Definition) -> dict[str, Property]:
    return {
        "Name": _TITLE,
        "Team": Property("select", options=tuple(team.name for team in story.teams)),
        "Cycle": Property("select", options=tuple(cycle.id for cycle in story.cycles)),
        "Owner": _PEOPLE,
    }


def _objective_schema(story: Definition) -> dict[str, Property]:
    level = Property("select", options=("Company", "Team"))
    own = {"Key": _TEXT, "Level": level, "Parent": _TO_OBJECTIVES}
    return {**_common_schema(story), **own, **_CLOSED_SCHEMA}


def _key_result_schema(story: Definition) -> dict[str, Property]:
    return {
        **_common_schema(story),
        "Key": _TEXT,
        "Objective": _TO_OBJECTIVES,
        "Kind": Property("select", options=("Increase", "Decrease", "At least")),
        "Unit": _TEXT,
        "Baseline": _TEXT,
        "Target": _TEXT,
        "Due": _DATE,
        "Ambition": Property("select", options=("Committed", "Aspirational")),
        **_CLOSED_SCHEMA,
    }


def _check_in_schema(story: Definition) -> dict[str, Property]:
    return {
        "Name": _TITLE,
        "Key Result": _TO_KEY_RESULTS,
        "Date": _DATE,
        "Confidence": Property("select", options=story.confidence),
        "Value": Property("number"),
        "Note": _TEXT,
        "By": _PEOPLE,
    }


def _project_schema(story: Definition) -> dict[str, Property]:
    return {
        **_common_schema(story),
        "Status": Property("status", options=_STATUSES, groups=_status_groups()),
        "Key Results": _TO_KEY_RESULTS,
        "KR": Property("select", options=tuple(story.key_results)),
        "Brief": _TEXT,
    }


def _status_groups() -> dict[str, tuple[str, ...]]:
    groups = ("To-do", "In progress", "Complete")
    return {group: (name,) for group, name in zip(groups, _STATUSES, strict=True)}


def _pages(database: Database, names: Iterable[str]) -> list[str]:
    return [page_id(database, name) for name in names]


def _customer(friday: date, number: int) -> str:
    first = _FIRST_NAMES[(friday.toordinal() + number) % len(_FIRST_NAMES)]
    return f"{first} {_SECOND_NAMES[(friday.toordinal() // 7 + number) % len(_SECOND_NAMES)]}"
