"""What a run's alerts are made of, after a night of a small company."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.alerts.facts import Ended, of_run
from pipelines.alerts.state import AlertState
from pipelines.alerts.tell import after_refusal, after_run
from pipelines.project import Project
from tests.support.small_company import WEEKLY, SmallCompany

pytestmark = pytest.mark.night
FRIDAY = dt.date(2026, 11, 6)


def test_a_renamed_column_is_told_with_its_name_and_whom_it_concerns(tmp_path: Path) -> None:
    company, state = SmallCompany(tmp_path), AlertState(tmp_path / "alerts")
    company.night(FRIDAY)
    company.write("weekly.csv", WEEKLY.replace("value", "amount"))
    tomorrow = FRIDAY + dt.timedelta(days=1)
    company.night(tomorrow)
    found, _ = of_run(company.project(tomorrow), state, Ended(published=True))
    (cause,) = (one for one in found if one.kind == "dataset stale")
    assert cause.id == "dataset stale: files measurements weekly.csv"
    assert "has no 'value'; there are amount" in cause.happened
    line = company.project(tomorrow).written.line("datasets", 2, "fields", "value")
    assert cause.remedy == (
        f"Was 'value' renamed to 'amount'? Write 'amount' at {line}, or undo it in file"
        " “weekly.csv”."
    )
    assert cause.key_results == ("KR-1", "KR-2", "KR-3", "KR-4")


def test_a_file_that_is_gone_is_put_back_and_not_shared_with_an_account(tmp_path: Path) -> None:
    company, state = SmallCompany(tmp_path), AlertState(tmp_path / "alerts")
    company.night(FRIDAY)
    (tmp_path / "okrs" / "weekly.csv").unlink()
    tomorrow = FRIDAY + dt.timedelta(days=1)
    company.night(tomorrow)
    found, _ = of_run(company.project(tomorrow), state, Ended(published=True))
    (cause,) = (one for one in found if one.kind == "place stale")
    assert cause.remedy == (
        "File “weekly.csv”: Put it back or mount its folder, or correct folder and place in"
        " okr.yaml."
    )
    assert cause.title == cause.remedy.rstrip(".")


def test_a_run_of_a_past_day_tells_nothing_however_it_ends(tmp_path: Path) -> None:
    SmallCompany(tmp_path)
    now = dt.datetime.combine(FRIDAY, dt.time(1), dt.UTC)
    past = Project(tmp_path / "okr.yaml", day=FRIDAY - dt.timedelta(days=1), now=now)
    today = Project(tmp_path / "okr.yaml", now=now)
    alerts = AlertState(tmp_path / "data" / "alerts")
    assert after_run(past, Ended(published=False, crash="It broke.")) == []
    assert after_refusal(past, "No room. Free some.") == []
    assert alerts.courses() == []
    after_refusal(today, "No room. Free some.")
    assert [one.cause.kind for one in alerts.courses()] == ["run could not begin"]
