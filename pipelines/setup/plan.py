"""``okr sync --plan``: what a run would read, and what changed settings change in published rows.

What belongs here: comparing what would be published with what is. What does not: computing it
(``nightly_run``), and printing (``cli.setup.sync_plan``).

Rows are computed offline, from what has been read, for the day that was last published: whatever
differs then comes from the settings, from decisions, or from the version of okr-sync. What a
setting makes the run read anew is not known before it is read; the plan says what that is.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from connectors.registry import SOURCE_FACTS
from okr_model.tables import ACCUMULATED, TABLES
from okr_model.tables.columns import RUN, Table
from pipelines.ingest.connectors import wanted_of
from pipelines.nightly_run import run_nightly
from pipelines.project import Project
from published.tables import PublishedTables

_EXAMPLES = 5
_OF_RUNS = {"runs", "sources", "changes", *ACCUMULATED}
_RUN_COLUMNS = {column.name for column in RUN}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one place would be read: ``since`` is None for all of it, from the beginning."""

    source: str
    place: str
    since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Example:
    """One value that would change."""

    row: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class TableChange:
    """What would change in a table: rows added and gone by their key, and values by column."""

    table: str
    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: dict[str, int]
    examples: tuple[Example, ...]

    @property
    def is_none(self) -> bool:
        """Whether nothing would."""
        return not (self.added or self.gone or self.changed)


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        readings: Each place.
        day: For which day rows were compared; None if nothing is published yet.
        tables: What would change.
        violations: Why it would not be published, if a check fails.
        crash: What ended the computation, if something did.
    """

    readings: list[Reading]
    day: dt.date | None = None
    tables: list[TableChange] = field(default_factory=list)
    violations: dict[str, str] = field(default_factory=dict)
    crash: str | None = None


def make_plan(project: Project) -> Plan:
    """What a run of the project would read and change; publishes nothing.

    Raises:
        published.errors.UserError: The rows cannot be computed; see :func:`run_nightly`.
    """
    readings = list(_readings(project))
    if not project.paths.duckdb.is_file():
        return Plan(readings)
    published = PublishedTables(project.paths.duckdb)
    day = max(published.days("key_results"))
    trial = replace(project, day=day)
    night = run_nightly(trial, read=False, publish=False)
    if night.run_id is None or night.crash:
        return Plan(readings, day, crash=night.crash)
    staged = trial.step_files(night.run_id)
    tables = []
    for table in TABLES:
        if table.name in _OF_RUNS or not published.has(table.name):
            continue
        after = staged.read(f"candidate_tables.{table.name}")
        change = compare(table, published.frame(table.name), after)
        if not change.is_none:
            tables.append(change)
    return Plan(readings, day, tables, night.violations)


def compare(table: Table, before: pd.DataFrame, after: pd.DataFrame) -> TableChange:
    """The rows of a table that differ, matched by the table's key."""
    key = [name for name in table.key if name not in _RUN_COLUMNS]
    columns = [name for name in table.column_names if name not in _RUN_COLUMNS and name in before]
    old, new = (_by_key(frame, key, columns) for frame in (before, after))
    examples: list[Example] = []
    changed: Counter[str] = Counter()
    for row in (row for row in new if row in old):
        for name in columns:
            was, is_now = old[row][name], new[row][name]
            if not _same(was, is_now):
                changed[name] += 1
                examples.append(Example(row, name, was, is_now))
    return TableChange(
        table.name,
        tuple(row for row in new if row not in old),
        tuple(row for row in old if row not in new),
        dict(changed.most_common()),
        tuple(_varied(examples)),
    )


def _by_key(frame: pd.DataFrame, key: list[str], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Rows by their key; rows that share one are told apart by their number."""
    found: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for row in frame.reindex(columns=columns).to_dict("records"):
        name = " · ".join(str(row[one]) for one in key) or str(len(found) + 1)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = {
            str(column): _plain(value) for column, value in row.items()
        }
    return found


def _plain(value: Any) -> Any:
    """A value as JSON and comparisons take it: None for what is missing."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dt.datetime):
        return None if pd.isna(value) else pd.Timestamp(value).tz_convert("UTC").isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if value is None or value is pd.NaT or value != value else value


def _same(one: Any, other: Any) -> bool:
    """Equal, but for the last digits of a float."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return bool(one == other)


def _varied(examples: list[Example]) -> list[Example]:
    """A few examples, of as many columns as there are."""
    first: dict[str, Example] = {}
    for one in examples:
        first.setdefault(one.column, one)
    rest = [one for one in examples if first[one.column] is not one]
    return [*first.values(), *rest][:_EXAMPLES]


def _readings(project: Project) -> Iterator[Reading]:
    """Each place of each source, and since when what changed is read."""
    for name in project.settings.source_names:
        facts = SOURCE_FACTS[name]
        section = getattr(project.settings.sources, name)
        wanted = wanted_of(project, name)
        cursor = dict(project.lake.pulls.state(name).cursor)
        for place in wanted.places or (getattr(section, "jql", name),):
            yield Reading(name, place, facts.reads_since(section, wanted, cursor, place))
