"""Files that were cut off or broken: what stands, who is stale, and that it ends."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import cast

import pytest
from rich.console import Console

from pipelines.cli.sync import print_result
from pipelines.nightly_run import NightlyResult
from pipelines.run_status.unread import unreachable_places
from tests.support.small_company import SmallCompany

pytestmark = pytest.mark.night

FIRST = dt.date(2026, 11, 6)
HEADER = "day,kr,value\n"
ROWS = [f"2026-10-{day:02},KR-1,{day}\n" for day in range(1, 29, 3)]
WHOLE = HEADER + "".join(ROWS)
NEW = HEADER + "".join(f"2026-10-{day:02},KR-1,{day + 20}\n" for day in range(2, 31, 3))
PROBLEMS = {
    "cut off": (HEADER + "".join(ROWS[:3]), "mass disappearance", "HELD BACK"),
    "a name twice": (WHOLE.replace("kr", "day"), "unreadable file", "NOT READ"),
    "quotes that do not match": (WHOLE + '2026-11-01,KR-1,"41\n', "unreadable file", "NOT READ"),
    "gone": (None, "unreachable place", "NOT REACHED"),
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    one = SmallCompany(tmp_path_factory.mktemp("company"))
    one.write("check-ins.csv", "kr,day,said,value\n")
    one.write("weekly.csv", WHOLE)
    one.night(FIRST)
    return one


def screen_of(company: SmallCompany, day: dt.date) -> str:
    """The summary of a run that ended as the last one did."""
    project = company.project(day)
    said = tuple(place.sentence for place in unreachable_places(project))
    screen = Console(file=io.StringIO(), width=500)
    print_result(screen, project, NightlyResult({}, published=True, unreached=said))
    return cast("io.StringIO", screen.file).getvalue()


def after(company: SmallCompany, day: dt.date) -> tuple[float, bool, list[str]]:
    """The value of KR-1 after the night of a day, whether it is stale, and what is the matter."""
    company.night(day)
    row = company.table("key_results").set_index("key_result_id").loc["KR-1"]
    places = unreachable_places(company.project(day))
    return row["current_value"], row["stale_since"] == row["stale_since"], [p.rule for p in places]


@pytest.mark.parametrize("trouble", PROBLEMS)
def test_what_was_read_stands_and_is_stale_until_the_file_is_as_it_was(
    company: SmallCompany, trouble: str
) -> None:
    content, rule, label = PROBLEMS[trouble]
    nights = iter(FIRST + dt.timedelta(days=number) for number in range(1, 9))
    if content is None:
        (company.folder / "okrs" / "weekly.csv").unlink()
    else:
        company.write("weekly.csv", content)
    for _ in range(2):  # the second night finds the file as it was
        day = next(nights)
        assert after(company, day) == (28.0, True, [rule])
        assert re.findall(r"NOT READ|NOT REACHED|HELD BACK", screen_of(company, day)) == [label]
    company.write("weekly.csv", WHOLE)
    assert after(company, next(nights)) == (28.0, False, [])


def test_rows_that_as_many_others_take_the_place_of_are_no_loss(company: SmallCompany) -> None:
    company.write("weekly.csv", NEW)
    assert after(company, FIRST) == (49.0, False, [])
