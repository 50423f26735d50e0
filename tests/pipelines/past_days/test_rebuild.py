"""Past days computed anew: the same as the nights said, but for what became known since."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from pipelines.past_days.rebuild import NoSuchDaysError, rebuild
from pipelines.project import Project
from sandbox.company import ids
from sandbox.company.truth import load
from tests.support.commands import call_okr
from tests.support.company import Company, copy_of

pytestmark = pytest.mark.night

FIRST_NIGHT = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)  # 02:00 on the 28th in Kuala Lumpur
DAYS = [dt.date(2026, 11, day) for day in (28, 29, 30)]


def unpin(company: Company) -> None:
    """Let the calendar go on."""
    text = company.settings.read_text("utf-8")
    company.settings.write_text(
        "\n".join(line for line in text.splitlines() if not line.startswith("as_of:")), "utf-8"
    )


def night(company: Company, number: int) -> None:
    """The night of the ``number``th of :data:`DAYS`, at two in the morning."""
    done = company.night(now=FIRST_NIGHT + dt.timedelta(days=number))
    assert done.published, (done.crash, done.violations)


def later(company: Company, now: dt.datetime) -> Project:
    with mock.patch.dict(os.environ, company.environment):
        project = Project(company.settings, now=now, with_secrets=False)
        assert project.settings
    return project


def daily(company: Company) -> pd.DataFrame:
    rows = company.table("key_results_daily")
    return rows.sort_values(["as_of", "key_result_id"], ignore_index=True)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory):
    """The company after three nights, between which people worked and changed definitions."""
    from tests.support.company import company

    for one in company(tmp_path_factory.mktemp("lived")):
        unpin(one)
        night(one, 0)
        one.box.clock.advance(23 * 3600)  # one in the morning of the 29th
        one.box.notion.edit_page(ids.page_id("key_results", "KR-16"), Target="70 %")
        one.box.jira.edit_issue("SUP-6", labels=["KR-18"])
        one.box.jira.edit_issue("SUP-10", status="Done")
        one.box.clock.advance(3600)
        night(one, 1)
        one.box.clock.advance(23 * 3600)
        one.box.jira.edit_issue("SUP-10", status="In Progress")  # resolved for one day
        one.box.jira.delete_issue("SUP-8")
        one.box.clock.advance(3600)
        night(one, 2)
        yield one


def test_a_rebuilt_day_is_what_its_night_published(lived: Company) -> None:
    before = daily(lived)
    done = rebuild(later(lived, FIRST_NIGHT + dt.timedelta(days=3)), DAYS[0], DAYS[1])
    assert (done.rows, done.unchanged, done.new) == (68, 68, 0)
    assert done.restated == []
    pd.testing.assert_frame_equal(daily(lived), before)
    targets = before[before["key_result_id"] == "KR-16"].set_index("as_of")["target"]
    assert targets.to_dict() == dict(zip(DAYS, [75, 70, 70], strict=True))
    tickets = before[before["key_result_id"] == "KR-17"].set_index("as_of")["current_value"]
    assert tickets[DAYS[0]] != tickets[DAYS[1]] != tickets[DAYS[2]]


def test_days_before_the_first_night_are_what_the_definition_says(lived: Company) -> None:
    truth = load()
    days = [dt.date(2026, 10, 11), dt.date(2026, 10, 12)]  # SUP-11 was re-opened between them
    done = rebuild(later(lived, FIRST_NIGHT + dt.timedelta(days=3)), *days)
    assert (done.published, done.new) == (True, 68)
    rows = daily(lived).set_index(["as_of", "key_result_id"])
    for day in days:
        for key_result_id, true in truth.key_results.items():
            value, row = truth.value(key_result_id, day), rows.loc[(day, key_result_id)]
            if day < truth.cycle(true.cycle).start:  # of the six weeks, which begin later
                assert (value, row["value_state"]) == (None, "no value")
                continue
            assert value is not None
            assert row["current_value"] == pytest.approx(value.value), row.name
            assert row["target"] == pytest.approx(true.target)


@pytest.mark.matrix
def test_a_late_value_restates_its_days_and_what_was_said_stays_on_record(lived: Company) -> None:
    cells = lived.table("measurements").sort_values("date")
    older = cells[cells["key_result_id"] == "KR-26"].iloc[-1]
    address = str(older["field"]).split("(")[1].strip(")")
    lived.box.sheets.set_cell(ids.spreadsheet_id("metrics"), address, 0.2)
    lived.box.clock.advance(24 * 3600)
    said = daily(lived).set_index(["key_result_id", "as_of"])["current_value"]
    night(lived, 3)
    now = daily(lived)
    mine = now[now["key_result_id"] == "KR-26"].set_index("as_of")["current_value"]
    assert [mine[day] for day in DAYS] == pytest.approx([20.0] * 3)
    kept = lived.table("key_results_restated").set_index("as_of")
    assert set(kept["key_result_id"]) == {"KR-26"}
    assert kept["current_value"].to_dict() == {day: said["KR-26", day] for day in DAYS}
    assert kept["restated_by"].isin(lived.table("runs").query("kind == 'rebuild'")["run_id"]).all()
    again = rebuild(later(lived, FIRST_NIGHT + dt.timedelta(days=4)), DAYS[0], None)
    assert (again.restated, again.new) == ([], 0)
    pd.testing.assert_frame_equal(daily(lived), now)


def test_a_past_day_is_explained_as_it_was(lived: Company) -> None:
    then = lived.okr_here("explain", "kr-16", "--as-of", "2026-11-28")
    assert then.returncode == 0, then.stderr
    assert "Target: ≥ 75 %" in then.stdout
    assert "Links" not in then.stdout
    assert "Target: ≥ 70 %" in lived.okr_here("explain", "KR-16", "--as-of", "2026-11-30").stdout
    none = lived.okr_here("explain", "KR-16", "--as-of", "2026-11-01")
    assert none.returncode == 2
    assert "okr rebuild --from 2026-11-01 --to 2026-11-01" in none.stderr


def test_days_that_are_not_over_cannot_be_rebuilt(lived: Company) -> None:
    project = later(lived, FIRST_NIGHT + dt.timedelta(days=4))
    with pytest.raises(NoSuchDaysError, match="is not over"):
        rebuild(project, None, dt.date(2026, 12, 20))
    with pytest.raises(NoSuchDaysError, match="comes after"):
        rebuild(project, DAYS[1], DAYS[0])


def test_the_command_needs_no_service_and_tells_what_it_did(
    published: Company, tmp_path: Path
) -> None:
    company = copy_of(published, tmp_path)
    nowhere = {**company.environment, "OKR_JIRA_URL": "http://127.0.0.1:1", "OKR_JIRA_TOKEN": ""}
    days = ("--from", "2026-11-27", "--to", "2026-11-27")
    words = ("-c", str(company.settings), *days, "--dry-run", "--json")
    done = call_okr(company.folder, nowhere, "rebuild", *words)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["outcome"], said["rows"], said["new"]) == ("dry run", 34, 34)
    assert len(company.table("key_results_daily")) == 34
