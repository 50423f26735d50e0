"""What a team is told of its week."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from okr_model.teams.teams import Rhythm, Team, Teams
from published.moment import Moment
from published.organization import Organization
from published.restricted import Hidden
from published.rituals.message_text import message_text
from published.rituals.messages import Message, messages_of, told_on
from published.snapshot import Snapshot
from tests.support.company import Company
from tests.support.page import restricted_company as secret
from tests.support.page.published_file import DAY, publish
from tests.support.page.small_tables import finding, key_result

MONDAY = dt.date(2026, 11, 30)
BEFORE = MONDAY - dt.timedelta(days=7)
Q4 = dt.date(2026, 12, 31)
WORDS = ("High", "Medium", "Low")


class Cycle:
    def __init__(self, name: str, start: dt.date, end: dt.date) -> None:
        self.id, self.start, self.end = name, start, end


CYCLES = [
    Cycle("2026-Q3", dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
    Cycle("2026-Q4", dt.date(2026, 10, 1), Q4),
    Cycle("2027-Q1", dt.date(2027, 1, 1), dt.date(2027, 3, 31)),
]


def organization(*teams: Team, every: int = 7) -> Organization:
    return Organization("Acme", dt.UTC, WORDS, CYCLES, teams=Teams(teams, Rhythm(every)))


def rows(day: dt.date = MONDAY) -> dict[str, list[dict[str, Any]]]:
    """A met and a fallen Key Result of Sales, and one of Product, with those of a week before."""
    usual = {
        "team": "Sales", "teams": ["Sales"], "due_on": Q4, "value_state": "measured", "as_of": day,
        "unit": "count", "cycle_id": "2026-Q4", "missed_check_ins": 0, "baseline": 0.0,
        "cycle_start": CYCLES[1].start, "cycle_end": Q4, "target": 10.0,
    }  # fmt: skip
    met = {"current_value": 11.0, "progress": 1.0, "progress_raw": 1.1, "stated_confidence": "high"}
    fell = {"current_value": 2.0, "progress": 0.2, "progress_raw": 0.2, "stated_confidence": "low"}
    now = [
        key_result("KR-1", **usual, **met, objective_id="O-1"),
        key_result("KR-2", **usual, **fell),
        key_result("KR-3", **usual | {"team": "Product", "teams": ["Product"]}, **fell),
    ]
    then = [
        {**now[0], "as_of": BEFORE, "current_value": 7.0, "progress": 0.7, "progress_raw": 0.7},
        {**now[1], "as_of": BEFORE, "current_value": 2.0, "stated_confidence": "medium"},
    ]
    said = {"cycle_id": "2026-Q4", "number": 1, "confidence": "high"}
    return {
        "sources": [{"source": "files", "state": "complete", "as_of": day}],
        "key_results": now,
        "key_results_daily": [*then, *now],
        "check_ins": [
            {**said, "key_result_id": "KR-1", "date": BEFORE, "record_id": "1",
             "next_action": "write to ten", "action_due_on": MONDAY, "action_done": True},
            {**said, "key_result_id": "KR-1", "date": MONDAY, "record_id": "2",
             "next_action": "call back", "action_due_on": dt.date(2026, 12, 2)},
            {**said, "key_result_id": "KR-2", "date": BEFORE, "record_id": "3",
             "next_action": "draft", "action_due_on": dt.date(2026, 12, 20)},
        ],
        "changes": [
            {"key_result_id": "KR-2", "cycle_id": "2026-Q4", "number": 1, "field": "target",
             "old": "12", "new": "10", "old_value": 12.0, "new_value": 10.0,
             "changed_on": dt.date(2026, 11, 25), "rationale": "a smaller market"},
        ],
        "findings": [
            finding("mid-cycle review", "team", "sales", sentence="Sales, say what is reachable."),
            finding("Key Result not ready", "key result", "KR-2", sentence="KR-2 has no owner."),
            finding("Key Result not ready", "key result", "KR-3", sentence="KR-3 has no owner."),
            finding("new in the final push", "key result", "KR-2", sentence="KR-2 is new."),
            finding("late kick-off", "team", "Product", sentence="Product, begin."),
            finding("Objective not closed", "objective", "o-1", sentence="O-1 is open."),
            finding("Objective not closed", "objective", "O-9", sentence="O-9 is open."),
            finding("pace gap", "key result", "KR-2", sentence="KR-2 is behind."),
        ],
    }  # fmt: skip


def told(tmp_path: Path, ours: Organization, team: str = "SALES", **more: Any) -> list[Message]:
    tables = Snapshot(publish(tmp_path / "published.duckdb", rows() | more))
    return messages_of(tables, ours, Moment(), team)


def test_what_is_due_by_the_rhythm_the_promises_the_phase(tmp_path: Path) -> None:
    rhythm = Rhythm(7, 3, 2, (dt.date(2026, 12, 2),))
    due, _ = told(tmp_path, organization(Team("Sales", rhythm=rhythm)))
    assert (due.team, due.since) == ("Sales", BEFORE)
    # Wednesdays; of the 2nd, which is a day off, on the next day.
    assert [(one.due_on, set(one.key_results)) for one in due.check_ins] == [
        (dt.date(2026, 12, 3), {"KR-2"})
    ]
    assert [(one.key_result_id, one.action.text) for one in due.actions] == [("KR-1", "call back")]
    assert due.asked == (
        *("KR-2 has no owner.", "O-1 is open.", "Sales, say what is reachable.", "KR-2 is new."),
    )
    ((changed,),) = [due.changes]
    assert changed.item.key_result_id == "KR-2"
    assert changed.calls(up=False) == ("stated_confidence",)
    assert [one.reason for one in changed.redefined] == ["a smaller market"]
    text = message_text(due, WORDS)
    assert "Team: Medium → Low. Target moved: 12 → 10, 25 Nov 2026: “a smaller market”" in text


def test_wins_and_moves(tmp_path: Path) -> None:
    _, week = told(tmp_path, organization())
    by_key = {one.item.key_result_id: one for one in week.changes}
    assert set(by_key) == {"KR-1", "KR-2"}
    assert by_key["KR-1"].is_newly_met
    assert [one.text for one in by_key["KR-1"].done] == ["write to ten"]
    assert by_key["KR-1"].value_change == 4.0
    assert not by_key["KR-2"].is_win
    assert by_key["KR-2"].is_move
    assert message_text(week, WORDS).splitlines() == [
        "Wins since 23 Nov 2026",
        "- KR-1 The statement of KR-1: met, 11. Done: write to ten",
        "",
        "Moves since 23 Nov 2026",
        "- KR-2 The statement of KR-2: Target moved: 12 → 10, 25 Nov 2026: “a smaller market”."
        " Team: Medium → Low",
        "- KR-1 The statement of KR-1: 7 → 11. It has met its target",
    ]


@pytest.mark.parametrize(("field", "wins"), [("target", False), ("kind", False), ("owner", True)])
def test_under_other_terms_the_evidence_wins_nothing(
    tmp_path: Path, field: str, wins: bool
) -> None:
    now = rows()["key_results_daily"]
    then = {**now[0], "computed_confidence": "low"}
    rose = {**now[2], "computed_confidence": "high", "stated_confidence": "high"}
    changed = rows()["changes"][0] | {"key_result_id": "KR-1", "field": field}
    given = {"key_results": [rose], "key_results_daily": [then, rose], "changes": [changed]}
    _, week = told(tmp_path, organization(), check_ins=[], **given)
    won, _, moved = message_text(week, WORDS).partition("Moves since")
    assert (": met, 11. Evidence: Low → High" in won) == wins
    assert ("Evidence: Low → High" in moved) == (not wins)
    assert (" moved: 12 → 10, 25 Nov 2026: “a smaller market”" in moved) == (not wins)
    assert "7 → 11" in moved


def test_a_low_one_is_told_once_answered_and_after_a_week_without_answer(tmp_path: Path) -> None:
    low = dict(rows()["key_results"][1]) | {"as_of": BEFORE}
    both = rows()["key_results_daily"]
    daily = [both[0], low, *both[2:]]
    words = {"cycle_id": "2026-Q4", "key_result_id": "KR-2", "number": 1, "record_id": "9"}
    for on, answered in ((None, None), (MONDAY, 7), (BEFORE - dt.timedelta(days=1), None)):
        said = [] if on is None else [words | {"date": on, "note": "a way back"}]
        given = {"key_results_daily": daily, "check_ins": said, "changes": []}
        _, week = told(tmp_path, organization(), **given)
        assert [(one.key_result_id, one.days) for one in week.low] == [("KR-2", answered)]
    answered_before = [{**low, "as_of": BEFORE - dt.timedelta(days=7)}, *daily]
    said = [words | {"date": BEFORE - dt.timedelta(days=1), "note": "a way back"}]
    given = {"key_results_daily": answered_before, "check_ins": said, "changes": []}
    _, week = told(tmp_path, organization(), **given)
    assert week.low == ()


def test_without_an_earlier_day_and_a_rhythm_hardly_anything_is_told(tmp_path: Path) -> None:
    nothing = {"changes": [], "findings": [], "key_results_daily": [], "check_ins": []}
    both = told(tmp_path, organization(every=0), **nothing)
    assert [one.since for one in both] == [None, None]
    assert all(one.is_empty for one in both)


@pytest.mark.parametrize(
    ("team", "ends_on"), [("Sales", BEFORE), ("Nobody", None), ("Product", BEFORE)]
)
def test_a_closed_team_and_one_without_key_results_hear_nothing(
    tmp_path: Path, team: str, ends_on: dt.date | None
) -> None:
    assert told(tmp_path, organization(Team(team, ends_on=ends_on)), team) == []


def test_phases_that_begin_and_closing_that_ends_within_the_week(tmp_path: Path) -> None:
    day = dt.date(2026, 12, 7)
    tables = Snapshot(publish(tmp_path / "published.duckdb", rows(day)))
    due, _ = messages_of(tables, organization(), Moment(), "Sales")
    found = [(one.cycle_id, one.phase.phase, one.phase.starts_on) for one in due.phases]
    assert found == [
        ("2026-Q4", "final push", dt.date(2026, 12, 10)),
        ("2027-Q1", "preparation", dt.date(2026, 12, 11)),
    ]


@pytest.mark.parametrize(
    ("day", "weekday", "off", "goes"),
    [
        ("2026-11-30", 1, [], True),
        ("2026-12-01", 1, [], False),
        ("2026-11-30", 1, ["2026-11-30"], False),
        ("2026-12-01", 1, ["2026-11-30"], True),
        ("2026-12-02", 1, ["2026-11-30"], False),
        ("2027-01-04", 5, ["2027-01-01"], True),
        ("2027-01-04", 1, ["2027-01-01"], True),
        ("2027-01-02", 5, ["2027-01-01"], False),
        ("2027-01-05", 5, ["2027-01-01"], False),
        ("2026-11-28", 6, [], True),
    ],
)
def test_a_day_off_moves_a_message_to_the_next_working_day(
    day: str, weekday: int, off: list[str], goes: bool
) -> None:
    days_off = [dt.date.fromisoformat(one) for one in off]
    assert told_on(dt.date.fromisoformat(day), weekday, days_off, range(1, 6)) is goes


def test_no_message_tells_what_is_hidden_from_its_team(tmp_path: Path) -> None:
    company = secret.company()
    company["findings"][-1] |= {"rule": "mid-cycle review", "sentence": secret.SAID}
    tables = Snapshot(publish(tmp_path / "published.duckdb", company))
    ours = Organization("Acme", dt.UTC, WORDS, CYCLES[1:2], teams=Teams(usual=Rhythm(1)))

    def text(seen: Snapshot) -> str:
        both = messages_of(seen, ours, Moment(), "Sales")
        return "\n".join(message_text(one, WORDS) for one in both)

    assert secret.ID.search(text(tables))
    seen = text(tables.seen_by(Hidden(key_results=frozenset({"kr-9"}))))
    assert "KR-1" in seen
    assert not secret.ID.search(seen.replace("KR-90", ""))
    assert secret.STATEMENT.casefold() not in seen.casefold()


@pytest.mark.night
def test_the_sample_company_is_told_what_its_tables_say(published: Company) -> None:
    answer = published.okr_here("messages", "--dry-run", "--json")
    told = json.loads(answer.stdout)
    teams = published.table("teams").set_index("team")
    assert {one["team"] for one in told} == set(teams.index[teams["state"] == "open"])
    assert [one["kind"] for one in told[:2]] == ["what is due", "wins and moves"]
    day = dt.date.fromisoformat(told[0]["as_of"])
    assert day == DAY
    for one in told:
        assert not one["goes_out"]
        row = teams.loc[one["team"]]
        due_on = row["next_check_in_due_on"]
        if one["kind"] == "what is due" and due_on > day + dt.timedelta(weeks=1):
            assert "Check-ins\n" not in one["text"]
        elif one["kind"] == "what is due":
            assert row["check_ins_not_yet_due"] > 0
            part = one["text"].partition("Check-ins\n")[2].partition("\n\n")[0]
            lines = [line.removeprefix("- ").partition(":") for line in part.splitlines()]
            keys = [key for line in lines for key in line[0].split(", ")]
            assert len(keys) == row["check_ins_not_yet_due"], one["team"]
            assert f"{due_on.day} {due_on:%b %Y}" in lines[0][2]
