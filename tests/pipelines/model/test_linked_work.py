"""What is counted in linked work on a past day, from the records and logs that came since."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.engines.opening import open_engine
from pipelines.model.linked_work import load_linked_work
from tests.support.scripted_jira import STATUSES, Issue, ScriptedJira

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
