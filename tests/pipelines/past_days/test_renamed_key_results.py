"""Past days of a Key Result that was renamed or merged since: computed again, they keep its id."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.model.organization import organization_of
from pipelines.past_days.rebuild import rebuild
from published.key_results.lines import line_of
from published.key_results.since import movements
from published.moment import Moment
from published.snapshot import Snapshot
from tests.support.small_company import (
    KEY_RESULTS,
    SETTINGS,
    WEEKLY,
    SmallCompany,
)

pytestmark = pytest.mark.night

DAYS = [dt.date(2026, 11, day) for day in (10, 11, 12, 13)]
KEY = ["key_result_id", "as_of"]


def daily(company: SmallCompany) -> pd.DataFrame:
    return company.table("key_results_daily").set_index(KEY).sort_index()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder after two nights."""
    company = SmallCompany(tmp_path_factory.mktemp("original"))
    for day in DAYS[:2]:
        company.night(day)
    return company.folder


def copied(original: Path, folder: Path) -> SmallCompany:
    again = SmallCompany(folder)
    shutil.copytree(original / "data", folder / "data")
    return again


@pytest.fixture
def company(original: Path, tmp_path: Path) -> SmallCompany:
    """The same, to go on with."""
    return copied(original, tmp_path)


def rename(company: SmallCompany, old: str, new: str) -> None:
    """Key Results and measurements get the new id, and the settings say so."""
    text = f"{SETTINGS.rstrip()}\nlinks: {{aliases: {{{old}: {new}}}}}\n"
    (company.folder / "okr.yaml").write_text(text, encoding="utf-8")
    company.write("key-results.csv", KEY_RESULTS.replace(old, new))
    company.write("weekly.csv", WEEKLY.replace(old, new))


def test_days_before_a_rename_stay_as_they_were_published(company: SmallCompany) -> None:
    before = daily(company)
    rename(company, "KR-2", "KR-8")
    company.night(DAYS[2])
    done = rebuild(company.project(DAYS[3]), DAYS[0], DAYS[1])
    assert (done.restated, done.new) == ([], 0)
    pd.testing.assert_frame_equal(daily(company).loc[before.index], before)
    assert daily(company).loc[("KR-8", DAYS[2]), "current_value"] == 1400


def test_a_late_entry_under_the_new_id_counts_for_the_old_one_then(company: SmallCompany) -> None:
    rename(company, "KR-2", "KR-8")
    company.night(DAYS[2])
    late = WEEKLY.replace("KR-2", "KR-8") + "KR-8,2026-11-10,EUR 1600\n"
    company.write("weekly.csv", late)
    company.night(DAYS[3])
    rows = daily(company)
    assert rows.loc["KR-2", "current_value"].to_dict() == dict.fromkeys(DAYS[:2], 1600)
    assert rows.loc["KR-8", "current_value"].to_dict() == dict.fromkeys(DAYS[2:], 1600)


def test_a_correction_is_seen_in_the_night_of_the_rename(company: SmallCompany) -> None:
    rename(company, "KR-3", "KR-8")
    company.write("weekly.csv", WEEKLY.replace("KR-3", "KR-8").replace("12 %", "11 %"))
    company.night(DAYS[2])
    assert daily(company).loc["KR-3", "current_value"].to_dict() == dict.fromkeys(DAYS[:2], 11)
    assert list(company.table("key_results_restated")["key_result_id"]) == ["KR-3", "KR-3"]


def merge(company: SmallCompany) -> None:
    """KR-4 is merged into KR-3: its record is gone, and the settings say so."""
    rename(company, "KR-4", "KR-3")
    rows = KEY_RESULTS.splitlines(keepends=True)
    company.write("key-results.csv", "".join(row for row in rows if not row.startswith("KR-4")))
    company.write("weekly.csv", WEEKLY)


def test_days_before_a_merge_keep_the_values_of_both(company: SmallCompany) -> None:
    before = daily(company)
    merge(company)
    company.night(DAYS[2])
    done = rebuild(company.project(DAYS[3]), DAYS[0], DAYS[1])
    assert done.restated == []
    pd.testing.assert_frame_equal(daily(company).loc[before.index], before)


def test_entries_that_go_with_a_merged_key_result_are_not_late(company: SmallCompany) -> None:
    before = daily(company)
    merge(company)
    company.write("weekly.csv", WEEKLY.replace("KR-4,2026-11-05,EUR 250\n", ""))
    company.night(DAYS[2])
    pd.testing.assert_frame_equal(daily(company).loc[before.index], before)


@pytest.fixture(scope="module")
def renamed(original: Path, tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """Two nights as KR-3, then two as KR-8, with another value; KR-4 was merged into KR-1."""
    company = copied(original, tmp_path_factory.mktemp("renamed"))
    rename(company, "KR-3", "KR-8")
    text = (company.folder / "okr.yaml").read_text("utf-8").replace("{KR-3", "{KR-4: KR-1, KR-3")
    (company.folder / "okr.yaml").write_text(text, encoding="utf-8")
    rows = KEY_RESULTS.replace("KR-3", "KR-8").splitlines(keepends=True)
    company.write("key-results.csv", "".join(row for row in rows if not row.startswith("KR-4")))
    company.write("weekly.csv", WEEKLY.replace("KR-3", "KR-8") + "KR-8,2026-11-12,15 %\n")
    for day in DAYS[2:]:
        company.night(day)
    return company


def test_the_row_says_under_which_ids_it_was_published(renamed: SmallCompany) -> None:
    former = renamed.table("key_results").set_index("key_result_id")["former_ids"]
    assert list(former["KR-8"]) == ["KR-3"]
    assert former.drop("KR-8").isna().all()  # KR-4 was published beside KR-1: it is not its past


def test_the_changes_of_definitions_have_it(renamed: SmallCompany) -> None:
    (change,) = renamed.table("changes").to_dict("records")
    assert (change["key_result_id"], change["field"], change["seen_on"]) == (
        "KR-8", "key_result_id", DAYS[2],
    )  # fmt: skip
    assert (change["old"], change["new"]) == ("KR-3", "KR-8")


def test_what_changed_joins_a_renamed_key_result(renamed: SmallCompany) -> None:
    told = renamed.okr("changes", "--since", f"{DAYS[1]}", "--json")
    found = {one["key_result_id"]: one for one in json.loads(told.stdout)["key_results"]}
    assert (found["KR-8"]["state"], found["KR-8"]["was"]) == ("there", "KR-3")
    (value, *_) = found["KR-8"]["figures"]
    assert (value["before"], value["after"], value["why"]) == (12, 15, ["new value"])
    assert "KR-3" not in found
    assert found["KR-4"]["state"] == "gone"
    assert "KR-8 (was KR-3)" in renamed.okr("changes", "--since", f"{DAYS[1]}").stdout


def test_views_and_weeks_join_it(renamed: SmallCompany) -> None:
    with duckdb.connect(str(renamed.folder / "data" / "published.duckdb"), read_only=True) as file:
        then = file.sql(
            "SELECT since, value_then FROM okr.changed_since WHERE key_result_id = 'KR-8'"
        )
        assert sorted(then.fetchall()) == [(DAYS[0], 12), (DAYS[1], 12)]
    weeks = renamed.table("key_result_weeks")
    monday = weeks[weeks["week_starts_on"] == DAYS[0] - dt.timedelta(days=1)]
    assert list(monday["key_result_id"]) == ["KR-1", "KR-2", "KR-4", "KR-8"]


@pytest.mark.parametrize("named", ["KR-3", "kr-8"])
def test_a_past_day_is_explained_by_either_id(renamed: SmallCompany, named: str) -> None:
    told = renamed.okr("explain", named, "--as-of", f"{DAYS[0]}").stdout
    assert "KR-3 stood at 12 % on 2026-11-05" in told
    assert "No reading in this cycle" not in told
    assert "KR-8 stood at 15 % on 2026-11-12" in renamed.okr("explain", named).stdout


def test_the_page_has_its_past_under_either_id(renamed: SmallCompany) -> None:
    organization, cycle = organization_of(renamed.project(DAYS[3]).settings), "2026-Q4"
    page = Snapshot(renamed.folder / "data" / "published.duckdb")
    for named in ("KR-3", "kr-8"):
        then = line_of(page, organization, Moment(DAYS[0]), cycle, named)
        now = line_of(page, organization, Moment(), cycle, named)
        assert then is not None
        assert now is not None
        assert (then.row["key_result_id"], then.row["current_value"]) == ("KR-8", 12)
        assert [reading.value for reading in now.readings] == [12, 15]
    told = {one["key_result_id"]: one for one in movements(page, DAYS[0], cycle)}
    assert told["KR-8"]["current_value_change"] == 3


def test_an_objective_that_is_only_a_column_keeps_its_words_on_past_days(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    settings = re.sub(r"  - holds: objectives\n(    .*\n)+", "", SETTINGS)
    (company.folder / "okr.yaml").write_text(settings, encoding="utf-8")
    company.write("key-results.csv", KEY_RESULTS.replace("O-2", "Grow sales"))
    company.night(DAYS[0])
    text = f"{settings.rstrip()}\nlinks: {{aliases: {{Grow sales: Sell more}}}}\n"
    (company.folder / "okr.yaml").write_text(text, encoding="utf-8")
    company.write("key-results.csv", KEY_RESULTS.replace("O-2", "Sell more"))
    company.write("weekly.csv", WEEKLY + "KR-1,2026-11-10,35\n")
    company.night(DAYS[1])
    rows = daily(company)
    assert rows.loc["KR-1", "objective_id"].to_dict() == {
        DAYS[0]: "Grow sales",
        DAYS[1]: "Sell more",
    }
    assert rows.loc["KR-1", "current_value"].to_dict() == dict.fromkeys(DAYS[:2], 35)
