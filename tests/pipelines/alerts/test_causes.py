"""Causes out of a run's figures."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from connectors.records import ProblemRule
from pipelines.alerts import causes
from pipelines.alerts.causes import Kind, Unread
from pipelines.alerts.volume import expected, unusual
from pipelines.publish.blocked_run import BlockedRun

NOW = dt.datetime(2026, 11, 29, 6, 30, tzinfo=dt.UTC)
DAY = NOW.date()
MANUAL = Path(__file__).parents[3] / "docs" / "alerts.md"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_cause_has_its_entry_in_the_manual(kind: Kind) -> None:
    entry = MANUAL.read_text(encoding="utf-8").partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert [word for word in ("**Cause.**", "**Check.**", "**Remedy.**") if word in entry] == [
        "**Cause.**",
        "**Check.**",
        "**Remedy.**",
    ]


def test_a_stale_source_names_its_key_results_and_the_remedy_of_its_error() -> None:
    unread = Unread(Kind.SOURCE_STALE, "jira", "jira said 401.", "Renew the token.", NOW)
    (cause,) = causes.stale([unread], {"KR-1": "jira said 401. And more.", "KR-2": "Other."})
    assert (cause.remedy, cause.key_results) == ("jira: Renew the token.", ("KR-1",))
    assert cause.since == NOW.isoformat()


def test_what_lies_in_what_was_never_read_is_no_cause_of_its_own() -> None:
    never = Unread(Kind.SOURCE_STALE, "notion", "Refused.")
    place = Unread(Kind.PLACE_STALE, "sheets Budget/Q4", "Not shared.")
    before = Unread(Kind.SOURCE_STALE, "files", "No such folder.", "", NOW)
    names = (
        "notion key_results 6353-9bc2",  # in a source
        "sheets measurements Budget/Q4",  # in a place
        "sheets measurements Old Budget/Q4 2",  # in another one
        "notional kpis x",  # of another source
        "files check_ins talks.csv",  # it had been read before, and then a column was renamed
        "sheets Budget/Q4",  # the place itself
    )
    datasets = [Unread(Kind.DATASET_STALE, name, "") for name in names]
    own = [one.name for one in causes.own(datasets, [never, place, before])]
    assert own == [names[2], names[3], names[4]]


def test_several_failed_checks_are_one_cause() -> None:
    checks = {"cycles_known": ["- 15 name Q4."], "links_kept": ["- 16 are gone.", "- All."]}
    (cause,) = causes.blocked(checks)
    assert cause.remedy.startswith("Correct what failed the checks (cycles known, links kept)")
    assert cause.happened.splitlines()[1:] == ["15 name Q4.", "16 are gone.", "All."]
    assert cause.id == causes.blocked({"links_kept": ["- Other."]})[0].id
    assert causes.blocked({}) == []


def test_a_blocked_run_says_first_what_was_changed_and_last_how_to_let_a_loss_pass() -> None:
    checks = {"key_results_kept": ["- All 15 are gone."]}
    changed = ["cycles[1].id was “2026-Q4” and is “2026-Q5” (okr.yaml:14)"]
    run = BlockedRun("2026-11-28", checks, pd.DataFrame(), ["KR-1", "KR-2"], changed)
    (cause,) = causes.blocked(checks, run)
    assert cause.remedy == f"Undo or correct in okr.yaml: {changed[0]}. Then run: okr sync"
    assert cause.key_results == ("KR-1", "KR-2")
    told = cause.happened.splitlines()
    assert told[-2].startswith("Changed in okr.yaml since the last published run: cycles[1].id was")
    assert "lost_share: 1" in told[-1]
    assert "lost_share" not in "".join(told[:-1])


def test_a_blocked_run_of_unchanged_settings_sends_to_the_sources() -> None:
    run = BlockedRun("2026-11-28", {"tables_as_declared": []}, pd.DataFrame(), (), [])
    assert run.advice == [
        "okr.yaml has not changed since the last published run: look into the sources."
    ]


def test_a_target_says_first_what_its_error_says_to_do() -> None:
    told = "Postgres cannot be reached. See that it runs, then run: okr publish --to warehouse"
    (cause,) = causes.unwritten({"warehouse": (told, None)})
    assert cause.remedy == "warehouse: See that it runs, then run: okr publish --to warehouse"
    (other,) = causes.unwritten({"warehouse": ("It broke.", None)})
    assert other.remedy == "Remove the cause, then run: okr publish --to warehouse"
    told = "exports cannot be written. Give this account the right to write there."
    (third,) = causes.unwritten({"files": (told, None)})
    again = "Give this account the right to write there. Then run: okr publish --to files"
    assert third.remedy == f"files: {again}"


def test_each_thing_that_is_warned_of_is_a_cause() -> None:
    about = {
        ("state made anew", "lake"): ["It is gone."],
        ("state made anew", "published"): ["So."],
    }
    first, second = causes.warned(about)
    assert first.id != second.id
    assert first.remedy == "Look at “state made anew” (lake) in: okr findings"
    assert second.happened == "The tables are published. So."


def test_a_refusal_says_first_what_its_error_says_to_do() -> None:
    cause = causes.not_begun("data: cannot be written. Give this account the right to write there.")
    assert cause.remedy == "Give this account the right to write there."
    assert causes.not_begun("Decisions are lost").remedy.startswith("Do what the message says")


def test_no_run_is_a_cause_only_after_the_hours_and_after_a_first_run() -> None:
    hours = [25, 26, 27]
    found = [causes.no_run(NOW - dt.timedelta(hours=h), NOW, 26, []) for h in hours]
    assert [len(one) for one in found] == [0, 0, 1]
    assert causes.no_run(None, NOW, 26, []) == []


def test_late_is_judged_by_the_first_publication_of_the_day() -> None:
    by = NOW.replace(hour=6, minute=0)
    assert causes.late(by, by, NOW, []) == []
    assert causes.late(by, None, by, []) == []
    assert "not published yet" in causes.late(by, None, NOW, [])[0].happened
    assert "published at 06:10" in causes.late(by, by.replace(minute=10), NOW, [])[0].happened


def test_a_credential_is_a_cause_from_fourteen_days_before_its_end() -> None:
    ends = {"jira": DAY + dt.timedelta(days=15), "notion": DAY + dt.timedelta(days=14)}
    assert [one.subject for one in causes.credentials(ends, DAY, {})] == ["notion"]


def test_little_room_is_a_cause() -> None:
    assert causes.disk(10, 10, "data") == []
    assert causes.disk(9, 10, "data")[0].kind is Kind.DISK


def history(numbers: list[int]) -> dict[dt.date, int]:
    """Figures of the days up to ``DAY``."""
    days = range(len(numbers) - 1, -1, -1)
    return {DAY - dt.timedelta(days=back): n for back, n in zip(days, numbers, strict=True)}


def test_a_volume_is_not_judged_with_too_little_history() -> None:
    assert expected(history([100] * 30), DAY) is None
    assert expected(history([100] * 40), DAY) is not None


def test_a_half_of_the_rows_gone_states_both_numbers() -> None:
    (cause,) = unusual({"rows of jira DEL": history([200] * 60 + [110])}, DAY, {})
    assert "110; expected on a Sunday: 200" in cause.happened


def test_growth_and_a_weekly_rhythm_are_usual() -> None:
    growing = [200 + 3 * n for n in range(61)]
    weekly = [300 if (DAY - dt.timedelta(days=60 - n)).weekday() == 6 else 100 for n in range(61)]
    assert unusual({"a": history(growing), "b": history(weekly)}, DAY, {}) == []
    assert len(unusual({"b": history([*weekly[:-1], 100])}, DAY, {})) == 1


def test_a_new_level_is_usual_after_four_nights() -> None:
    for nights, found in ((1, 1), (3, 1), (5, 0)):
        numbers = history([200] * 60 + [400] * nights)
        assert len(unusual({"a": numbers}, DAY, {})) == found


def test_a_subject_names_the_culprit_first_without_addresses_and_fits_a_list_of_mails() -> None:
    called = "Spreadsheet “Marketing” (https://docs.google.com/spreadsheets/d/1ce/edit)"
    brief = f"{called}: Share it with okr-sync@acme.iam.gserviceaccount.com; reading is enough."
    unread = Unread(Kind.PLACE_STALE, "sheets 1ce", "403.", "Share it.", called=called, brief=brief)
    (cause,) = causes.stale([unread], {})
    assert cause.title == (
        "Spreadsheet “Marketing”: Share it with okr-sync@acme.iam.gserviceaccount.com;"
        " reading is enough"
    )
    long = causes.not_begun("No. " + "Give this account the right to write there. " * 9)
    assert long.title.endswith("…")
    assert len(long.title) <= causes.MOST_IN_TITLE


@pytest.mark.parametrize(
    ("source", "given", "says"),
    [
        ("jira", "", "Jira has no trash"),
        ("jira", "WEB-1 is now MKT-4.", "WEB-1 is now MKT-4."),
        ("notion", "", "from Notion's trash"),
        ("sheets", "", "version history"),
        ("files", "", "back-up"),
    ],
)
def test_vanished_records_are_restored_as_their_source_can(
    source: str, given: str, says: str
) -> None:
    remedy = causes.remedy_of_place(source, ProblemRule.MASS_DISAPPEARANCE, given)
    assert says in remedy.format(name="the place", account="ops@acme.example")
