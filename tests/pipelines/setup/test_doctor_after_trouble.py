"""What ``okr doctor`` says of places that the last run could not read, as people call them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from connectors.transport.retry import RetryPolicy
from pipelines.ingest.pull import pull_sources
from pipelines.project import Project
from pipelines.run_status.unread import UnreachablePlace, unreachable_places
from pipelines.setup.checks import Check, Line
from pipelines.setup.doctor import examine_project
from sandbox.company.ids import data_source_id, spreadsheet_id
from sandbox.server import Sandbox
from tests.support.small_company import SmallCompany

_GERMAN = spreadsheet_id("german")
_METRICS = spreadsheet_id("metrics")


class Trouble:
    """What the doctor and the run say after two pulls, all kinds of trouble in between."""

    def __init__(self, settings: Path) -> None:
        project = Project(settings)
        self.lines = examine_project(settings, offline=False)
        self.unreached = {one.place: one for one in unreachable_places(project)}
        self.written = project.written

    def line(self, check: Check, subject: str, state: str) -> Line:
        return next(
            one
            for one in self.lines
            if (one.check, one.state) == (check, state) and subject in one.subject
        )

    def place(self, name: str) -> UnreachablePlace:
        return next(one for one in self.unreached.values() if name in one.called)


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    folder = tmp_path_factory.mktemp("trouble")
    with (
        Sandbox(issues=100) as box,
        mock.patch.dict(os.environ, box.environment()),
        mock.patch.object(RetryPolicy, "longest_wait", return_value=0.01),
    ):
        settings = box.write_settings(folder)
        _pull(settings)
        box.jira.hide_project("WEB")
        for page in list(box.notion.rows[data_source_id("key_results")]):
            box.notion.trash_page(page)
        box.notion.unshare(data_source_id("projects"))
        box.notion.rename_property(data_source_id("check_ins"), "Confidence", "Mood")
        box.sheets.revoke(_GERMAN)
        box.sheets.rename_tab(_METRICS, "KPIs", "Health")
        box.sheets.set_cell(_METRICS, "Weekly!C3", "Amount")
        _pull(settings)
        yield Trouble(settings)


def _pull(settings: Path) -> None:
    project = Project(settings)
    assert not any(one.error for one in pull_sources(project, project.settings.source_names))


def test_a_hidden_project_is_told_with_the_account_and_the_permission(trouble: Trouble) -> None:
    line = trouble.line(Check.ISSUES, "project WEB", "fail")
    assert "okr-sync@larkfield.example) cannot see the project WEB" in line.sentence
    assert trouble.written.line("sources", "jira", "jql") in line.sentence
    assert "grant the permission Browse Projects to" in line.remedy
    said = [one.sentence for one in trouble.lines if one.check == Check.ISSUES]
    assert not any("does not accept the search" in one for one in said)  # the jql is not to blame
    assert trouble.line(Check.ISSUES, "Jira project WEB “Web product”", "warn")


def test_a_place_out_of_reach_has_title_address_and_line(trouble: Trouble) -> None:
    spreadsheet = trouble.place("Marketing Zahlen")
    assert spreadsheet.sentence.startswith(
        "Spreadsheet “Marketing Zahlen” (https://docs.google.com/spreadsheets/d/"
    )
    assert "does not have permission. Share the spreadsheet with okr-sync@" in spreadsheet.sentence
    assert spreadsheet.remedy.startswith("Share the spreadsheet with okr-sync@")
    assert spreadsheet.more.startswith("Asked for by okr.yaml:")
    database = trouble.place("Projects")
    assert database.called.startswith("Notion database “Projects” (https://www.notion.so/")
    number = int(database.more.rpartition(":")[2].rstrip("."))
    assert database.place in trouble.written.document["datasets"][_at(trouble, number)]["place"]


def _at(trouble: Trouble, line: int) -> int:
    lines = trouble.written.lines
    return next(
        int(at[1]) for at, n in lines.items() if n == line and at[::2] == ("datasets", "place")
    )


def test_vanished_records_are_named_and_their_place_is_not_called_sound(trouble: Trouble) -> None:
    place = trouble.place("Key Results")
    assert place.told.startswith("All 22 records of")
    gone = place.more.partition(" Asked for by ")[0].removeprefix("Gone: ").split("; ")
    assert len(gone) == 6
    assert all(one.startswith("“") and "” http" in one for one in gone[:5])
    assert gone[5] == "and 17 more."
    line = trouble.line(Check.PLACE, "Notion database “Key Results”", "fail")
    assert "The last run held back 22 records" in line.sentence
    assert line.remedy.startswith("Restore the pages of Notion database “Key Results”")
    last = trouble.line(Check.LAST_RUN, "notion", "warn")
    assert "but for Notion database “Key Results”" in last.sentence


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (Check.FIELD, "Notion database “Check-ins”", "'Confidence' was renamed to 'Mood'."),
        (Check.PLACE, "tab “KPIs” of the spreadsheet “Metrics”", "It was renamed to 'Health'."),
        (Check.FIELD, "tab “Weekly” of the", "Was 'Value' renamed to 'Amount'?"),
    ],
)
def test_what_was_renamed_is_told(trouble: Trouble, check: Check, subject: str, says: str) -> None:
    line = trouble.line(check, subject, "fail")
    assert says in line.sentence
    assert "(okr.yaml:" in line.subject
    assert ("It is written at okr.yaml:" in line.remedy) == (check == Check.FIELD)


def test_a_damaged_published_file_is_no_defect_of_a_check(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.night(dt.date(2026, 11, 6))
    file = tmp_path / "data" / "published.duckdb"
    with file.open("r+b") as opened:
        opened.seek(5_000)
        opened.write(bytes(range(1, 51)) * 6)
    lines = examine_project(tmp_path / "okr.yaml", offline=True)
    assert not [line for line in lines if line.check == Check.DOCTOR]
    (unread,) = [line for line in lines if line.check == Check.CREDENTIAL_IN_FILE]
    assert (unread.state, str(file) in unread.sentence) == ("warn", True)
    assert unread.sentence.startswith("Not looked through")
    assert [line for line in lines if line.check == Check.TARGET and line.state == "fail"]
