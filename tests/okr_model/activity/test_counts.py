"""Counts of work at a day, alike on every engine."""

from datetime import date

import pyarrow as pa
import pytest

from okr_model.activity.counts import initiative_activity, issue_counts, key_result_activity
from okr_model.activity.issue_tree import effective_links, initiative_issues
from tests.support.engines import ENGINES, INSTANT, TEXT, at, engine

ISSUE = {
    "id": TEXT,
    "parent_id": TEXT,
    "status_category": TEXT,
    "created_at": INSTANT,
    "resolved_at": INSTANT,
}
CHANGE = {"id": TEXT, "issue_id": TEXT, "changed_at": INSTANT}
OWN = {"issue_id": TEXT, "key_result_id": TEXT, "weight": pa.float64()}
INITIATIVE = {"issue_id": TEXT, "initiative_id": TEXT}

ZONE = "Asia/Kuala_Lumpur"
AS_OF = date(2026, 11, 28)
BEFORE = at("2026-10-31T15:59:59")  # the last second before the 28 days
FIRST = at("2026-10-31T16:00")
LAST = at("2026-11-28T15:59:59")
AFTER = at("2026-11-28T16:00")
LONG_AGO = at("2026-07-01T00:00")


@pytest.fixture(params=ENGINES)
def make(request):
    return engine(request.param)


def counted(make, frame, changes):
    return issue_counts(frame, make(CHANGE, changes), AS_OF, ZONE)


def of_key_results(make, issues, changes=(), own=(("epic", "KR-1", 1.0),)):
    frame = make(ISSUE, issues)
    links = effective_links(frame, make(OWN, own))
    counts = key_result_activity(counted(make, frame, changes), links)
    assert [str(kind) for kind in counts.dtypes[:4]] == ["str", "int64", "int64", "int64"]
    return shown(counts)


def shown(counts):
    """Who, changes, open and done."""
    return list(counts[counts.columns[:4]].itertuples(index=False, name=None))


def of_initiatives(make, issues, changes=(), roots=(("epic", "jira:epic"),)):
    frame = make(ISSUE, issues)
    members = initiative_issues(frame, make(INITIATIVE, roots))
    counts = initiative_activity(counted(make, frame, changes), members)
    return shown(counts)


def issue(name, parent=None, state="new", created=LONG_AGO, resolved=None):
    return (name, parent, state, created, resolved)


def test_the_window_is_28_local_days_up_to_and_including_the_day(make):
    changes = [
        ("1", "epic", BEFORE),
        ("2", "epic", FIRST),
        ("3", "epic", LAST),
        ("4", "epic", AFTER),
        ("5", "stranger", LAST),
    ]
    assert of_key_results(make, [issue("epic")], changes) == [("KR-1", 2, 1, 0)]


def test_creations_are_events(make):
    issues = [issue("epic"), issue("story", "epic", created=FIRST)]
    changes = [("1", "story", LAST), ("2", "story", LAST)]
    assert of_key_results(make, issues, changes) == [("KR-1", 3, 2, 0)]


def test_state_is_that_of_the_day(make):
    issues = [
        issue("epic", state="indeterminate"),
        issue("done", "epic", "done", resolved=LAST),
        issue("done without a date", "epic", "done"),
        issue("done later", "epic", "done", resolved=AFTER),
        issue("created later", "epic", created=AFTER),
    ]
    assert of_key_results(make, issues) == [("KR-1", 0, 2, 2)]


def test_an_issue_of_two_key_results_counts_for_both(make):
    own = [("epic", "KR-1", 0.5), ("epic", "KR-2", 0.5)]
    found = of_key_results(make, [issue("epic")], [("1", "epic", LAST)], own)
    assert found == [("KR-1", 1, 1, 0), ("KR-2", 1, 1, 0)]


def test_an_issue_with_its_own_link_counts_there_alone(make):
    issues = [issue("epic"), issue("story", "epic"), issue("sub", "story")]
    changes = [("1", "sub", LAST)]
    own = [("epic", "KR-1", 1.0), ("story", "KR-2", 1.0)]
    assert of_key_results(make, issues, changes, own) == [("KR-1", 0, 1, 0), ("KR-2", 1, 2, 0)]


def test_an_initiative_has_everything_below_it_and_not_itself(make):
    issues = [
        issue("epic", created=FIRST),
        issue("story", "epic", created=FIRST),
        issue("sub", "story", "done", resolved=FIRST),
        issue("elsewhere"),
    ]
    changes = [("1", "epic", LAST), ("2", "sub", LAST), ("3", "elsewhere", LAST)]
    roots = [("epic", "jira:epic"), ("elsewhere", "jira:elsewhere")]
    assert of_initiatives(make, issues, changes, roots) == [
        ("jira:elsewhere", 0, 0, 0),
        ("jira:epic", 2, 1, 1),
    ]


def test_nothing_gives_no_rows(make):
    assert of_key_results(make, []) == []
    assert of_initiatives(make, []) == []


def test_added_finished_and_last_activity_are_those_of_the_day(make):
    issues = [
        issue("epic", created=LONG_AGO),
        issue("old", "epic", "done", created=LONG_AGO, resolved=FIRST),
        issue("quick", "epic", "done", created=FIRST, resolved=LAST),
        issue("undated", "epic", "done", created=LONG_AGO),
        issue("early", "epic", "done", created=BEFORE, resolved=BEFORE),
        issue("later", "epic", "done", created=LAST, resolved=AFTER),
        issue("not yet", "epic", created=AFTER),
    ]
    changes = [("1", "epic", at("2026-11-20T00:00")), ("2", "old", AFTER)]
    frame = make(ISSUE, issues)
    links = effective_links(frame, make(OWN, [("epic", "KR-1", 1.0)]))
    row = key_result_activity(counted(make, frame, changes), links).iloc[0]
    assert (row["added_28d"], row["finished_28d"]) == (2, 2)
    assert row["last_activity_at"].to_pydatetime() == LAST


def test_an_initiative_is_alive_by_its_own_events_too(make):
    issues = [issue("epic"), issue("quiet"), issue("child", "quiet", created=FIRST)]
    changes = [("1", "epic", LAST), ("2", "epic", AFTER)]
    roots = [("epic", "jira:epic"), ("quiet", "jira:quiet")]
    frame = make(ISSUE, issues)
    members = initiative_issues(frame, make(INITIATIVE, roots))
    rows = initiative_activity(counted(make, frame, changes), members).set_index("initiative_id")
    assert rows.loc["jira:epic", "activity_28d"] == 0
    assert rows["last_activity_at"].dt.to_pydatetime().tolist() == [LAST, FIRST]


def test_the_28_days_before_are_counted_apart(make):
    changes = [
        ("1", "epic", at("2026-10-03T15:59:59")),  # the last second before the 56 days
        ("2", "epic", at("2026-10-03T16:00")),
        ("3", "epic", BEFORE),
        ("4", "epic", FIRST),
    ]
    frame = make(ISSUE, [issue("epic"), issue("story", "epic", created=BEFORE)])
    links = effective_links(frame, make(OWN, [("epic", "KR-1", 1.0)]))
    row = key_result_activity(counted(make, frame, changes), links).iloc[0]
    assert (row["activity_28d"], row["activity_before_28d"]) == (1, 3)
