"""Which work is new and serves no Key Result, and what apps and bulk edits made."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from okr_model.activity.issue_tree import initiative_issues
from okr_model.activity.new_work import first_new_instant, new_elsewhere, new_issues, new_work
from tests.support.engines import ENGINES, INSTANT, TEXT, at, engine

ZONE = "Asia/Kuala_Lumpur"
DAY = dt.date(2026, 11, 28)
NIGHT, LATER = at("2026-11-20T01:00"), at("2026-11-28T01:00")
ISSUE = {
    **dict.fromkeys(("id", "parent_id", "creator_id", "creator_type"), TEXT),
    **dict.fromkeys(("created_at", "first_seen_at"), INSTANT),
}
CHANGE = {
    **dict.fromkeys(("id", "issue_id", "field", "field_id", "from_id", "from_text"), TEXT),
    **dict.fromkeys(("to_id", "to_text", "author_id", "author_type"), TEXT),
    "changed_at": INSTANT,
}


def issue(name: str, parent: str | None, when: str, **more: Any) -> tuple[Any, ...]:
    told = {"creator": "mia", "account": "atlassian", "seen": LATER} | more
    return (name, parent, told["creator"], told["account"], at(when), told["seen"])


@pytest.mark.parametrize("name", ENGINES)
def test_each_new_issue_counts_once_for_its_lowest_initiative(name: str) -> None:
    make = engine(name)
    issues = [
        issue("old", None, "2026-01-01T08:00"),
        issue("epic", "old", "2026-11-27T08:00"),  # new itself, and below another initiative
        issue("story", "epic", "2026-11-27T09:00"),
        issue("task", "old", "2026-10-31T16:00", seen=NIGHT),  # the first instant that is new
        issue("before", "old", "2026-10-31T15:59", seen=NIGHT),
        issue("served", "old", "2026-11-27T10:00"),
        issue("of an app", "old", "2026-11-27T11:00", account="app"),
        issue("of no initiative", None, "2026-11-27T12:00"),
        *(issue(f"bulk {n}", "epic", f"2026-11-27T13:00:{n:02}", creator="tom") for n in range(9)),
        # The tenth issue that tom touched in that minute was changed, not created.
    ]
    row = dict.fromkeys(CHANGE) | {"id": "1", "issue_id": "old", "author_id": "tom"}
    row |= {"changed_at": at("2026-11-27T13:00:59"), "author_type": "atlassian"}
    held = make(ISSUE, issues)
    members = initiative_issues(
        held,
        make(
            {"issue_id": TEXT, "initiative_id": TEXT}, [("old", "jira:old"), ("epic", "jira:epic")]
        ),
    )
    changes = make(CHANGE, [tuple(row[column] for column in CHANGE)])
    linked = make({"issue_id": TEXT, "key_result_id": TEXT}, [("served", "KR-1")])
    found = new_issues(held, changes, linked, members, DAY, ZONE)
    assert found.to_dict("records") == [
        told("jira:epic", LATER, is_new=True, new_issues=1, automatic=9),
        told("jira:old", NIGHT, new_issues=1),
        told("jira:old", LATER, automatic=1),
    ]


def told(key: str, seen: dt.datetime, **more: Any) -> dict[str, Any]:
    rest = {"is_new": False, "new_issues": 0, "automatic": 0} | more
    return {"initiative_id": key, "first_seen_at": pd.Timestamp(seen), **rest}


def pages(*ids: str, created: str | None = None) -> pd.DataFrame:
    when = None if created is None else at(created)
    rows = [{"initiative_id": one, "source": one.split(":")[0], "created_at": when} for one in ids]
    return pd.DataFrame(rows).astype({"created_at": "datetime64[us, UTC]"})


NONE_BEFORE = pd.DataFrame({"initiative_id": [], "first_seen_at": [], "automatic": []})


def elsewhere(now: pd.DataFrame, *before: str, new: pd.DataFrame = NONE_BEFORE) -> Any:
    known = pd.DataFrame({"initiative_id": [*before]})
    first = first_new_instant(DAY, ZONE)
    return new_elsewhere(now, known, new, LATER, first).to_dict("records")


def test_elsewhere_an_initiative_is_new_if_the_night_before_did_not_publish_it() -> None:
    both = pages("sheets:a", "sheets:b", "jira:1")
    assert elsewhere(both, "sheets:a") == [told("sheets:b", LATER, is_new=True)]
    # It keeps its night, and is new no more when that is long ago.
    kept = pd.DataFrame([told("sheets:a", NIGHT, is_new=True)])
    assert elsewhere(both, "sheets:a", "sheets:b", new=kept) == [
        told("sheets:a", NIGHT, is_new=True)
    ]
    long_ago = kept.assign(first_seen_at=pd.Timestamp(at("2026-10-31T15:59")))
    assert elsewhere(both, "sheets:a", "sheets:b", new=long_ago) == []


def test_of_the_first_night_and_of_old_pages_nothing_is_new() -> None:
    first = first_new_instant(DAY, ZONE)
    rows = pages("notion:a", created="2026-11-27T08:00")
    assert new_elsewhere(rows, None, NONE_BEFORE, LATER, first).empty
    assert elsewhere(rows) == [told("notion:a", LATER, is_new=True)]
    assert elsewhere(pages("notion:a", created="2026-10-31T15:59")) == []


@pytest.mark.parametrize(("pages_made", "automatic"), [(9, 0), (10, 1)])
def test_ten_pages_of_one_minute_were_made_in_bulk(pages_made: int, automatic: int) -> None:
    ids = [f"notion:{n}" for n in range(pages_made)]
    found = elsewhere(pages(*ids, created="2026-11-27T08:00"))
    assert {(one["is_new"], one["automatic"]) for one in found} == {(not automatic, automatic)}
    # Rows of a sheet say nowhere when they were made.
    rows = elsewhere(pages(*(f"sheets:{n}" for n in range(10))))
    assert all(one["is_new"] for one in rows)


def test_what_serves_a_key_result_or_was_decided_is_left_out() -> None:
    ids = ["jira:1", "jira:2", "notion:a", "notion:b", "notion:c"]
    rows = pd.DataFrame([told(one, LATER, new_issues=1) for one in ids])
    links = pd.DataFrame(
        {"initiative_id": ["notion:a", "notion:b"], "state": ["active", "rejected"]}
    )
    teams = pd.DataFrame({"initiative_id": ["jira:1", "jira:1"], "team": ["Sales", "Product"]})
    found = new_work(rows, teams, links, pd.DataFrame({"initiative_id": ["jira:2"]}))
    assert dict(zip(found["initiative_id"], found["teams"], strict=True)) == {
        "jira:1": ["Product", "Sales"],
        "notion:b": [],
        "notion:c": [],
    }


def test_where_only_jira_had_new_work_before_the_rest_is_told() -> None:
    """What is known of earlier nights names none of these initiatives: all instants are missing."""
    initiatives = pd.DataFrame(
        {
            "initiative_id": ["notion:1", "sheets:2"],
            "source": ["notion", "sheets"],
            "created_at": [pd.NaT, pd.NaT],
        }
    )
    before = pd.DataFrame({"initiative_id": ["notion:1", "sheets:2"]})
    known = pd.DataFrame(
        {
            "initiative_id": ["jira:9"],
            "first_seen_at": pd.to_datetime(["2026-11-20T01:00Z"]),
            "automatic": [0],
        }
    )
    now, first = (
        dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    )
    for earlier in (known, known.iloc[:0], known.iloc[:0].astype("object")):
        assert new_elsewhere(initiatives, before, earlier, now, first).empty
    found = new_elsewhere(initiatives, before.iloc[:1], known, now, first)
    assert found["initiative_id"].tolist() == ["sheets:2"]
