"""Past days of a Key Result that was renamed or merged since: computed again, they keep its id."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from pipelines.past_days.rebuild import rebuild
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


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """After two nights."""
    company = SmallCompany(tmp_path)
    for day in DAYS[:2]:
        company.night(day)
    return company


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


def test_days_before_a_merge_keep_the_values_of_both(company: SmallCompany) -> None:
    before = daily(company)
    rename(company, "KR-4", "KR-3")
    rows = KEY_RESULTS.splitlines(keepends=True)
    company.write("key-results.csv", "".join(row for row in rows if not row.startswith("KR-4")))
    company.write("weekly.csv", WEEKLY)
    company.night(DAYS[2])
    done = rebuild(company.project(DAYS[3]), DAYS[0], DAYS[1])
    assert done.restated == []
    pd.testing.assert_frame_equal(daily(company).loc[before.index], before)
