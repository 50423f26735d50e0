"""An organization whose OKRs are a few CSV files: whole nights at any instant, without services."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days import late_entries
from pipelines.project import Project
from published.tables import PublishedTables
from tests.support.commands import Answer, call_okr

SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: okrs, locale: en_US}}
datasets:
  - holds: objectives
    from: files
    place: objectives.csv
    fields: {id: id, title: title, level: level, team: team, parent: parent}
  - holds: key_results
    from: files
    place: key-results.csv
    fields:
      id: id
      objective: objective
      unit: unit
      baseline: from
      target: to
      start: start
      phases: phases
      measure: measure
      weight: weight
  - holds: measurements
    from: files
    place: weekly.csv
    fields: {key_result: kr, date: day, value: value}
  - holds: check_ins
    from: files
    place: check-ins.csv
    fields: {key_result: kr, date: day, confidence: said, value: value}
  - {holds: table, name: other, from: files, place: other.csv}
"""
OBJECTIVES = """id,title,level,team,parent
O-1,Grow,company,,
O-2,Sell,team,Sales,O-1
"""
KEY_RESULTS = """id,objective,unit,from,to,start,phases,measure,weight
KR-1,O-2,,0,100,,2026-10-31: 20; 2026-11-30: 80,,
KR-2,O-2,EUR,"EUR 1,000","EUR 2,000",2026-10-15,,last of amount from other where kr = KR-2 by day,2
KR-3,O-1,%,10 %,20 %,,,,
KR-4,O-1,USD,"USD 0","USD 500",,someday: 80,,
"""
WEEKLY = """kr,day,value
KR-1,2026-11-05,30
KR-2,2026-11-05,EUR 1400
KR-3,2026-11-05,12 %
KR-4,2026-11-05,EUR 250
"""
CHECK_INS = """kr,day,said,value
KR-1,2026-11-06,High,
"""
OTHER = """kr,day,amount
KR-2,2026-11-05,EUR 1500
"""


@dataclass
class SmallCompany:
    """Four Key Results in a folder; write a file, and let nights go by."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "okrs").mkdir(parents=True, exist_ok=True)
        (self.folder / "okr.yaml").write_text(SETTINGS, encoding="utf-8")
        self._written = 0
        self.told: list[str] = []
        self.write("objectives.csv", OBJECTIVES)
        self.write("key-results.csv", KEY_RESULTS)
        self.write("weekly.csv", WEEKLY)
        self.write("check-ins.csv", CHECK_INS)
        self.write("other.csv", OTHER)

    def write(self, name: str, content: str) -> None:
        """Replace a file, at a later second than every one before."""
        self._written += 1
        path = self.folder / "okrs" / name
        path.write_text(content, encoding="utf-8")
        at = 1_700_000_000 + self._written
        os.utime(path, (at, at))

    def project(self, day: dt.date) -> Project:
        """Two in the morning of ``day``."""
        now = dt.datetime.combine(day, dt.time(1), dt.UTC)
        return Project(self.folder / "okr.yaml", now=now, report=self._hear)

    def _hear(self, _: str, words: str) -> None:
        self.told.append(words)

    def night(self, day: dt.date) -> str:
        """The night at whose end ``day`` begins, without Dagster; returns its run."""
        project, run_id = self.project(day), f"night of {day} {self._written}"
        for outcome in pull_sources(project, project.settings.source_names):
            assert outcome.error is None
        run_steps(NIGHTLY, project, run_id)
        late_entries.publish_night(project, run_id)
        return run_id

    def okr(self, *words: str) -> Answer:
        """What a command answers."""
        environ = {**os.environ, "OKR_CONFIG": str(self.folder / "okr.yaml"), "COLUMNS": "160"}
        return call_okr(self.folder, environ, *words)

    def table(self, name: str) -> pd.DataFrame:
        """A published table."""
        return PublishedTables(self.folder / "data" / "published.duckdb").frame(name)

    def key_result(self, key_result_id: str) -> pd.Series:
        """One published row."""
        return self.table("key_results").set_index("key_result_id").loc[key_result_id]
