"""Entries that come late, backdated or corrected: the night restates what they change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import pytest

from pipelines.past_days.rebuild import Rebuilt, rebuild
from tests.support.small_company import CHECK_INS, KEY_RESULTS, WEEKLY, SmallCompany

pytestmark = pytest.mark.night

DAYS = [dt.date(2026, 11, day) for day in (10, 11, 12, 13)]
KEY = ["key_result_id", "as_of"]


@dataclass
class Lived:
    """What was published after each of four nights, and what a rebuild found after the third."""

    daily: list[pd.DataFrame]
    restated: list[pd.DataFrame]
    runs: list[pd.DataFrame]
    rebuilt: Rebuilt
    told: list[str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """A first night, one with entries of its own day only, one with late ones, one with a bound."""
    company = SmallCompany(tmp_path_factory.mktemp("lived"))
    daily, restated, runs = [], [], []

    def night(day: dt.date) -> None:
        company.night(day)
        daily.append(company.table("key_results_daily").set_index(KEY).sort_index())
        restated.append(company.table("key_results_restated").set_index(KEY).sort_index())
        runs.append(company.table("runs"))

    night(DAYS[0])
    own = WEEKLY + "KR-1,2026-11-11,40\n"  # true for the day that its night computes
    company.write("weekly.csv", own)
    company.write("key-results.csv", KEY_RESULTS.replace("10 %,20 %", "10 %,30 %"))
    night(DAYS[1])
    company.write("weekly.csv", own + "KR-3,2026-11-10,18 %\n")
    company.write("check-ins.csv", CHECK_INS + "KR-1,2026-11-11,Low,\n")
    night(DAYS[2])
    rebuilt = rebuild(company.project(DAYS[2]), DAYS[0], DAYS[1])
    settings = company.folder / "okr.yaml"
    text = settings.read_text("utf-8") + "publish: {restate_days: 1}\n"
    settings.write_text(text, encoding="utf-8")
    company.write("weekly.csv", own + "KR-3,2026-11-10,17 %\n")
    night(DAYS[3])
    return Lived(daily, restated, runs, rebuilt, company.told)


def test_a_night_without_late_entries_rewrites_no_past_day(lived: Lived) -> None:
    now = lived.daily[1]
    pd.testing.assert_frame_equal(
        now[now.index.get_level_values("as_of") < DAYS[1]], lived.daily[0]
    )
    assert lived.restated[1].empty
    assert set(lived.runs[1]["kind"]) == {"night"}


def test_a_night_restates_the_days_after_a_late_entry_and_keeps_what_was_said(
    lived: Lived,
) -> None:
    before, rows, kept = lived.daily[1], lived.daily[2], lived.restated[2]
    values = rows.loc["KR-3", "current_value"].to_dict()
    assert values == dict(zip(DAYS, [18, 18, 18], strict=False))
    targets = rows.loc["KR-3", "target"].to_dict()
    assert targets == dict(zip(DAYS, [20, 30, 30], strict=False))
    assert rows.loc[("KR-1", DAYS[1]), "stated_confidence"] == "low"
    assert list(kept.index) == [("KR-1", DAYS[1]), ("KR-3", DAYS[0]), ("KR-3", DAYS[1])]
    assert kept.loc[("KR-3", DAYS[0]), "current_value"] == 12
    assert kept["run_id"].to_dict() == before.loc[kept.index, "run_id"].to_dict()
    runs = lived.runs[2]
    assert set(kept["restated_by"]) == set(runs.loc[runs["kind"] == "rebuild", "run_id"])
    same = before.index.difference(kept.index)
    pd.testing.assert_frame_equal(rows.loc[same], before.loc[same])


def test_after_it_a_fresh_rebuild_finds_nothing_to_restate(lived: Lived) -> None:
    assert (lived.rebuilt.restated, lived.rebuilt.new, lived.rebuilt.unchanged) == ([], 0, 8)


def test_how_far_back_a_night_goes_is_a_setting_and_the_rest_is_told(lived: Lived) -> None:
    values = lived.daily[3].loc["KR-3", "current_value"].to_dict()
    assert values == dict(zip(DAYS, [18, 18, 17, 17], strict=True))
    told = "entries of 2026-11-10 are older than 2026-11-12."
    assert f"{told} Run: okr rebuild --from 2026-11-10 --to 2026-11-11" in lived.told
