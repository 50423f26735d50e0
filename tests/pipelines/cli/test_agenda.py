"""The cycle that ``okr agenda`` is about if nobody names one."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.support.commands import Answer, call_okr
from tests.support.page.small_tables import key_result
from tests.support.published.nights import PublishedNights
from tests.support.small_company import SETTINGS

MONDAY = dt.date(2026, 11, 30)

_LONGER = "{id: 2026, start: 2026-01-01, end: 2026-12-31}"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    """Sales has Key Results in both cycles of the day, Legal in the year's alone."""
    nights = PublishedNights(tmp_path_factory.mktemp("cycles"))
    found = [
        key_result(
            f"KR-{number}", team=team, teams=[team], cycle_id=cycle, value_state="measured",
            current_value=1.0, cycle_start=start, cycle_end=dt.date(2026, 12, 31),
            due_on=dt.date(2026, 12, 31), missed_check_ins=0,
        )
        for number, team, cycle, start in (
            (1, "Sales", "2026-Q4", dt.date(2026, 10, 1)),
            (2, "Sales", "2026", dt.date(2026, 1, 1)),
            (3, "Legal", "2026", dt.date(2026, 1, 1)),
        )
    ]  # fmt: skip
    nights.night(MONDAY, key_results=found)
    settings = SETTINGS.replace("end: 2026-12-31}]", f"end: 2026-12-31}}, {_LONGER}]", 1)
    assert _LONGER in settings
    nights.settings.write_text(f"as_of: {MONDAY}\n{settings}", "utf-8")
    return nights


def agenda(company: PublishedNights, *words: str) -> Answer:
    environ = {"OKR_CONFIG": str(company.settings), "COLUMNS": "160"}
    return call_okr(company.folder, environ, "agenda", *words, "--json")


def about(answer: Answer) -> tuple[str, list[str]]:
    told = json.loads(answer.stdout)
    return told["cycle_id"], [one["key_result_id"] for one in told["key_results"]]


def test_the_usual_cycle_comes_first_and_the_other_is_named(company: PublishedNights) -> None:
    answer = agenda(company, "sales")
    assert about(answer) == ("2026-Q4", ["KR-1"])
    assert "Sales has Key Results in 2026, too: okr agenda Sales --cycle 2026" in answer.stderr
    assert about(agenda(company, "sales", "--cycle", "2026")) == ("2026", ["KR-2"])


def test_a_team_with_another_cycle_alone_is_told_of_that(company: PublishedNights) -> None:
    answer = agenda(company, "legal")
    assert about(answer) == ("2026", ["KR-3"])
    assert answer.stderr == ""
    refused = agenda(company, "legal", "--cycle", "2026-Q4")
    assert "no team 'legal' has a Key Result in 2026-Q4" in refused.stderr
    assert "no team 'Nobody' has a Key Result in 2026-Q4" in agenda(company, "Nobody").stderr
