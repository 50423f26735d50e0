"""What is counted in linked work on a past day, from the records and logs that came since."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from connectors.jira.streams import JIRA_ISSUES
from pipelines.engines.opening import open_engine
from pipelines.model.linked_work import load_linked_work
from tests.support.scripted_jira import STATUSES, Issue, ScriptedJira, instant

ZONE = "Pacific/Auckland"  # 13 hours ahead of UTC
DAY = dt.date(2026, 11, 7)
NIGHT = "2026-11-07T09:00"  # ten in the evening of the day
COUNTS = ["open_issues", "done_issues", "added_28d", "finished_28d", "activity_28d"]
EPIC = Issue("OKR-1", created="2026-09-01T09:00")
ELSEWHERE = Issue("OKR-9", status="Done")  # tells that this status is of the category done


@pytest.fixture
def jira(tmp_path: Path) -> ScriptedJira:
    return ScriptedJira(tmp_path, ZONE)


def counted(jira: ScriptedJira, day: dt.date = DAY) -> dict[str, int]:
    """The counts of KR-1, which the epic OKR-1 serves."""
    own = pd.DataFrame({"issue_id": [EPIC.id], "key_result_id": ["KR-1"], "weight": [1.0]})
    epic = {"initiative_id": "jira:1", "source": "jira", "record_id": EPIC.id}
    project = jira.project.on(day)
    with open_engine(project.settings) as engine:
        work = load_linked_work(project, engine, pd.DataFrame([epic]), own)
        rows = work.counted_on(day)["key_results"].set_index("key_result_id")
    return {name: int(value) for name, value in rows.loc["KR-1", COUNTS].items()}


def story(number: int, **known: Any) -> Issue:
    created = known.pop("created", "2026-09-02T09:00")
    more = {"parent_id": EPIC.id, **known.pop("more", {})}
    return Issue(f"OKR-{number}", created=created, more=more, **known)


def moved(when: str, old: str, new: str, *, resolves: bool | None = None) -> list[tuple[Any, ...]]:
    """A change of status, and the resolution that it sets or clears."""
    done = [(None, None), ("1", "Done")]
    sides = done if resolves else done[::-1]
    change = (when, "status", *((STATUSES[one][0], one) for one in (old, new)))
    return [change] if resolves is None else [change, (when, "resolution", *sides)]


FINISHED = moved("2026-11-05T02:00", "To Do", "Done", resolves=True)
LATER = {
    "in another status": (moved("2026-11-20T02:00", "Done", "Review"), "Review", None),
    "reopened": (
        moved("2026-11-20T02:00", "Done", "In Progress", resolves=False),
        "In Progress",
        None,
    ),
    "finished again": (
        moved("2026-11-20T02:00", "Done", "In Progress", resolves=False)
        + moved("2026-11-21T02:00", "In Progress", "Done", resolves=True),
        "Done",
        "2026-11-21T02:00",
    ),
    "resolved otherwise": (
        [("2026-11-20T02:00", "resolution", ("1", "Done"), ("2", "Duplicate"))],
        "Done",
        "2026-11-20T02:00",
    ),
}


@pytest.mark.parametrize("read", ["that night and later", "only later"])
@pytest.mark.parametrize("since", [*LATER])
def test_what_was_finished_by_a_day_counts_there_whatever_became_of_it(
    jira: ScriptedJira, since: str, read: str
) -> None:
    if read != "only later":
        then = story(2, status="Done", resolved="2026-11-05T02:00", changes=FINISHED)
        jira.night(EPIC, ELSEWHERE, then, at=NIGHT)
    changes, status, resolved = LATER[since]
    now = story(2, status=status, resolved=resolved, changes=[*FINISHED, *changes])
    jira.night(EPIC, ELSEWHERE, now)
    wanted = dict(zip(COUNTS, [1, 1, 0, 1, 2], strict=True))
    assert counted(jira) == wanted
    assert counted(jira, dt.date(2026, 11, 4)) == dict(zip(COUNTS, [2, 0, 0, 0, 0], strict=True))


def test_what_was_reopened_by_a_day_is_not_finished_there(jira: ScriptedJira) -> None:
    reopened = moved("2026-11-06T02:00", "Done", "In Progress", resolves=False)
    again = moved("2026-11-20T02:00", "In Progress", "Done", resolves=True)
    changes = [*FINISHED, *reopened, *again]
    jira.night(EPIC, story(2, status="Done", resolved="2026-11-20T02:00", changes=changes))
    assert counted(jira) == dict(zip(COUNTS, [2, 0, 0, 0, 4], strict=True))


def test_what_happened_after_the_run_of_a_day_counts_there(jira: ScriptedJira) -> None:
    jira.night(EPIC, story(2), at=NIGHT)
    late = moved("2026-11-07T10:30", "To Do", "Done", resolves=True)  # half past eleven
    jira.night(EPIC, story(2, status="Done", resolved="2026-11-07T10:30", changes=late))
    assert counted(jira) == dict(zip(COUNTS, [1, 1, 0, 1, 2], strict=True))


TOLD = dict(zip(COUNTS, [3, 0, 1, 0, 1], strict=True))


def test_an_issue_that_was_read_after_its_day_counts_from_its_creation(jira: ScriptedJira) -> None:
    late = story(3, created="2026-11-07T10:30")  # half past eleven
    jira.night(EPIC, ELSEWHERE, story(2), at=NIGHT)
    jira.night(EPIC, ELSEWHERE, story(2), late, at="2026-11-08T09:00")
    done = moved("2026-11-20T02:00", "To Do", "Done", resolves=True)
    late = story(3, created="2026-11-07T10:30", changes=done, status="Done", resolved=done[0][0])
    jira.night(EPIC, ELSEWHERE, story(2), late)
    assert counted(jira) == TOLD
    assert counted(jira, dt.date(2026, 11, 6)) == dict(zip(COUNTS, [2, 0, 0, 0, 0], strict=True))
    jira.night(EPIC, ELSEWHERE, story(2), at="2026-11-27T21:00")  # it is deleted
    assert counted(jira) == TOLD


@pytest.mark.parametrize("was", [EPIC.id, None, "10009"])
def test_an_issue_that_was_read_after_its_day_is_where_its_log_says(
    jira: ScriptedJira, was: str | None
) -> None:
    jira.night(EPIC, ELSEWHERE, story(2), at=NIGHT)
    sides = ((was, None), (EPIC.id, EPIC.key)) if was != EPIC.id else ((was, None), (None, None))
    moving = ("2026-11-07T12:00", "IssueParentAssociation", *sides)  # one in the night
    parent = {"parent_id": sides[1][0]}
    late = story(3, created="2026-11-07T10:30", changes=[moving], more=parent)
    jira.night(EPIC, ELSEWHERE, story(2), late, at="2026-11-08T09:00")
    there = was == EPIC.id
    assert counted(jira)["open_issues"] == 2 + there
    assert counted(jira, dt.date(2026, 11, 8))["open_issues"] == 3 - there


def test_what_half_a_pull_read_counts_nowhere(jira: ScriptedJira) -> None:
    jira.night(EPIC, story(2), at=NIGHT)
    log = jira.project.lake
    rows = [story(3, created="2026-11-07T10:30").row()]
    half = pa.Table.from_pylist(rows, schema=JIRA_ISSUES)
    more = pa.Table.from_pylist([{"deleted": False, "seen_at": instant("2026-11-08T09:00")}])
    for name in log.log_schema("jira_issues").names:
        if name not in half.column_names and name != "landed":
            kind = log.log_schema("jira_issues").field(name).type
            value = more[name].to_pylist() if name in more.column_names else [None]
            half = half.append_column(name, pa.array(value, kind))
    log.append("jira_issues", half)
    assert counted(jira)["open_issues"] == 2
