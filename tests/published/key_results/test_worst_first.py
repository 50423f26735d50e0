"""The order of Key Results: each rule, which goes before which, and its words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from published.key_results.worst_first import Wording, place, standing

TOLD = Wording(("High", "Challenge", "Critical"))
CALM: dict[str, Any] = {
    "key_result_id": "KR-1",
    "signals": [],
    "kind": "increase",
    "unit": "%",
    "target_before": 9.0,
    "target_high": None,
    "open_initiatives": 3,
    "target_moved_on": dt.date(2026, 10, 19),
    "declined_from": "high",
    "progress_raw": 0.5,
    "progress_state": "computed",
    "baseline": 0.0,
    "target": 10.0,
    "pace": "on",
    "pace_gap_since": None,
    "attainment_probability": 0.44,
    "stated_confidence": "high",
    "computed_confidence": "medium",
    "activity_28d": 0,
    "progress_28d": 0.0,
    "value_age_days": 1,
    "value_state": "measured",
    "last_check_in_at": dt.date(2026, 10, 23),
    "as_of": dt.date(2026, 11, 28),
    "cycle_end": dt.date(2026, 12, 31),
    "due_on": dt.date(2026, 12, 31),
}
MOVED = {"signals": ["treadmill"], "activity_28d": 278, "progress_28d": 0.011}
BEHIND = {"signals": ["pace gap"], "pace_gap_since": dt.date(2026, 10, 30), "pace": "behind"}
RECOVERY = {"signals": ["last-minute recovery"], "needed_pace": 3.1, "best_pace": 1.2}
APART = {"signals": ["watermelon"], "computed_confidence": "low"}
RULES: list[tuple[dict[str, Any], str]] = [
    ({"progress_raw": -0.27}, "Below its start"),
    (APART, "Team says High, evidence says Critical"),
    (MOVED, "Much work, no movement: 278 changes, +1.1 points in 28 days"),
    (RECOVERY, "Needs 3.1 points a week; the best ever was 1.2 points"),
    (BEHIND, "Behind since 30 Oct"),
    ({"signals": ["target moved"]}, "Target moved from 9 % to 10 % on 19 Oct"),
    ({"signals": ["stale value"], "value_age_days": 36}, "Value 36 days old"),
    ({"signals": ["missed check-ins"]}, "No check-in since 23 Oct"),
    ({"signals": ["no initiative"]}, "No work serves it"),
    ({"signals": ["initiatives blocked"]}, "All 3 initiatives blocked"),
    ({"signals": ["work moved elsewhere"]}, "Its work is silent; the team works elsewhere"),
    ({"signals": ["initiatives silent"], "open_initiatives": 1}, "Its one initiative is silent"),
    ({"signals": ["initiatives overdue"]}, "All 3 initiatives overdue"),
    (
        {"signals": ["declining confidence"], "stated_confidence": "medium"},
        "Confidence fell from High to Challenge",
    ),
    ({"value_state": "no value"}, "No value yet"),
    ({"signals": ["too safe"]}, "Its pace before the cycle would have met it"),
    ({}, "On its path, 44 % likely"),
]


@pytest.mark.parametrize(("changed", "words"), RULES)
def test_each_rule_says_its_figure(changed: dict[str, Any], words: str) -> None:
    assert standing(CALM | changed, TOLD).first == words


def test_the_rules_stand_in_their_order() -> None:
    ranks = [standing(CALM | changed, TOLD).rank for changed, _ in RULES]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(RULES)


def test_a_second_rule_is_said_after_the_first() -> None:
    found = standing(CALM | BEHIND | {"signals": ["pace gap", "no initiative"]}, TOLD)
    assert (found.first, found.then) == ("Behind since 30 Oct", "no work serves it")


def test_a_falling_target_is_moved_away_from_upwards() -> None:
    row = CALM | {"progress_raw": -0.1, "kind": "decrease", "baseline": 10.0, "target": 2.0}
    assert standing(row, TOLD).first == "Above its start"


def test_a_band_has_no_start_to_be_below_of() -> None:
    row = CALM | {"progress_raw": -0.1, "kind": "band", "baseline": None, "target_high": 12.0}
    told = standing(row | {"pace": "behind"}, TOLD).first
    assert told == "Does not meet its target, 44 % likely"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"pace": None, "attainment_probability": None}, "Nothing to compare yet"),
        ({"attainment_probability": None}, "On its path, not enough evidence for a chance"),
        ({"pace": None}, "No path, 44 % likely"),
        ({"last_check_in_at": None, "signals": ["missed check-ins"]}, "No check-in this cycle"),
        ({"value_state": "unreadable"}, "Value unreadable"),
        ({"signals": None}, "On its path, 44 % likely"),
    ],
)
def test_what_is_unknown_is_said_to_be(changed: dict[str, Any], words: str) -> None:
    assert standing(CALM | changed, TOLD).first == words


def test_a_cycle_that_is_over_stands_last_with_its_outcome() -> None:
    over = CALM | {"as_of": dt.date(2027, 1, 5), "attainment_probability": 1.0}
    over |= {"current_value_at": dt.date(2026, 12, 28)}
    found = standing(over, TOLD)
    assert found.first == "Met"
    assert place(over, found) > place(CALM, standing(CALM, TOLD))


def test_a_target_that_was_met_after_its_due_day_is_missed_and_says_so() -> None:
    late = {"due_on": dt.date(2026, 10, 31), "current_value_at": dt.date(2026, 11, 15)}
    over = CALM | late | {"as_of": dt.date(2027, 1, 5), "attainment_probability": 0.0}
    found = standing(over | {"progress_raw": 1.1}, TOLD)
    assert (found.first, found.then) == ("Missed", "met by the value of 15 Nov")
    assert standing(over | {"progress_raw": 0.9}, TOLD).then == ""


def test_among_equals_the_least_likely_stands_first() -> None:
    rows = [CALM | {"attainment_probability": one} for one in (0.9, None, 0.1)]
    rows.sort(key=lambda row: place(row, standing(row, TOLD)))
    assert [row["attainment_probability"] for row in rows] == [0.1, 0.9, None]
