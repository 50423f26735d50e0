"""Where a record stands, and which dataset reads it, changes nothing that is published."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipelines.past_days.rebuild import rebuild
from tests.support.company import Company
from tests.support.small_company import KEY_RESULTS, WEEKLY, SmallCompany

pytestmark = pytest.mark.night

NIGHTS = [dt.date(2026, 11, day) for day in (10, 11, 12)]
CALLS = """kr,day,said,value
KR-1,2026-11-05,High,
KR-1,2026-11-06,High,
KR-2,2026-11-06 09:00,High,
KR-1,2026-11-06,Low,
KR-2,2026-11-06 17:00,Medium,
KR-7,2026-11-06,Low,
KR-3,someday,Low,
"""
MEASURED = WEEKLY + "KR-1,2026-11-05,33\nKR-9,2026-11-05,1\nKR-1,soon,1\nKR-3,2026-11-06,many\n"
TABLES = ("key_results", "objectives", "rollups", "check_ins", "measurements", "findings")
WHERE = ["run_id", "record_id", "url", "field", "value_source", "value_url", "sentence", "evidence"]


def published(company: SmallCompany) -> dict[str, str]:
    """The tables without the run and without what says where a record stands."""
    found = {}
    for name in TABLES:
        frame = company.table(name).drop(columns=WHERE, errors="ignore")
        frame = frame.astype("str").sort_values(list(frame.columns))
        found[name] = frame.to_csv(index=False)
    return found


def with_lines_above(content: str, *lines: str) -> str:
    head, _, rest = content.partition("\n")
    return "\n".join([head, *lines, rest])


def test_inserted_lines_and_other_orders_change_nothing(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.write("check-ins.csv", CALLS)
    company.write("weekly.csv", MEASURED)
    company.night(NIGHTS[1])
    before = published(company)
    row = company.key_result("KR-1")
    assert (row["stated_confidence"], row["current_value"]) == ("low", 33.0)
    assert company.key_result("KR-2")["stated_confidence"] == "medium"

    settings = company.folder / "okr.yaml"
    known = yaml.safe_load(settings.read_text("utf-8"))
    known["datasets"].reverse()
    settings.write_text(yaml.safe_dump(known, sort_keys=False), "utf-8")
    company.write("check-ins.csv", with_lines_above(CALLS, ",,,", ",,,", ",,,"))
    company.write("weekly.csv", with_lines_above(MEASURED, ",,", "KR-4,,", ",,"))
    head, *definitions = KEY_RESULTS.splitlines()
    company.write("key-results.csv", "\n".join([head, *reversed(definitions), ""]))
    company.night(NIGHTS[1])
    assert published(company) == before


@dataclass(frozen=True)
class Contested:
    """Two nights of a company with two rows for KR-1, which one of them held, and two for KR-8."""

    company: SmallCompany
    key_results: list[pd.DataFrame]
    duplicates: list[pd.DataFrame]


@pytest.fixture(scope="module")
def contested(tmp_path_factory: pytest.TempPathFactory) -> Contested:
    company = SmallCompany(tmp_path_factory.mktemp("contested"))
    head, first, *others = KEY_RESULTS.splitlines()
    company.night(NIGHTS[0])
    newcomer = first.replace("0,100", "5,900").replace("KR-1,O-2", "kr-1,O-1")
    copied = others[1].replace("KR-3", "KR-8")
    rows = [head, newcomer, *others, copied, copied, first, ""]
    company.write("key-results.csv", "\n".join(rows))
    nights = Contested(company, [], [])
    for night in NIGHTS[1:]:
        company.night(night)  # the second one finds the first one's holder
        nights.key_results.append(company.table("key_results").set_index("key_result_id"))
        nights.duplicates.append(company.table("findings").query("rule == 'duplicate id'"))
    return nights


def test_the_row_that_held_an_id_keeps_it_night_by_night(contested: Contested) -> None:
    for rows, found in zip(contested.key_results, contested.duplicates, strict=True):
        assert rows.loc["KR-1", ["objective_id", "target"]].tolist() == ["O-2", 100.0]
        assert [one for one in found["subject_id"] if one.casefold() == "kr-1"] == ["kr-1"]
    again = rebuild(contested.company.project(NIGHTS[2]), NIGHTS[1], NIGHTS[1])
    assert not again.restated


def test_an_id_that_no_row_held_goes_to_none(contested: Contested) -> None:
    for rows, found in zip(contested.key_results, contested.duplicates, strict=True):
        assert "KR-8" not in rows.index
        # Their files have no addresses that would tell them apart.
        (sentence,) = found.loc[found["subject_id"] != "kr-1", "sentence"]
        assert "none of them held it before" in sentence


def finding_ids(company: Company) -> set[str]:
    return set(company.table("findings")["finding_id"])


@pytest.mark.matrix
def test_rows_inserted_in_every_sheet_leave_findings_as_they_are(
    after_first_night: Company,
) -> None:
    company, drive = after_first_night, after_first_night.box.sheets
    before = finding_ids(company)
    values = ["key_result_id", "current_value", "current_value_seen_at", "stated_confidence"]
    known = company.table("key_results")[values]
    company.box.clock.advance(3600)
    for file in drive.files.values():
        for sheet in file.sheets:
            last = max((row for row, _ in sheet.cells), default=0)
            drive.reorder_rows(file.id, sheet.title, [None, None, None, *range(last + 1)])
    assert company.night().exit_code == 0
    assert finding_ids(company) == before
    pd.testing.assert_frame_equal(company.table("key_results")[values], known)
