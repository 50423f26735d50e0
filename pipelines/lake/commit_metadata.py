"""What an older version kept in the metadata of the lake's commits, read for the last time.

What belongs here: telling such a table, and reading its pulls. What does not: where they are kept
now (``pull_log``).

Delta may have dropped metadata that is older than 30 days. The rows are all there, and tell when
they were read: their instants stand in for the pulls whose metadata is gone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from deltalake import DeltaTable

from connectors.registry import SOURCE_FACTS
from pipelines.lake.delta import LAKE_DAYS, carries, retention


def is_older(table: DeltaTable) -> bool:
    """Whether an older version wrote the table, which set no retention."""
    return not carries(table, retention(LAKE_DAYS))


def pulls(root: Path) -> dict[str, list[dict[str, Any]]]:
    """For each source, the fields of :class:`PullState`: complete pulls, and the present state."""
    found = {}
    for source, facts in SOURCE_FACTS.items():
        path = str(root / facts.primary_stream / "log")
        if DeltaTable.is_deltatable(path) and is_older(table := DeltaTable(path)):
            found[source] = [*_pulls(table)]
    return found


def _pulls(table: DeltaTable) -> Iterator[dict[str, Any]]:
    commits = table.history()
    complete = [_decoded(one) for one in reversed(commits) if "complete_at" in one]
    if commits[-1]["version"] > 0:
        first = complete[0]["at"] if complete else None
        yield from ({"at": at} for at in read_at(table) if first is None or at < first)
    yield from complete
    now: dict[str, Any] = {}
    for commit in commits:  # newest first
        now = _decoded(commit) | now
    if "complete_at" in commits[0] and complete:
        return  # the newest pull is complete: its row has it all
    yield {name: value for name, value in now.items() if name not in ("at", "upto")}


def _decoded(commit: Mapping[str, Any]) -> dict[str, Any]:
    names = ("cursor", "problems", "references", "upto")
    found = {name: json.loads(commit[name]) for name in names if name in commit}
    if "complete_at" in commit:
        found["at"] = dt.datetime.fromisoformat(json.loads(commit["complete_at"]))
    return found


def read_at(table: DeltaTable) -> list[dt.datetime]:
    """The instants at which the rows of a log were read, oldest first."""
    rows = table.to_pyarrow_table(columns=["seen_at"])
    instants: list[dt.datetime] = pc.unique(rows["seen_at"]).to_pylist()
    return sorted(instants)
