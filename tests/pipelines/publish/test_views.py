"""Views: as declared, and what a slow reading of the tables says, in DuckDB and in Postgres."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from okr_model.progress.end_state import end_state, has_ended
from okr_model.tables import BY_NAME
from okr_model.tables.contract import arrow_schema
from pipelines.publish.duckdb_file import update_duckdb, write_duckdb
from pipelines.publish.views import VIEWS, possible
from tests.support.company import Company

Ask = Callable[[str], pd.DataFrame]
BY_VIEW = {view.name: view for view in VIEWS}


def file_of(company: Company) -> Path:
    """The published file of a company."""
    return company.folder / "data" / "published.duckdb"


def with_a_past(company: Company, path: Path) -> Path:
    """A copy of the published file in which earlier days were published, too."""
    shutil.copyfile(file_of(company), path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO okr.key_results_daily SELECT * REPLACE (as_of - 7 AS as_of,"
            " CASE WHEN key_result_id LIKE '%6' THEN current_value + 1 ELSE current_value END"
            " AS current_value, CASE WHEN key_result_id LIKE '%7' THEN 'other' ELSE pace END"
            " AS pace) FROM okr.key_results;"
            "INSERT INTO okr.key_results_daily SELECT * REPLACE (cycle_start + 40 AS as_of)"
            " FROM okr.key_results WHERE cycle_end < as_of"
        )
    return path


@pytest.fixture(scope="module")
def ask(published: Company, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    path = with_a_past(published, tmp_path_factory.mktemp("views") / "published.duckdb")
    connection = duckdb.connect(str(path), read_only=True)
    return lambda query: connection.sql(query).to_arrow_table().to_pandas()


@pytest.fixture(scope="module")
def rows(ask: Ask) -> pd.DataFrame:
    return ask("SELECT * FROM okr.key_results")


def running(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["cycle_start"] <= rows["as_of"]) & (rows["as_of"] <= rows["cycle_end"])]


@pytest.mark.parametrize("name", BY_VIEW)
def test_a_view_has_the_columns_it_declares_and_says_what_they_mean(ask: Ask, name: str) -> None:
    view = BY_VIEW[name]
    assert ask(f"DESCRIBE okr.{name}")["column_name"].tolist() == list(view.columns)
    told = ask("SELECT table_name, comment FROM duckdb_columns() ORDER BY column_index")
    said = told.loc[told["table_name"] == name, "comment"]
    assert said.tolist() == list(view.columns.values())
    assert name not in BY_NAME


def test_views_read_only_columns_that_are_published_and_name_no_person() -> None:
    for view in VIEWS:
        for table, columns in view.reads.items():
            assert columns
            assert columns <= set(BY_NAME[table].column_names)
            assert not columns & {one.name for one in BY_NAME[table].columns if one.person}


def test_a_view_is_left_out_where_a_table_or_column_is_missing() -> None:
    there = {name: table.column_names for name, table in BY_NAME.items()}
    assert possible(VIEWS, there) == list(VIEWS)
    del there["key_results_daily"]
    there["initiatives"] = there["initiatives"][:2]
    assert [one.name for one in possible(VIEWS, there)] == [
        *("at_risk", "freshness", "dependencies")
    ]


def test_at_risk_names_each_reason(ask: Ask, rows: pd.DataFrame) -> None:
    wanted = {}
    for row in running(rows).to_dict("records"):
        told = {
            "evidence low": row["computed_confidence"] == "low",
            "team says low": row["stated_confidence"] == "low",
            "behind its path": row["pace"] == "behind",
            "no value": row["value_state"] != "measured",
        }
        if any(told.values()):
            wanted[row["key_result_id"]] = ", ".join(why for why, so in told.items() if so)
    found = ask("SELECT * FROM okr.at_risk").set_index("key_result_id")["because"]
    assert wanted
    assert found.to_dict() == wanted


def test_freshness_counts_days(ask: Ask, rows: pd.DataFrame) -> None:
    found = ask("SELECT * FROM okr.freshness").set_index("key_result_id").sort_index()
    wanted = running(rows).set_index("key_result_id").sort_index()
    for age, day in (
        ("check_in_age_days", "last_check_in_at"),
        ("activity_age_days", "last_activity_on"),
    ):
        days = (pd.to_datetime(wanted["as_of"]) - pd.to_datetime(wanted[day])).dt.days
        assert found[age].astype("float64").equals(days.astype("float64"))
        assert days.notna().any()


def test_contributions_count_work_once_in_a_sum(ask: Ask, rows: pd.DataFrame) -> None:
    found = ask("SELECT * FROM okr.contributions")
    links = ask("SELECT * FROM okr.links WHERE state = 'active'")
    served = links[links["key_result_id"].isin(running(rows)["key_result_id"])]
    pairs = ["initiative_id", "key_result_id"]
    assert set(found[pairs].itertuples(index=False)) == set(served[pairs].itertuples(index=False))
    assert found["share"].sum() == pytest.approx(served["initiative_id"].nunique())
    weeks = ask("SELECT * FROM okr.initiative_weeks")
    recent = weeks[weeks["week_starts_on"] > weeks["as_of"] - pd.Timedelta(days=28)]
    assert recent["week_starts_on"].nunique() <= 4
    activity = recent.groupby("initiative_id")["activity"].sum()
    wanted = found["initiative_id"].map(activity).fillna(0)
    assert found["activity_4w"].tolist() == wanted.tolist()
    assert found["activity_4w"].sum() > 0


def test_dependencies_are_those_of_the_last_check_in(ask: Ask, rows: pd.DataFrame) -> None:
    found = ask("SELECT * FROM okr.dependencies").set_index("key_result_id")
    said = ask("SELECT * FROM okr.check_ins").sort_values(["date", "number"], kind="stable")
    last = said.drop_duplicates(["key_result_id", "cycle_id"], keep="last")
    last = last[last["key_result_id"].isin(running(rows)["key_result_id"])]
    last = last[last["cycle_id"].isin(running(rows)["cycle_id"])].set_index("key_result_id")
    last = last[last["depends_on"].notna()]
    assert len(last)
    assert found["depends_on"].to_dict() == last["depends_on"].to_dict()
    assert found["said_on"].to_dict() == last["date"].to_dict()


def test_changed_since_has_what_differs_from_a_day(ask: Ask, rows: pd.DataFrame) -> None:
    days = ask("SELECT DISTINCT since FROM okr.changed_since")["since"]
    since = max(days)
    found = ask(f"SELECT * FROM okr.changed_since WHERE since = DATE '{since:%Y-%m-%d}'")  # noqa: S608 - a day
    then = ask(f"SELECT * FROM okr.key_results_daily WHERE as_of = DATE '{since:%Y-%m-%d}'")  # noqa: S608 - a day
    both = rows.merge(then, on=["key_result_id", "cycle_id"], suffixes=("", "_then"))
    names = (
        *("unit", "current_value", "target", "stated_confidence"),
        *("computed_confidence", "pace"),
    )
    differs = pd.Series(False, index=both.index)
    for name in names:
        new, old = both[name], both[f"{name}_then"]
        differs |= ~((new == old) | (new.isna() & old.isna()))
    assert set(found["key_result_id"]) == set(both.loc[differs, "key_result_id"])
    moved = found.set_index("key_result_id")
    old = both.set_index("key_result_id")["current_value_then"]
    assert moved["value_then"].equals(old.reindex(moved.index).rename("value_then"))


def test_outcomes_are_those_of_the_model(ask: Ask, rows: pd.DataFrame) -> None:
    found = ask("SELECT * FROM okr.confidence_outcomes")
    words = {"met": True, "missed": False}
    ended = {
        row["key_result_id"]: words.get(str(end_state(row)))
        for row in rows.to_dict("records")
        if has_ended(row)
    }
    assert set(found["key_result_id"]) == set(ended)
    met: dict[Any, Any] = dict(zip(found["key_result_id"], found["met"], strict=True))
    assert {key: None if pd.isna(value) else bool(value) for key, value in met.items()} == ended
    assert found["elapsed"].between(0, 1).all()


def test_views_follow_tables_that_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "published.duckdb"
    empty = {name: arrow_schema(table).empty_table() for name, table in BY_NAME.items()}
    write_duckdb(empty, path)
    update_duckdb({"links": empty["links"]}, path)
    with duckdb.connect(str(path), read_only=True) as connection:
        query = "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
        assert [name for (name,) in connection.execute(query).fetchall()] == sorted(BY_VIEW)
        for name in BY_VIEW:
            assert connection.execute(f"SELECT * FROM okr.{name}").fetchall() == []  # noqa: S608 - our own names
