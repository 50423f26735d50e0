"""The tools: questions about what is published, and rows with where they come from as answers.

What belongs here: one function a tool. What does not: the protocol (``server``), free queries
(``query``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from okr_model.tables import BY_NAME
from published.errors import UserError
from published.export import machine, records
from published.formatting import absent
from published.former_ids import present_id
from published.key_results.explained import explained, parts_of
from published.key_results.lines import Line, lines_of
from published.moment import Moment, key_results_on, last_day
from published.organization import Organization
from published.selection import current_cycle
from published.snapshot import Snapshot

MOST = 200
"""Rows of an answer."""

_DEFINED = ("statement", "objective_id", "objective", "team", "owner", "kind", "unit", "due_on")
_MEASURED = ("baseline", "target", "target_high", "current_value", "current_value_at")
_FIGURES = (
    "key_result_id",
    "cycle_id",
    *_DEFINED,
    *_MEASURED,
    "value_state",
    "value_age_days",
    "value_source",
    "progress_raw",
    "expected_progress",
    "pace",
    "forecast_value",
    "forecast_low",
    "forecast_high",
    "attainment_probability",
    "evidence_state",
    "stated_confidence",
    "stated_confidence_at",
    "computed_confidence",
    "confidence_reasons",
    "initiatives",
    "score",
    "stale_reason",
)
_COMPARED = (
    "statement",
    "target",
    "due_on",
    "current_value",
    "progress_raw",
    "pace",
    "attainment_probability",
    "stated_confidence",
    "computed_confidence",
    "initiatives",
)
_KEY = ["key_result_id", "cycle_id"]


class UnanswerableError(UserError):
    """The question names something that there is not."""


@dataclass(frozen=True, slots=True)
class Library:
    """What the tools answer from.

    Attributes:
        current: The newest tables, as whoever asks may see them.
        organization: Whose they are.
    """

    current: Callable[[], Snapshot]
    organization: Organization


def key_results(
    of: Library, cycle: str | None, team: str | None, as_of: dt.date | None
) -> dict[str, Any]:
    """The Key Results of a cycle, worst first, each with why it stands there."""
    tables = of.current()
    chosen = _cycle(of, cycle, as_of or last_day(tables))
    lines = lines_of(tables, of.organization, Moment(as_of), chosen)
    wanted = None if team is None else same_id(team)
    told = [
        _line(line)
        for line in lines
        if wanted is None or wanted in {same_id(name) for name in line.teams}
    ]
    return _answer(tables, told, as_of)


def explain(of: Library, key_result: str, as_of: dt.date | None) -> dict[str, Any]:
    """How the figures of a Key Result came about, in sentences, and its readings with addresses."""
    tables = of.current()
    rows = key_results_on(tables, Moment(as_of))
    rows = rows[same_ids(rows["key_result_id"]) == present_id(tables.key_results, key_result)]
    if rows.empty:
        known = ", ".join(sorted(tables.key_results["key_result_id"].unique())[:100])
        raise UnanswerableError(f"No Key Result {key_result[:80]!r} is published, but: {known}.")
    row = rows.sort_values("cycle_id").iloc[-1].to_dict()
    parts = parts_of(tables, row["key_result_id"])
    told = explained(row, parts, of.organization, as_of)
    sections = [{"title": one.title, "lines": list(one.lines)} for one in told.sections]
    mine = parts["measurements"]
    readings = mine[mine["date"] <= (as_of or last_day(tables))].sort_values("date").tail(20)
    found = _line_row(row) | {"sections": sections, "readings": _rows("measurements", readings)}
    return _answer(tables, [found], as_of)


def links(
    of: Library, key_result: str | None, initiative: str | None, state: str | None
) -> dict[str, Any]:
    """Which work serves which Key Result, with the words that say so and who decided."""
    tables = of.current()
    rows = tables.table("links")
    if key_result is not None:
        rows = rows[same_ids(rows["key_result_id"]) == present_id(tables.key_results, key_result)]
    if initiative is not None:
        named = same_id(initiative)
        is_it = same_ids(rows["initiative_id"]) == named
        rows = rows[is_it | (same_ids(rows["initiative"]) == named)]
    if state is not None:
        _one_of("links", "state", state)
        rows = rows[rows["state"] == state]
    return _answer(tables, _rows("links", rows.sort_values(["key_result_id", "initiative_id"])))


def findings(of: Library, rule: str | None, subject: str | None) -> dict[str, Any]:
    """What somebody should look at, worst first."""
    tables = of.current()
    rows = tables.table("findings")
    if rule is not None:
        rows = rows[rows["rule"] == rule]
    if subject is not None:
        rows = rows[same_ids(rows["subject_id"]) == same_id(subject)]
    ranks = {"error": 0, "warning": 1, "info": 2}
    order = rows["severity"].map(ranks)
    rows = rows.assign(_rank=order).sort_values(["_rank", "rule", "subject_id"])
    return _answer(tables, _rows("findings", rows.drop(columns="_rank")))


def changes_since(of: Library, day: dt.date) -> dict[str, Any]:
    """What is different from the published day: definitions, and figures then and now."""
    tables = of.current()
    then, now = key_results_on(tables, Moment(day)), tables.key_results
    defined = tables.table("changes", "seen_on > ?", [day])
    told = [one | {"what": "definition"} for one in _rows("changes", defined)]
    before = then.set_index(_KEY)
    for row in now.to_dict("records"):
        key = tuple(row[name] for name in _KEY)
        if key not in before.index:
            told.append(_line_row(row) | {"what": "new Key Result"})
            continue
        old = before.loc[[key]].iloc[0]
        moved = {
            name: {"then": machine(old[name]), "now": machine(row[name])}
            for name in _COMPARED
            if machine(old[name]) != machine(row[name])
        }
        if moved:
            told.append(
                {name: row[name] for name in (*_KEY, "statement")}
                | {"what": "figures", "changed": moved}
                | _where("key_results", row)
            )
    gone = before.index.difference(pd.MultiIndex.from_frame(now[_KEY]))
    told += [
        _line_row(before.loc[[key]].reset_index().iloc[0].to_dict()) | {"what": "gone"}
        for key in gone
    ]
    return _answer(tables, told) | {"since": day.isoformat()}


def _cycle(of: Library, cycle: str | None, day: dt.date) -> str:
    known = [one.id for one in of.organization.cycles]
    if cycle is not None and cycle not in known:
        raise UnanswerableError(f"No cycle {cycle[:80]!r}. There are: {', '.join(known)}.")
    return cycle or current_cycle(of.organization.cycles, day)


def _one_of(table: str, column: str, value: str) -> None:
    known = next(one.one_of for one in BY_NAME[table].columns if one.name == column)
    if value not in known:
        raise UnanswerableError(f"No {column} {value[:80]!r}. There are: {', '.join(known)}.")


def _line(line: Line) -> dict[str, Any]:
    standing = "; ".join(filter(None, (line.standing.first, line.standing.then)))
    words = None if line.words is None else {"date": line.words.day, "text": line.words.text}
    return _line_row(line.row) | {"standing": standing, "last_words": words}


def _line_row(row: Mapping[str, Any]) -> dict[str, Any]:
    figures = {name: row[name] for name in _FIGURES if name in row}
    where = _where("key_results", row)
    if not absent(row["value_url"]):
        where["value_from"] = row["value_url"]
    return figures | where


def _rows(table: str, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows with where each stands and comes from; what all of a run share is told once."""
    kept = rows.drop(columns=[name for name in ("as_of", "run_id") if name in rows])
    return [
        told | _where(table, row)
        for told, row in zip(records(kept), rows.to_dict("records"), strict=True)
    ]


def _where(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's table and key, its day, and the address of its record."""
    key = {name: row[name] for name in BY_NAME[table].key}
    return {
        "row": {"table": table, **key},
        "as_of": row.get("as_of", row.get("seen_on")),
        "source": None if absent(row.get("url")) else row["url"],
    }


def _answer(
    tables: Snapshot, rows: Sequence[Mapping[str, Any]], as_of: dt.date | None = None
) -> dict[str, Any]:
    """An answer: rows, and of which day and run they are."""
    run = tables.last_run
    return {
        "as_of": (as_of or last_day(tables)).isoformat(),
        "run_id": run.get("run_id"),
        "published_at": machine(run.get("published_at")),
        "rows": [_plain(row) for row in rows[:MOST]],
        "left_out": max(len(rows) - MOST, 0),
    }


def _plain(value: Any) -> Any:
    """A value as JSON can hold it, however deep."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return machine(value)
