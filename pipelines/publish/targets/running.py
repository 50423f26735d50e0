"""The Key Results of the running cycles, for targets that hold them alone.

What belongs here: which rows of a run those are, and the manifest of a target with them. What does
not: any one target.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from okr_model.tables.columns import LEVELS
from pipelines.publish.targets.manifest import Manifest, manifest_of, state_of
from pipelines.publish.targets.published_run import PublishedRun

TABLE = "key_results"
KEY = ("key_result_id", "cycle_id")
_CALLS = ("stated_confidence", "computed_confidence")


def running_key_results(run: PublishedRun, words: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a run that has no other table, by cycle, Objective and id.

    Args:
        run: The run.
        words: What the organization calls the levels of confidence, best first.
    """
    called = dict(zip(LEVELS, words, strict=True))
    (table,) = run.tables
    rows = [
        row | {name: called.get(row.get(name)) for name in _CALLS if name in row}
        for batch in run.batches(table)
        for row in batch.to_pylist()
        if row["cycle_start"] <= run.as_of <= row["cycle_end"]
    ]
    return sorted(
        rows, key=lambda row: (row["cycle_id"], row["objective_id"] or "", row["key_result_id"])
    )


def manifest_of_running(run: PublishedRun, rows: int) -> Manifest:
    """The manifest of a target that holds so many rows of ``run``."""
    (table,) = run.tables
    state = msgspec.structs.replace(state_of(table), rows=rows, columns=())
    return manifest_of(run, {TABLE: state})


def same_run(one: Manifest | None, other: Manifest) -> bool:
    """Whether both are of one run and as many rows, whenever they were written."""
    if one is None:
        return False
    return (one.run_id, one.runs, one.rows) == (other.run_id, other.runs, other.rows)
