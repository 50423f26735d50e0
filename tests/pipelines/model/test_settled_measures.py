"""A measure that settles late, from the settings to what okr explain says."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from connectors.cells import Cell
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.key_results import measured_on
from pipelines.nightly_run import run_nightly
from pipelines.project import Project
from published.tables import PublishedTables
from tests.support.commands import call_okr
from tests.support.company import dagster_in_memory
from tests.support.scripted_jira import Issue, ScriptedJira, key_results, number, series

pytestmark = pytest.mark.night
VALUE = "customfield_1"
MORE = """
measures:
  - {key_result: OKR-1, measure: 'field "Current value"', settle: 5 days}
"""


def test_a_provisional_value_is_shown_and_not_judged(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path, more=MORE)
    target = Cell("number", "100", 100.0, name="To", address="customfield_7")
    log = [
        ("2026-10-20T10:00", VALUE, "10", "20"),
        ("2026-11-20T10:00", VALUE, "20", "40"),
        ("2026-11-26T10:00", VALUE, "40", "90"),
    ]
    jira.night(Issue("OKR-1", {VALUE: number(90), "customfield_7": target}, log))
    with dagster_in_memory():
        done = run_nightly(Project(jira.settings, with_secrets=False), read=False)
    assert done.published, done
    tables = PublishedTables(jira.project.paths.duckdb)
    (row,) = tables.frame("key_results").to_dict("records")
    assert (row["current_value"], row["settle_days"]) == (40, 5)
    assert (
        row["expected_progress"]
        == (pd.Timestamp("2026-11-23") - pd.Timestamp("2026-10-01")).days / 91
    )
    settles = tables.frame("measurements").set_index("value")["settles_on"]
    assert str(settles[90.0]) == "2026-12-01"
    said = call_okr(tmp_path, {"OKR_CONFIG": str(jira.settings)}, "explain", "OKR-1").stdout
    assert "Provisional until 2026-12-01, and not judged before: 90, true for 2026-11-26" in said
    assert "Expected: (2026-11-23 − 2026-10-01) / (2026-12-31 − 2026-10-01)" in said
    words = ("explain", "OKR-1", "--json")
    (one,) = json.loads(call_okr(tmp_path, {"OKR_CONFIG": str(jira.settings)}, *words).stdout)
    assert [waiting["value"] for waiting in one["value"]["provisional"]] == [90]


def test_each_rebuilt_day_has_the_value_that_had_settled_by_then(tmp_path: Path) -> None:
    more = """
measures:
  - {key_result: KR-1, measure: count of created issues from jira over 7 days, settle: 5 days}
"""
    jira = ScriptedJira(tmp_path, more=more)
    jira.night(*(Issue(f"OKR-{n}", created=f"2026-11-{n:02}T10:00") for n in range(1, 20)))
    days = [dt.date(2026, 11, day) for day in (13, 14, 15)]
    found = measured_on(jira.project, connect(), key_results(None), {}, [days[-1]], days)
    settled = found.values[found.values["settles_on"].isin(map(pd.Timestamp, days))]
    assert series(replace(found, values=settled)) == {"11-08": 7, "11-09": 7, "11-10": 7}
