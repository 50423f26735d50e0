"""A table as a CSV file.

What belongs here: writing it batch by batch. What does not: how a value is written, which is the
same wherever okr-sync writes CSV (``published.export``), and the folder (``folders``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.publish.targets.published_run import PublishedRun, PublishedTable
from published.export import csv_text, for_json

SUFFIX = ".csv"
_TOGETHER = 1_000  # rows that are dicts


def write_csv(run: PublishedRun, table: PublishedTable, path: Path) -> None:
    """Write one table of ``run``."""
    names = [column.name for column in table.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_text(names, []))
        for batch in run.batches(table):
            for first in range(0, batch.num_rows, _TOGETHER):
                rows = for_json(batch.slice(first, _TOGETHER).to_pylist())
                file.write(csv_text(names, rows, header=False))
