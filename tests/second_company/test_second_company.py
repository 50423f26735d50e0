"""A company that the sample's builders never thought of: every figure is as its definition says.

What is right was written down first, by hand, in ``definition.yaml``; its settings have no line of
SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from sandbox.server import Sandbox
from tests.second_company.company import HERE, elsterwerk
from tests.second_company.jira_site import DONE
from tests.second_company.spreadsheets import SPREADSHEET
from tests.support.company import Company, copy_of

pytestmark = pytest.mark.night

DEFINITION: dict[str, Any] = yaml.safe_load((HERE / "definition.yaml").read_text("utf-8"))
KEY_RESULTS: dict[str, dict[str, Any]] = DEFINITION["key_results"]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company after its night; tests must not change it."""
    with Sandbox(company=elsterwerk) as box:
        folder = tmp_path_factory.mktemp("elsterwerk")
        box.write_settings(folder)
        one = Company(box, folder)
        done = one.night()
        assert done.exit_code == 0, (done.violations, done.crash)
        yield one


def or_none(value: object) -> Any:
    """A cell of a table as the definition writes it: None where it is null."""
    return None if value is None or value is pd.NaT or value != value else value


def rows(frame: pd.DataFrame, *columns: str) -> list[dict[str, Any]]:
    return [
        {name: or_none(value) for name, value in row.items()}
        for row in frame[list(columns)].to_dict("records")
    ]


def test_the_settings_have_no_line_of_sql() -> None:
    text = (HERE / "okr.yaml").read_text("utf-8")
    assert "select" not in text.casefold()
    assert "sql" not in text.casefold()


def test_there_are_exactly_the_key_results_of_the_definition(company: Company) -> None:
    table = company.table("key_results")
    assert sorted(table["key_result_id"]) == sorted(KEY_RESULTS)
    assert set(table["cycle_id"]) == {DEFINITION["cycle"]["id"]}


@pytest.mark.parametrize("key", KEY_RESULTS)
def test_a_key_result_is_what_the_definition_says(company: Company, key: str) -> None:
    right, row = KEY_RESULTS[key], company.key_result(key)
    found = {name: or_none(row[name]) for name in ("kind", "unit", "baseline", "target")}
    teams = row["teams"]
    if row["baseline_source"] != "declared":
        found["baseline"] = None  # the first value of the cycle stands in for it
    found |= {
        "objective": or_none(row["objective_id"]),
        "teams": [] if teams is None else sorted(teams),
        "due": row["due_on"],
        "value": or_none(row["current_value"]),
        "value_on": or_none(row["current_value_at"]),
    }
    wanted = {name: right[name] for name in found}
    for name in ("value", "baseline", "target"):
        if wanted[name] is not None:
            wanted[name] = pytest.approx(wanted[name], abs=1e-9)
    assert found == wanted, right["why"]


@pytest.mark.parametrize("key", [key for key, one in KEY_RESULTS.items() if "series" in one])
def test_a_series_has_exactly_the_days_of_the_definition(company: Company, key: str) -> None:
    table = company.table("measurements")
    of_cycle = table[table["date"] >= DEFINITION["cycle"]["start"]]
    series = of_cycle.loc[of_cycle["key_result_id"] == key, ["date", "value"]]
    found = series.drop_duplicates().sort_values("date").to_numpy().tolist()
    wanted = KEY_RESULTS[key]["series"]
    assert found == [[day, pytest.approx(value)] for day, value in wanted.items()]


def test_every_objective_is_there(company: Company) -> None:
    found = rows(company.table("objectives"), "objective_id", "title", "level", "team")
    wanted = [{"objective_id": key, **one} for key, one in DEFINITION["objectives"].items()]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_every_initiative_serves_what_the_definition_says(company: Company) -> None:
    initiatives, links = company.table("initiatives"), company.table("links")
    names = {
        row["initiative_id"]: row["initiative"]
        if row["source"] == "jira"
        else row["initiative_id"].partition(":")[2]
        for row in initiatives.to_dict("records")
    }
    found: dict[str, dict[str, float]] = {name: {} for name in names.values()}
    for row in links[links["state"] == "active"].to_dict("records"):
        found[names[row["initiative_id"]]][row["key_result_id"]] = row["weight"]
    assert found == DEFINITION["links"]
    assert not (links["state"] == "broken").any()


def test_every_check_in_is_what_was_said(company: Company) -> None:
    said = company.table("check_ins").sort_values(["key_result_id", "date", "number"])
    found = rows(said, "key_result_id", "date", "author", "confidence", "value")
    assert [{"key_result": row.pop("key_result_id"), **row} for row in found] == DEFINITION[
        "check_ins"
    ]


def test_every_due_day_of_work_is_read(company: Company) -> None:
    initiatives = company.table("initiatives").dropna(subset="due_on")
    due = dict(zip(initiatives["initiative_id"], initiatives["due_on"], strict=True))
    assert due == {f"sheets:{name}": day for name, day in DEFINITION["due"].items()}


def test_every_change_of_a_target_has_its_day(company: Company) -> None:
    changes = company.table("changes")
    found = [
        (row["key_result_id"], row["field"], row["old_value"], row["new_value"], row["changed_on"])
        for row in changes.to_dict("records")
    ]
    wanted = [
        (one["key_result"], one["field"], one["old"], one["new"], one["day"])
        for one in DEFINITION["changes"]
    ]
    assert sorted(found) == sorted(wanted)


def test_nothing_else_is_asked_about(company: Company) -> None:
    findings = company.table("findings")
    about_data = findings[~findings["rule"].isin(DEFINITION["signals"])]
    found = sorted(zip(about_data["rule"], about_data["subject_id"], strict=True))
    assert found == sorted((rule, each) for rule, of in DEFINITION["asked"].items() for each in of)


def test_what_is_renamed_and_inserted_overnight_changes_no_figure(
    company: Company, tmp_path: Path
) -> None:
    box, later = company.box, copy_of(company, tmp_path)
    box.clock.advance(3600)
    box.jira.rename("status", DONE, "Fertig")
    box.jira.rename("issue type", 10101, "Schlüsselergebnis")
    box.jira.rename("issue type", 10003, "Fehler")
    order = [0, 1, None, None, *range(2, 17)]
    box.sheets.reorder_rows(SPREADSHEET, "Wochenwerte", order)
    assert later.night().exit_code == 0
    for table, columns in STANDING.items():
        before, after = rows(company.table(table), *columns), rows(later.table(table), *columns)
        assert after == before, table


STANDING = {
    "key_results": ("key_result_id", "current_value", "current_value_at", "progress", "unit"),
    "links": ("initiative_id", "key_result_id", "state", "weight"),
    "check_ins": ("key_result_id", "date", "number", "author", "confidence", "value"),
    "measurements": ("key_result_id", "date", "measure", "value"),
    "findings": ("finding_id",),
}
