"""Measures of every family over the sample company's lake."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pandas as pd
import pytest

from pipelines.lake.confined_sql.process import QueryProcess, run_query
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import Lake
from pipelines.model.measures.declared import declared_measures
from pipelines.model.measures.key_results import Measured, measured_on
from pipelines.project import Project
from sandbox.company.truth import load
from tests.support.company import Company

DAY = dt.date(2026, 11, 28)
TABLES = """
  - {holds: table, name: cohorts, from: notion, place: 04c10929-cdd4-5cde-944e-8079416b51a6}
  - holds: table
    name: weekly
    from: sheets
    place: {spreadsheet: 199acdf36ec84ba0c6ddd9c4c0ca170334a6dc0c4ab1, tab: Weekly}
"""


@pytest.fixture(scope="module")
def key_results(published: Company) -> pd.DataFrame:
    return published.step_files().read("content.key_results")


def measured(
    published: Company, folder: Path, key_results: pd.DataFrame, measures: str = "", **own: str
) -> Measured:
    """The measures of the settings and of the records (``own``) over the published lake."""
    text = published.settings.read_text("utf-8")
    head, _, rest = text.partition("measures:\n")
    tail = rest[rest.index("\nlinks:") :]
    settings = folder / "okr.yaml"
    settings.write_text(
        head.replace("data: data ", f"data: {published.folder / 'data'} ").rstrip()
        + TABLES
        + (f"\nmeasures:\n{measures}" if measures else "")
        + tail,
        "utf-8",
    )
    names = {key.replace("_", "-"): text for key, text in own.items()}
    rows = key_results.assign(measure=key_results["key_result_id"].map(names).astype("str"))
    with mock.patch.dict(os.environ, published.environment):
        project = Project(settings, with_secrets=False)
        return measured_on(project, connect(), rows, {}, [DAY])


def series(found: Measured, key_result_id: str) -> dict[dt.date, float]:
    rows = found.values[found.values["key_result_id"] == key_result_id]
    return dict(zip(rows["date"].dt.date, rows["value"], strict=True))


def test_rows_of_a_page_and_of_a_sheet_are_what_the_definition_says(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    truth = load()
    found = measured(
        published,
        tmp_path,
        key_results,
        KR_16='last of Completed from cohorts where "Key Result" = KR-16 by Week',
        KR_25="last of Value from weekly where KR = kr-25 by Week",
        KR_30="mean of Value from weekly where KR = KR-30 by Week over 28 days",
    )
    assert found.findings.empty
    for key in ("KR-16", "KR-25"):
        metric = truth.metrics[truth.key_results[key].metric]
        start = truth.cycle("2026-Q4").start
        true = {day: value for day, value in metric.values.items() if day >= start}
        assert series(found, key) == pytest.approx(true)
    assert series(found, "KR-30")[dt.date(2026, 11, 27)] == pytest.approx(
        sum((19.6, 19.2, 18.6, 18.3)) / 4
    )
    rows = found.values.set_index(["key_result_id", "date"])
    last = rows.loc[("KR-25", pd.Timestamp("2026-11-27"))]
    assert last["field"].startswith("Value (Weekly!C")
    assert "range=" in last["url"]
    assert set(found.sources.itertuples(index=False, name=None)) == {
        ("KR-16", "notion"),
        ("KR-25", "sheets"),
        ("KR-30", "sheets"),
    }


def test_a_cell_is_true_for_the_day_it_was_read_on(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    found = measured(published, tmp_path, key_results, KR_25="cell C3 from weekly")
    (row,) = found.values.to_dict("records")
    assert row["field"] == "Weekly!C3"
    assert row["date"].date() == row["seen_at"].tz_convert("Asia/Kuala_Lumpur").date()


def test_a_query_gives_days_and_values_and_precedence_is_the_order(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    query = "sql SELECT DATE '2026-11-27' AS day, count(*) AS value FROM jira_issues"
    found = measured(
        published,
        tmp_path,
        key_results,
        "  - {key_result: KR-22, measure: [check-ins, count of issues from jira]}\n",
        KR_22=f"{query}; last of Value from weekly where KR = KR-22 by Week",
    )
    rows = found.values.drop_duplicates("measure").set_index("measure")
    assert rows["precedence"].to_dict() == {"sql": 0, "weekly last": 1, "jira count": 3}
    assert found.check_ins == {"KR-22": 2}
    assert rows.loc["sql", "value"] > 1000
    assert rows.loc["sql", "source"] == "sql"


def test_what_cannot_be_measured_is_a_finding_that_says_where(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    found = measured(
        published,
        tmp_path,
        key_results,
        KR_1="median of resolution time form jira",
        KR_2="last of Value from nowhere by Week",
        KR_3="sql SELECT day FROM nothing",
        KR_4="last of Amount from weekly by Week",
        KR_5="cell ZZ1 from weekly",
        KR_6="cell A1 from cohorts",
        KR_7="last of Value from weekly where KR = KR-22 by Week",
    )
    said = found.findings.set_index("subject_id")["sentence"]
    assert "at 27: expected from, found “form”" in said["KR-1"]
    assert "no table is named 'nowhere'; known: cohorts, weekly" in said["KR-2"]
    assert "nothing" in said["KR-3"]
    assert "Amount" in said["KR-4"]
    assert "there is nothing in ZZ1 of Weekly" in said["KR-5"]
    assert "only a table from sheets has cells" in said["KR-6"]
    assert "#REF!" in said["KR-7"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("median of resolution time form jira", "at 27: expected from, found “form”"),
        ("last of Value from nowhere by Week", "no table is named 'nowhere'"),
        ("🦊; DROP TABLE x", "at 1: "),
        ("count of " * 300, "expected"),
    ],
)
def test_a_text_in_the_settings_that_is_no_measure_stops_none_of_the_others(
    published: Company, tmp_path: Path, key_results: pd.DataFrame, text: str, why: str
) -> None:
    usable = "count of issues from jira"
    settings = f"""  - {{key_result: [KR-1, KR-2], measure: [{text!r}, {usable}]}}\n"""
    found = measured(published, tmp_path, key_results, settings)
    said = found.findings[found.findings["severity"] == "error"].set_index("subject_id")
    assert list(said.index) == ["KR-1", "KR-2"]
    for key in ("KR-1", "KR-2"):
        assert found.values["key_result_id"].eq(key).any()
        assert f"A measure of {key} cannot be used: in the settings, " in said.loc[key, "sentence"]
        assert why in said.loc[key, "sentence"]


def test_a_figure_in_another_unit_is_converted_or_a_finding_and_never_taken_as_it_is(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    found = measured(
        published,
        tmp_path,
        key_results,
        KR_16="count of rows from weekly where KR = KR-25",
        KR_25="sql SELECT DATE '2026-11-27' AS day, 7 AS value, 'hours' AS unit",
        KR_17='count of issues from jira where issue_type = "Support ticket"',
    )
    units = key_results.set_index("key_result_id")["unit"]
    said = found.findings.set_index("subject_id")["sentence"]
    assert set(said.index) == {"KR-16", "KR-17", "KR-25"}
    assert f"count, which does not convert into {units['KR-16']}" in said["KR-16"]
    assert f"hours, which does not convert into {units['KR-25']}" in said["KR-25"]
    assert f"count, which does not convert into {units['KR-17']}" in said["KR-17"]
    assert found.values.loc[found.values["problem"].notna(), "value"].isna().all()


def test_a_measure_of_the_settings_names_its_key_result_in_any_spelling() -> None:
    stated = SimpleNamespace(key_result=("kr–17 ",), measure=("check-ins",), settle_days=0)
    key_results = pd.DataFrame({"key_result_id": ["KR-17"], "measure": [None], "url": [None]})
    settings = SimpleNamespace(measures=[stated], check_measure=lambda _: None)
    (declared,), findings = declared_measures(settings, key_results, {})
    assert declared.key_result_id == "KR-17"
    assert findings.empty


def test_the_share_of_an_initiative_that_is_done_counts_its_issues_alone(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    counts = run_query(
        Lake(published.folder / "data" / "lake"),
        "SELECT DATE '2026-11-28' AS day, p.key AS unit, "
        "100.0 * count(*) FILTER (i.status_category = 'done') / count(*) AS value "
        "FROM jira_issues i JOIN jira_issues p ON p.id = i.parent_id GROUP BY p.key "
        "HAVING count(*) > 3 AND value > 0 AND value < 100 ORDER BY count(*) DESC, p.key LIMIT 1",
    )
    (epic,) = counts.rows.to_dict("records")
    text = f"share of (status_category = done) of issues from jira where parent = {epic['unit']}"
    found = measured(published, tmp_path, key_results, KR_16=text)
    assert series(found, "KR-16")[DAY] == pytest.approx(epic["value"])


def test_whatever_a_measure_does_becomes_a_finding_that_names_both(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    day = "DATE '2026-11-27' AS day"
    hostile = {
        "KR_16": f"sql SELECT {day}, 'inf'::DOUBLE AS value",
        "KR_17": f"sql SELECT {day}, [1, 2] AS value",
        "KR_18": f"sql SELECT {day}, 1 AS value, {{'a': 1}} AS unit",
        "KR_19": f"sql SELECT {day}, content AS value FROM read_text('/etc/passwd')",  # noqa: S608
        "KR_20": "sql SELECT '31.31.2026' AS day, 1 AS value",
        "KR_21": f"sql SELECT {day}, {'(' * 2000}1{')' * 2000} AS value",
        "KR_23": "last of Nothing from weekly",
        "KR_24": 'count of issues from jira where labels = "%\'; DROP TABLE x"',
    }
    good = {"KR_25": "last of Value from weekly where KR = kr-25 by Week"}
    alone = measured(published, tmp_path, key_results, **good)
    found = measured(published, tmp_path, key_results, **hostile, **good)
    assert series(found, "KR-25") == series(alone, "KR-25")
    for key in (name.replace("_", "-") for name in hostile if name != "KR_24"):
        assert not series(found, key), key
        (said,) = found.findings.loc[found.findings["subject_id"] == key, "sentence"]
        assert said.startswith(f"A measure of {key} cannot be used"), said
    assert "KR-24" in set(found.findings["subject_id"])  # no issue ever had such a label


def test_a_query_that_several_key_results_share_runs_once_and_is_a_finding_of_each(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    query = "sql SELECT * FROM (VALUES (DATE '2026-11-26', 1), (DATE '2026-11-27', 'inf'::DOUBLE)) "
    query += "t(day, value)"
    with mock.patch.object(QueryProcess, "run", autospec=True, side_effect=QueryProcess.run) as ran:
        found = measured(published, tmp_path, key_results, KR_16=query, KR_22=query)
    assert ran.call_count == 1
    assert set(found.findings["subject_id"]) == {"KR-16", "KR-22"}
    for key in ("KR-16", "KR-22"):
        assert series(found, key) == {dt.date(2026, 11, 26): 1.0}
        (said,) = found.findings[found.findings["subject_id"] == key].to_dict("records")
        assert "2026-11-27 is a figure that is not finite" in said["sentence"]
        assert said["evidence"] == query


def test_a_defect_of_ours_is_told_with_its_place_and_stops_no_other(
    published: Company, tmp_path: Path, key_results: pd.DataFrame
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a-secret-token")

    mine = {"KR_22": "sql SELECT DATE '2026-11-27' AS day, 1 AS value"}
    other = {"KR_25": "last of Value from weekly where KR = kr-25 by Week"}
    with mock.patch.object(QueryProcess, "run", broken):
        found = measured(published, tmp_path, key_results, **mine, **other)
    assert series(found, "KR-25")
    (finding,) = found.findings.to_dict("records")
    assert (finding["subject_id"], finding["severity"]) == ("KR-22", "error")
    assert "okr-sync itself failed on it (KeyError at test_measures.py:" in finding["sentence"]
    assert "a-secret-token" not in finding["sentence"]
