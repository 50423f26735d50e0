"""Measures that select issues by their fields, or aggregate a number field of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from okr_model.measures.parser import parse_measure
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.declared import DeclaredMeasure
from pipelines.model.measures.key_results import sources_of
from tests.support.scripted_jira import (
    STATUSES,
    Issue,
    ScriptedJira,
    key_results,
    number,
    options,
    series,
)

POINTS, TIER, SPRINT = "customfield_2", "customfield_3", "customfield_4"
RESOLVED = {"status": "Done", "resolved": "2026-11-20T10:00"}


@pytest.fixture
def jira(tmp_path: Path) -> ScriptedJira:
    return ScriptedJira(tmp_path)


def counted(jira: ScriptedJira, where: str, *days: str) -> list[float]:
    found = jira.measured(f"count of issues from jira where {where}", days=days or ("2026-11-28",))
    assert found.findings.empty, found.findings["sentence"].tolist()
    return list(series(found).values())


def test_an_issue_counts_below_the_parent_that_it_had_on_the_day(jira: ScriptedJira) -> None:
    move = ("2026-11-20T09:00", "parent", ("10001", "OKR-1"), ("10002", "OKR-2"))
    jira.night(
        *(Issue("OKR-1"), Issue("OKR-2")),
        Issue("OKR-3", more={"parent_id": "10002"}, changes=[move]),
        Issue("OKR-4", more={"parent_id": "10001"}),
    )
    days = ("2026-11-19", "2026-11-20", "2026-11-28")
    assert counted(jira, "parent = OKR-1", *days) == [2, 1, 1]
    assert counted(jira, "parent = OKR-2", *days) == [0, 1, 1]


DAYS = ("2026-10-10", "2026-11-04", "2026-11-28")


@pytest.mark.thorough
def test_labels_are_those_of_each_day(jira: ScriptedJira) -> None:
    jira.night(
        Issue("OKR-1", labels=["Customer", "beta"], changes=[
            ("2026-11-03T10:00", "labels", "", "Customer"),
            ("2026-11-10T10:00", "labels", "Customer", "Customer beta"),
        ]),
        Issue("OKR-2", labels=["beta"]),
        Issue("OKR-3", changes=[("2026-11-03T10:00", "labels", "customer old", "")]),
    )  # fmt: skip
    assert counted(jira, "label = customer", *DAYS) == [1.0, 1.0, 1.0]
    assert counted(jira, "labels in (Customer, BETA)", *DAYS) == [2.0, 2.0, 2.0]
    assert counted(jira, "label = beta", *DAYS) == [1.0, 1.0, 2.0]
    assert counted(jira, "label = old", *DAYS) == [1.0, 0.0, 0.0]


@pytest.mark.thorough
def test_components_and_versions_come_and_go_one_by_one(jira: ScriptedJira) -> None:
    api, web = ("5", "API"), ("6", "Web, app")
    jira.night(
        Issue(
            "OKR-1",
            {"components": options("components", "Components", _5="API", _6="Web, app")},
            [
                ("2026-11-03T10:00", "components", (None, None), api),
                ("2026-11-10T10:00", "components", (None, None), web),
            ],
        ),
        Issue(
            "OKR-2",
            {"components": options("components", "Components")},
            [
                ("2026-11-03T10:00", "components", api, (None, None)),
                ("2026-11-10T10:00", "components", web, (None, None)),
            ],
        ),
        Issue("OKR-3", {"components": options("components", "Components", _6="Web, app")}),
    )
    assert counted(jira, "component = api", *DAYS) == [1.0, 1.0, 1.0]
    assert counted(jira, 'component = "Web, app"', *DAYS) == [2.0, 2.0, 2.0]
    assert counted(jira, 'component in (API, "web, app")', *DAYS) == [2.0, 3.0, 2.0]
    assert counted(jira, "component = 5", *DAYS) == [1.0, 1.0, 1.0]


@pytest.mark.thorough
def test_sprints_and_options_are_whole_lists_in_the_log(jira: ScriptedJira) -> None:
    sprints = options(SPRINT, "Sprint", _1="Sprint 1", _2="Sprint 2")
    jira.night(
        Issue(
            "OKR-1",
            {SPRINT: sprints, TIER: options(TIER, "Customer tier", _9="Gold")},
            [
                ("2026-11-03T10:00", SPRINT, ("", ""), ("1", "Sprint 1")),
                ("2026-11-10T10:00", SPRINT, ("1", "Sprint 1"), ("1, 2", "Sprint 1, Sprint 2")),
                ("2026-11-10T11:00", TIER, ("8", "Silver"), ("9", "Gold")),
            ],
        ),
        Issue(
            "OKR-2",
            {SPRINT: options(SPRINT, "Sprint"), TIER: options(TIER, "Customer tier", _8="Bronze")},
            [("2026-11-05T10:00", SPRINT, ("1", "Sprint 1"), ("", ""))],
        ),
    )
    assert counted(jira, 'sprint = "sprint 1"', *DAYS) == [1.0, 2.0, 1.0]
    assert counted(jira, 'sprint in ("Sprint 1", "Sprint 2")', *DAYS) == [1.0, 2.0, 1.0]
    # Option 8 was renamed from Silver to Bronze.
    for text in ('"customer tier" = bronze', f"{TIER} = Silver", '"Customer tier" = 8'):
        assert counted(jira, text, *DAYS) == [2.0, 2.0, 1.0]
    assert counted(jira, '"Customer tier" = Gold', *DAYS) == [0.0, 0.0, 1.0]


def test_a_value_or_a_field_that_nothing_had_is_told_with_what_there_is(
    jira: ScriptedJira,
) -> None:
    jira.night(Issue("OKR-1", {TIER: options(TIER, "Customer tier", _9="Gold")}, labels=["a"]))
    said = jira.measured(
        "count of issues from jira where label = b",
        'count of issues from jira where "Customer tier" = Platinum',
        'count of issues from jira where "Customer tear" = Gold',
        'sum of "Customer tier" of issues from jira',
    )
    assert said.values.empty
    sentences = said.findings.sort_values("subject_id")["sentence"].tolist()
    for sentence, end in zip(
        sentences,
        [
            "no issue ever had the label “b”; there are a. Correct it.",
            "no issue ever had the Customer tier “Platinum”; there are Gold. Correct it.",
            "no issue that was read has a field “Customer tear”; of the fields that are read, there"
            " are Customer tier. Correct it.",
            "no issue ever had a number in “Customer tier”. Correct it.",
        ],
        strict=True,
    ):
        assert sentence.endswith(f"can match nothing: {end}")


MOVES = [
    ("2026-11-02T10:00", "status", ("1", "To Do"), ("3", "In Progress")),
    ("2026-11-03T10:00", "status", ("3", "In Progress"), ("9", "Done")),
    ("2026-11-04T10:00", "status", ("9", "Done"), ("4", "Review")),
    ("2026-11-05T10:00", "status", ("4", "Review"), ("3", "In Progress")),
    ("2026-11-06T10:00", "status", ("3", "In Progress"), ("1", "To Do")),
    ("2026-11-07T10:00", "status", ("1", "To Do"), ("9", "Done")),
    ("2026-11-08T10:00", "status", ("9", "Done"), ("1", "To Do")),
]


IN_EACH_STATUS = [Issue(f"OKR-{n}", status=name) for n, name in enumerate(STATUSES, 20)]


@pytest.mark.parametrize(
    "what", ["re-opened issues", "Reopened issues", "moved-back issues", "issues moved back"]
)
def test_an_issue_that_went_back_counts_once_in_a_window(jira: ScriptedJira, what: str) -> None:
    expected = {"11-03": 0, "11-04": 1, "11-06": 1, "11-08": 1, "11-10": 1, "11-11": 0}
    jira.night(Issue("OKR-1", changes=MOVES), *IN_EACH_STATUS)
    days = [f"2026-{day}" for day in expected]
    found = jira.measured(f"count of {what} from jira over 3 days", days=days)
    assert series(found) == expected
    assert found.findings.empty


def test_only_moves_from_done_are_re_openings(jira: ScriptedJira) -> None:
    jira.night(Issue("OKR-1", changes=MOVES), *IN_EACH_STATUS)
    days = [f"2026-11-0{day}" for day in range(2, 9)]
    one = series(jira.measured("count of re-opened issues from jira over 1 day", days=days))
    two = series(jira.measured("count of moved-back issues from jira over 1 day", days=days))
    assert list(one.values()) == [0, 0, 1, 0, 0, 0, 1]
    assert list(two.values()) == [0, 0, 1, 0, 1, 0, 1]


def test_the_moves_behind_a_count_are_listed_with_their_instants(jira: ScriptedJira) -> None:
    jira.night(Issue("OKR-1", changes=MOVES), *IN_EACH_STATUS)
    text = "count of re-opened issues from jira over 3 days"
    declared = DeclaredMeasure("KR-1", parse_measure(text), 0, "jira count")
    frame, day = key_results(text), dt.date(2026, 11, 9)
    (issue,), _ = sources_of(jira.project, connect(), declared, frame.iloc[0], frame, day)
    assert (issue["key"], issue["moved_at"]) == ("OKR-1", pd.Timestamp("2026-11-08T10:00Z"))


def test_moves_of_unknown_category_are_told(jira: ScriptedJira) -> None:
    jira.night(Issue("OKR-1", changes=MOVES))
    found = jira.measured("count of re-opened issues from jira")
    assert series(found) == {"11-28": 0}
    (sentence,) = found.findings["sentence"]
    assert sentence.endswith("category is unknown: Done, In Progress, Review.")


def points(
    key: str, now: float | None, *log: tuple[str, str | None, str | None], **more: object
) -> Issue:
    changes = [(when, POINTS, old, new) for when, old, new in log]
    return Issue(key, {POINTS: number(now, POINTS)}, changes, **{**RESOLVED, **more})  # type: ignore[arg-type]


@pytest.mark.thorough
def test_a_number_field_is_aggregated_as_of_each_day(jira: ScriptedJira) -> None:
    jira.night(
        points("OKR-1", 8, ("2026-11-25T10:00", "5", "8.0")),
        points("OKR-2", 3),
        points("OKR-3", None),
        points("OKR-4", None, ("2026-11-26T10:00", "2", None)),
        points("OKR-5", 100, status="To Do", resolved=None),
    )
    days = ("2026-11-19", "2026-11-20", "2026-11-25", "2026-11-26")
    for aggregate, expected in (
        ("sum", [0, 10, 13, 11]),
        ("mean", [10 / 3, 13 / 3, 11 / 2]),
        ("median", [3, 3, 5.5]),
        ("p100", [5, 8, 8]),
        ("count", [0, 3, 3, 2]),
    ):
        text = f'{aggregate} of "Story points" of resolved issues from jira over 4 weeks'
        found = jira.measured(text, days=days)
        assert list(series(found).values()) == pytest.approx(expected)
        assert found.findings.empty
    last = found.values.iloc[-1]
    assert last["field"] == (
        "number with Story points of Jira issues, resolved 2026-10-30 to 2026-11-26"
    )


def test_a_share_may_be_weighed_by_a_number_field(jira: ScriptedJira) -> None:
    jira.night(
        points("OKR-1", 8), points("OKR-2", 2, status="To Do", resolved=None), points("OKR-3", None)
    )
    text = 'share of (status_category = done) of "Story points" of issues from jira'
    assert series(jira.measured(text, unit="%")) == {"11-28": 80.0}
    text = "share of (status_category = done) of issues from jira"
    assert series(jira.measured(text, unit="%"))["11-28"] == pytest.approx(200 / 3)


@pytest.mark.thorough
def test_a_window_may_be_the_cycle_up_to_the_day(jira: ScriptedJira) -> None:
    jira.night(
        Issue("OKR-1", created="2026-09-30T23:59"),
        Issue("OKR-2", created="2026-10-01T00:00"),
        Issue("OKR-3", created="2026-11-20T10:00"),
        Issue("OKR-4", created="2027-01-02T10:00"),
    )
    days = ("2026-09-30", "2026-10-01", "2026-11-28", "2026-12-31", "2027-01-03")
    for window in ("since cycle start", "in the cycle", "since the cycle start", "in cycle"):
        found = jira.measured(f"count of created issues from jira {window}", days=days)
        assert series(found) == {"10-01": 1, "11-28": 2, "12-31": 2}
        assert "created 2026-10-01 to 2026-12-31" in found.values.iloc[-1]["field"]
    found = jira.measured("count of created issues from jira over 1 week", days=days)
    assert series(found) == {"09-30": 1, "10-01": 2, "11-28": 0, "12-31": 0, "01-03": 1}
    assert dt.date(2026, 10, 1) in found.values["date"].dt.date.tolist()
