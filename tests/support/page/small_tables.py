"""A published file out of a few rows: what a test says, and something fitting for the rest."""

from __future__ import annotations

import datetime as dt
import functools
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from okr_model.tables import TABLES, Column, Table
from okr_model.tables.contract import arrow_schema, conform
from pipelines.publish.duckdb_file import write_duckdb
from pipelines.publish.history import to_arrow

DAY = dt.date(2026, 11, 28)
RUN_AT = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # before whatever a test decides
_FITTING: dict[str, Any] = {
    "text": "",
    "integer": 0,
    "number": 0.0,
    "boolean": False,
    "date": DAY,
    "timestamp": RUN_AT,
    "text[]": [],
}
_TOLD = {"run_id": "run", "as_of": DAY, "cycle_id": "2026-Q4", "started_at": RUN_AT}
_CYCLE = {"cycle_start": dt.date(2026, 10, 1), "cycle_end": dt.date(2026, 12, 31)}


def publish_rows(path: Path, **rows: list[dict[str, Any]]) -> None:
    """Write a published file with these rows of these tables; all other tables are empty."""
    if not path.exists():  # half of the work is what is the same in all files
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_file())
    always = {"runs": [{}], "sources": [{"source": "jira", "state": "complete"}]}
    found = always | rows
    write_duckdb({one.name: filled(one, found.get(one.name, [])) for one in TABLES}, path)


@functools.cache
def _empty_file() -> bytes:
    """A published file without a row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "published.duckdb"
        write_duckdb({one.name: filled(one, []) for one in TABLES}, path)
        return path.read_bytes()


def filled(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as they are published; what they leave out is null, or something fitting."""
    if not rows:
        return arrow_schema(table).empty_table()
    filled = [{one.name: row.get(one.name, _else(one)) for one in table.columns} for row in rows]
    frame = pd.DataFrame(filled, columns=table.column_names)
    return to_arrow(conform(frame, table), table)


def _else(column: Column) -> Any:
    told = {**_TOLD, **_CYCLE}
    if column.name in told:
        return told[column.name]
    if not column.required:
        return None
    return column.one_of[0] if column.one_of else _FITTING[column.type]


def work(number: int, **more: Any) -> dict[str, Any]:
    """An open Jira epic, ``SUP-1`` with the id ``jira:1``."""
    return {
        "initiative_id": f"jira:{number}",
        "initiative": f"SUP-{number}",
        "title": f"Work {number}",
        "status": "To Do",
        "status_category": "new",
        "source": "jira",
        "record_id": str(number),
        "url": f"https://jira.example/SUP-{number}",
        **more,
    }


def claim(number: int, key: str, state: str, rule: str = "field", **more: Any) -> dict[str, Any]:
    """A claim of :func:`work`."""
    return {
        "initiative_id": f"jira:{number}",
        "initiative": f"SUP-{number}",
        "key_result_id": key,
        "state": state,
        "rule": rule,
        "confidence": "high",
        "source": "jira",
        "record_id": str(number),
        "field": "Key Result",
        "evidence": key,
        "url": f"https://jira.example/SUP-{number}",
        "first_seen_at": RUN_AT,
        "last_seen_at": RUN_AT,
        **more,
    }


def suggestion(number: int, key: str, rank: int, chance: float, **more: Any) -> dict[str, Any]:
    """A suggestion for :func:`work`."""
    return {
        "asked_for": "initiative",
        "initiative_id": f"jira:{number}",
        "initiative": f"SUP-{number}",
        "key_result_id": key,
        "rank": rank,
        "chance": chance,
        "reason": f"shares “triage”; same team; chance {chance * 100:.0f} %",
        "shared": ["triage"],
        "source": "jira",
        "record_id": str(number),
        **more,
    }


def key_result(key: str, **more: Any) -> dict[str, Any]:
    """A running Key Result."""
    named = {"key_result_id": key, "statement": f"The statement of {key}", "due_on": DAY}
    return {**named, "baseline": 0.0, "target": 10.0, "source": "jira", "record_id": key, **more}


def finding(rule: str, kind: str, subject: str, **more: Any) -> dict[str, Any]:
    """A finding."""
    return {
        "finding_id": f"{rule} {subject}",
        "rule": rule,
        "severity": "warning",
        "subject_type": kind,
        "subject_id": subject,
        "sentence": f"{subject}: {rule}.",
        **more,
    }
