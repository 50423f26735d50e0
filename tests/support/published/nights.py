"""Nights out of a few rows: published as real ones are, computed by nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from okr_model.tables import ACCUMULATED, CALIBRATION, KEY_RESULT_WEEKS, RUNS, TABLES
from okr_model.tables.contract import arrow_schema
from pipelines.publish.duckdb_file import write_duckdb
from pipelines.publish.history import with_history, write_delta
from tests.support.commands import Answer, call_okr
from tests.support.page.small_tables import filled
from tests.support.small_company import SETTINGS


@dataclass
class PublishedNights:
    """A data folder to which nights are published, each with its rows of any tables."""

    folder: Path
    runs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "okrs").mkdir(parents=True, exist_ok=True)
        self.settings.write_text(SETTINGS, encoding="utf-8")

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "okr.yaml"

    @property
    def duckdb(self) -> Path:
        """The published file."""
        return self.folder / "data" / "published.duckdb"

    @property
    def history(self) -> Path:
        """The published tables as Delta."""
        return self.folder / "data" / "published"

    def night(self, day: dt.date, run: dict[str, Any] | None = None, **rows: Any) -> str:
        """Publish a night of ``day`` with these rows; returns its run.

        Args:
            day: The day that it computed.
            run: Columns of its row of ``runs``.
            rows: By table: a list of rows, each a dict by column.
        """
        run_id = f"run-{len(self.runs) + 1}"
        usual = dt.datetime.combine(day, dt.time(1, len(self.runs)), dt.UTC)
        at = (run or {}).get("started_at", usual)
        told = {"run_id": run_id, "as_of": day, "kind": "night", "started_at": at}
        mine: dict[str, Any] = {"sources": [{"source": "files", "state": "complete"}], **rows}
        mine[RUNS.name] = [told | {"published_at": at, "outcome": "complete"} | (run or {})]
        staged = {
            table.name: filled(
                table, [{"run_id": run_id, "as_of": day, **row} for row in mine.get(table.name, [])]
            )
            for table in TABLES
            if table.name not in ACCUMULATED
        }
        tables = with_history(staged, self.history, run_id)
        for table in (CALIBRATION, KEY_RESULT_WEEKS):
            tables[table.name] = arrow_schema(table).empty_table()
        write_duckdb(write_delta(tables, self.history, run_id, lambda: at, 30), self.duckdb)
        self.runs.append(run_id)
        return run_id

    def pin(self, today: dt.date) -> None:
        """Let this be the day on which commands are called."""
        self.settings.write_text(f"as_of: {today}\n{SETTINGS}", encoding="utf-8")

    def okr(self, *words: str) -> Answer:
        """What a command answers."""
        environ = {"OKR_CONFIG": str(self.settings), "COLUMNS": "160"}
        return call_okr(self.folder, environ, *words)
