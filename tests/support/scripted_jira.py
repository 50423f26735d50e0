"""A Jira made of a few issues, written straight into a lake, with the change log of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from connectors.cells import Cell, encode_cells
from connectors.jira.streams import JIRA_CHANGES, JIRA_ISSUES
from connectors.records import Cursor, Figures, Message, Present, Rows
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.key_results import Measured, measured_on
from pipelines.project import Project

SETTINGS = """
organization: {{name: Acme, timezone: {zone}}}
cycles: [{{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}}]
as_of: 2026-11-28
sources: {{jira: {{url: "https://jira.example", token: "${{TOKEN}}", jql: "project = OKR"}}}}
datasets:
  - {{holds: key_results, from: jira, fields: {{id: key, target: To}}}}
{more}
"""
STATUSES = {
    "To Do": ("1", "new"),
    "In Progress": ("3", "indeterminate"),
    "Review": ("4", "indeterminate"),
    "Done": ("9", "done"),
}


def instant(text: str) -> dt.datetime:
    """A UTC instant such as ``2026-11-27T16:00``."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@dataclass
class Issue:
    """One issue: its cells by field id, and its changes as ``(when, field id, from, to)``.

    A side of a change is a text, or a pair of ids and names.
    """

    key: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    changes: Sequence[tuple[Any, ...]] = ()
    created: str = "2026-10-05T09:00"
    resolved: str | None = None
    status: str = "To Do"
    labels: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(10_000 + int(self.key.rpartition("-")[2]))

    def row(self) -> dict[str, Any]:
        status_id, category = STATUSES[self.status]
        return {
            "id": self.id,
            "place": "OKR",
            "url": f"https://jira.example/browse/{self.key}",
            "cells": encode_cells(dict(self.cells)),
            "raw": "{}",
            "key": self.key,
            "project": "OKR",
            "project_id": "1",
            "issue_type": "Task",
            "issue_type_id": "7",
            "status": self.status,
            "status_id": status_id,
            "status_category": category,
            "labels": list(self.labels),
            "created_at": instant(self.created),
            "resolved_at": instant(self.resolved) if self.resolved else None,
            "resolution": "Done" if self.resolved else None,
            "resolution_id": "1" if self.resolved else None,
        } | dict(self.more)

    def log(self) -> Iterator[dict[str, Any]]:
        for number, (when, field_id, *sides) in enumerate(self.changes):
            old, new = ((None, one) if not isinstance(one, tuple) else one for one in sides)
            yield {
                "id": f"{self.id}:{number + 8}",  # as a text, 10 is before 9
                "place": "OKR",
                "issue_id": self.id,
                "changed_at": instant(when),
                "field": NAMES.get(field_id, field_id),
                "field_id": field_id,
                "from_id": old[0],
                "from_text": old[1],
                "to_id": new[0],
                "to_text": new[1],
            }


NAMES = {"customfield_1": "Current value", "customfield_2": "Story points"}
"""What the log calls fields."""


def number(value: float | None, field_id: str = "customfield_1", name: str = "") -> Cell:
    """A number field."""
    name = name or NAMES.get(field_id, field_id)
    if value is None:
        return Cell("empty", name=name, address=field_id)
    return Cell("number", f"{value}", float(value), name=name, address=field_id)


def options(field_id: str, name: str, **chosen: str) -> Cell:
    """A field of options, versions or the like: ``_5="Gold"`` is the one with id 5."""
    if not chosen:
        return Cell("empty", name=name, address=field_id)
    ids = tuple(one.strip("_") for one in chosen)
    return Cell("refs", ", ".join(chosen.values()), refs=ids, name=name, address=field_id)


class Script:
    """A source that serves some issues."""

    name = "jira"

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = issues
        self.figures = Figures()

    def pull(self, _: Cursor) -> Iterator[Message]:
        changes = [row for one in self.issues for row in one.log()]
        yield Rows("jira_changes", pa.Table.from_pylist(changes, schema=JIRA_CHANGES), None)
        rows = [one.row() for one in self.issues]
        yield Rows("jira_issues", pa.Table.from_pylist(rows, schema=JIRA_ISSUES), None)
        ids = pa.array([one.id for one in self.issues], pa.string())
        yield Present("jira_issues", "OKR", ids, certain=True)
        yield Rows("jira_issues", JIRA_ISSUES.empty_table(), {"complete": True})

    def close(self) -> None:
        """Nothing to let go of."""


class ScriptedJira:
    """Nights on which Jira holds what they are told, and what measures make of it."""

    def __init__(self, folder: Path, zone: str = "UTC", more: str = "") -> None:
        self.settings = folder / "okr.yaml"
        self.settings.write_text(SETTINGS.format(zone=zone, more=more), encoding="utf-8")

    @property
    def project(self) -> Project:
        return Project(self.settings, with_secrets=False)

    def night(self, *issues: Issue, at: str = "2026-11-27T20:00") -> None:
        Landing(self.project.lake, r"KR-\d+", instant(at)).land(Script(issues))

    def measured(
        self, *texts: str | None, days: Sequence[str] = ("2026-11-28",), unit: str = "count"
    ) -> Measured:
        """The first measure is of KR-1, whose record is issue OKR-1, and so on."""
        wanted = [dt.date.fromisoformat(day) for day in days]
        return measured_on(self.project, connect(), key_results(*texts, unit=unit), {}, wanted)


def key_results(*texts: str | None, unit: str = "count") -> pd.DataFrame:
    """KR-1, whose record is issue OKR-1 and which has the first measure, and so on."""
    rows = [
        {
            "key_result_id": f"KR-{n}",
            "unit": unit,
            "measure": text,
            "record_id": str(10_000 + n),
        }
        for n, text in enumerate(texts, 1)
    ]
    return pd.DataFrame(rows, dtype="str").assign(
        source="jira",
        cycle_id="2026-Q4",
        cycle_start=pd.Timestamp("2026-10-01"),
        cycle_end=pd.Timestamp("2026-12-31"),
        starts_on=pd.Timestamp("2026-10-01"),
        due_on=pd.Timestamp("2026-12-31"),
    )


def series(found: Measured, key_result_id: str = "KR-1") -> dict[str, float]:
    """Day -> value; an emptied field is NaN."""
    if found.values.empty:
        return {}
    rows = found.values[found.values["key_result_id"] == key_result_id].sort_values("date")
    return dict(zip(rows["date"].dt.strftime("%m-%d"), rows["value"], strict=True))
