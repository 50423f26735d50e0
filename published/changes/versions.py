"""The tables as an earlier run published them, out of their Delta history.

What belongs here: finding the rows that a run published. What does not: the newest tables
(``tables``), and Key Results of past days, which the newest tables hold (``moment``).

Each run commits its id with the tables that it writes. For how long versions are kept is a setting;
of tables whose rows accumulate only the newest stands in the history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from okr_model.tables import ACCUMULATED, RUNS

KEEP_ALL_DAYS = (*ACCUMULATED, RUNS.name)
"""Tables whose rows accumulate: the newest ones say what was published on any day."""


def rows_of_run(
    folder: Path, table: str, run_id: str, earlier: Sequence[str] = ()
) -> pa.Table | None:
    """The rows of a table as they stood when a run had published; None if they are not kept.

    Args:
        folder: The history of published tables, a Delta table each.
        table: Its name.
        run_id: The run.
        earlier: Runs before it, the newest first. A run that found nothing new wrote no rows: they
            are those of the first of these that did.
    """
    path = folder / table
    if not DeltaTable.is_deltatable(str(path)):
        return None
    history = DeltaTable(str(path))
    versions = _versions(history)
    version = next((versions[run] for run in (run_id, *earlier) if run in versions), None)
    if version is None:
        return None
    try:
        history.load_as_version(version)
        return history.to_pyarrow_table()
    except (OSError, DeltaError):  # its files have been dropped, its commit not yet
        return None


def _versions(history: DeltaTable) -> Mapping[str, int]:
    """By run, oldest first: the version of the table that it wrote."""
    commits = [one for one in reversed(history.history()) if "run_id" in one]
    return {json.loads(one["run_id"]): one["version"] for one in commits}
