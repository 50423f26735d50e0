"""Signals: when each fires, on either side of its threshold, what it says, and what is found."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.confidence.firing import firing_signals, signal_names, with_disagreements
from okr_model.confidence.signal_findings import signal_findings
from okr_model.confidence.signals import BY_NAME, SIGNALS, in_words_of
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.entities.confidence_words import USUAL
from okr_model.tables.key_results import KEY_RESULTS
from tests.support.key_result_frames import day
from tests.support.okr_cells import Q4

TODAY = date(2026, 11, 28)
THRESHOLDS = SignalThresholds()
QUIET: dict[str, Any] = {
    "key_result_id": "KR-1",
    "cycle_id": Q4.id,
    "statement": "Answer in 4 hours",
    "team": "Support",
    "url": "https://kr",
    "value_url": "https://value",
    "cycle_start": Q4.start,
    "check_ins_from": Q4.start,
    "cycle_end": Q4.end,
    "due_on": Q4.end,
    "unit": "hours",
    "baseline": 0.0,
    "target": 100.0,
    "current_value_at": day(57),
    "value_age_days": 1,
    "progress_raw": 0.6,
    "expected_progress": 58 / 91,
    "pace": "on",
    "pace_gap": 0.03,
    "pace_gap_since": None,
    "progress_28d": 0.3,
    "weekly_noise": 5.0,
    "stated_confidence": "medium",
    "computed_confidence": "medium",
    "last_check_in_at": day(57),
    "missed_check_ins": 0,
    "declined_from": None,
    "declining_since": None,
    "last_fall_at": None,
    "early_low_at": None,
    "initiatives": 2,
    "open_initiatives": 2,
    "blocked_initiatives": 0,
    "overdue_initiatives": 0,
    "silent_initiatives": 0,
    "last_activity_on": day(56),
    "activity_28d": 30,
    "open_issues": 20,
    "added_28d": 5,
    "finished_28d": 5,
    "target_before": None,
    "target_moved_on": None,
    "kind": "increase",
    "current_value": 60.0,
    "attainment_probability": 0.8,
    "doubted": False,
    "prior_pace": 3.0,
    "prior_chance": 0.5,
    "prior_reach_on": day(80),
    "needed_pace": 8.0,
    "best_pace": 9.0,
    "best_pace_of": "own readings",
    "like_paths": 20,
    "silent_days": 2,
    "activity_elsewhere_28d": 30,
    "activity_elsewhere_before": 20,
}
_DAYS = [name for name, value in QUIET.items() if isinstance(value, date)]
_DAYS += ["declining_since", "last_fall_at", "early_low_at", "target_moved_on"]
_DAYS += ["pace_gap_since", "prior_reach_on"]
_NUMBERS = ["target_before", "baseline", "current_value", "best_pace", "needed_pace"]
_NUMBERS += ["attainment_probability"]
FALL = {"declined_from": "high", "declining_since": day(22), "stated_confidence": "low"}
NO_CALLS = pd.DataFrame({"key_result_id": [], "date": [], "url": []})


def rows_of(*changes: dict[str, Any], **thresholds: Any) -> pd.DataFrame:
    rows = pd.DataFrame([{**QUIET, **change} for change in changes])
    rows = rows.astype(dict.fromkeys(_DAYS, "datetime64[us]"))
    rows = rows.astype(dict.fromkeys(_NUMBERS, "float64") | {"missed_check_ins": "Int64"})
    found = firing_signals(rows, TODAY, SignalThresholds(**thresholds))
    return rows.assign(signals=signal_names(with_disagreements(rows, found, TODAY)))


def names(change: dict[str, Any], **thresholds: Any) -> list[str]:
    return list(rows_of(change, **thresholds)["signals"].iloc[0])


BEHIND = {"pace": "behind"}
IMPLIED = {"work moved elsewhere": ["initiatives silent"]}
SAFE = {"prior_chance": 0.95}
LATE = {**BEHIND, "needed_pace": 9.5, "current_value_at": day(61)}
MOVED = {"silent_initiatives": 2, "silent_days": 15}
BOUNDARIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # the signal, what just does not fire, what just does
    ("pace gap", {**BEHIND, "pace_gap": 0.3}, {"pace_gap": 0.09, "pace_gap_since": day(8)}),
    ("stale value", {"value_age_days": 14}, {"value_age_days": 15}),
    ("missed check-ins", {"missed_check_ins": 1}, {"missed_check_ins": 2}),
    (
        "declining confidence",
        {**FALL, "last_fall_at": day(29)},
        {**FALL, "last_fall_at": day(30)},
    ),
    (
        "early red",
        {"early_low_at": day(15), "stated_confidence": "medium"},
        {"early_low_at": day(15), "stated_confidence": "low"},
    ),
    ("no initiative", {"initiatives": 1}, {"initiatives": 0, "open_initiatives": 0}),
    ("initiatives blocked", {"blocked_initiatives": 1}, {"blocked_initiatives": 2}),
    ("initiatives silent", {"silent_initiatives": 1}, {"silent_initiatives": 2}),
    ("initiatives overdue", {"overdue_initiatives": 1}, {"overdue_initiatives": 2}),
    (
        "scope growing",
        {"added_28d": 20, "finished_28d": 10, "open_issues": 31},  # 10 more upon 21
        {"added_28d": 20, "finished_28d": 10, "open_issues": 30},  # 10 more upon 20
    ),
    (
        "scope growing",
        {"added_28d": 9, "finished_28d": 0, "open_issues": 10},
        {"added_28d": 10, "finished_28d": 0, "open_issues": 10},
    ),
    (
        "scope growing",
        {"added_28d": 19, "finished_28d": 10, "open_issues": 12},
        {"added_28d": 20, "finished_28d": 10, "open_issues": 12},
    ),
    ("target moved", {"target_before": 90.0}, {"target_before": 90.0, "target_moved_on": day(50)}),
    ("volatile value", {"weekly_noise": 25.0}, {"weekly_noise": 25.1}),
    (
        "treadmill",
        {**BEHIND, "activity_28d": 39, "progress_28d": 0.0},
        {**BEHIND, "activity_28d": 40, "progress_28d": 0.049},
    ),
    (
        "treadmill",
        {**BEHIND, "activity_28d": 400, "progress_28d": -0.05},
        {**BEHIND, "activity_28d": 400, "progress_28d": -0.049},
    ),
    ("too safe", {"prior_chance": 0.8999}, {"prior_chance": 0.9}),
    ("too safe", {**SAFE, "prior_reach_on": day(92)}, {**SAFE, "prior_reach_on": day(91)}),
    ("too safe", {**SAFE, "prior_reach_on": None}, {**SAFE, "prior_reach_on": day(-9)}),
    ("too safe", {**SAFE, **BEHIND}, SAFE),
    ("too safe", {**SAFE, "attainment_probability": 0.69}, {**SAFE, "attainment_probability": 0.7}),
    ("too safe", {**SAFE, "current_value": None}, {**SAFE, "attainment_probability": None}),
    ("last-minute recovery", {**LATE, "needed_pace": 9.0}, {**LATE, "needed_pace": 9.1}),
    ("last-minute recovery", {**LATE, "pace": "on"}, LATE),
    ("last-minute recovery", {**LATE, "doubted": True}, LATE),
    ("last-minute recovery", {**LATE, "needed_pace": None}, LATE),  # its target is met
    ("last-minute recovery", {**LATE, "best_pace": None}, {**LATE, "best_pace": -1.0}),
    (
        "last-minute recovery",
        {**LATE, "due_on": day(87), "current_value_at": day(57)},  # 30 of 87 days are left
        {**LATE, "due_on": day(87), "current_value_at": day(58)},
    ),
    ("work moved elsewhere", {**MOVED, "silent_days": 14}, MOVED),
    ("work moved elsewhere", {**MOVED, "activity_elsewhere_28d": 29}, MOVED),
    (
        "work moved elsewhere",
        {**MOVED, "activity_elsewhere_28d": 19, "activity_elsewhere_before": 10},
        {**MOVED, "activity_elsewhere_28d": 20, "activity_elsewhere_before": 10},
    ),
    (
        "work moved elsewhere",
        {**MOVED, "activity_elsewhere_before": 0},
        {**MOVED, "activity_elsewhere_before": 1},
    ),
    ("work moved elsewhere", {**MOVED, "progress_raw": 1.0}, {**MOVED, "progress_raw": 0.99}),
    (
        "watermelon",
        {"stated_confidence": "medium", "computed_confidence": "low"},
        {"stated_confidence": "high", "computed_confidence": "low"},
    ),
    (
        "red over green",
        {"stated_confidence": "low", "computed_confidence": "medium"},
        {"stated_confidence": "low", "computed_confidence": "high"},
    ),
]


@pytest.mark.parametrize(("name", "without", "with_it"), BOUNDARIES)
def test_a_signal_fires_from_its_threshold_on(
    name: str, without: dict[str, Any], with_it: dict[str, Any]
) -> None:
    assert names({}) == []
    assert names(without) == IMPLIED.get(name, [])
    assert names(with_it) == [*IMPLIED.get(name, []), name]


def test_every_signal_has_a_boundary_above_but_the_one_that_is_handed_in() -> None:
    assert {name for name, _, _ in BOUNDARIES} | {"sources disagree"} == set(BY_NAME)
    rows = rows_of({})
    found = firing_signals(rows, TODAY, THRESHOLDS, ["KR-1", "KR-9"])
    assert signal_names(found).tolist() == [["sources disagree"]]


@pytest.mark.parametrize(
    ("thresholds", "change"),
    [
        ({"stale_after_days": 0}, {}),
        ({"volatile_share": 0.04}, {}),
        ({"treadmill_activity": 30, "treadmill_progress": 0.31}, {"pace": "behind"}),
        ({"missed_check_ins": 1}, {"missed_check_ins": 1}),
        ({"scope_fewest": 5, "scope_ratio": 1, "scope_share": 0}, {}),
    ],
)
def test_thresholds_are_settings(thresholds: dict[str, Any], change: dict[str, Any]) -> None:
    assert names(change) == []
    assert len(names(change, **thresholds)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"cycle_start": date(2026, 11, 29)},
        {"due_on": TODAY},
        {"cycle_end": date(2026, 11, 27), "due_on": date(2026, 12, 5)},
    ],
)
def test_signals_speak_only_while_the_cycle_runs(change: dict[str, Any]) -> None:
    everything = {key: value for _, _, fires in BOUNDARIES for key, value in fires.items()}
    assert len(names(everything)) > 6
    assert names({**everything, **change}) == []


def test_what_is_unknown_fires_nothing() -> None:
    unknown = dict.fromkeys(
        ("pace_gap", "progress_28d", "weekly_noise", "value_age_days", "missed_check_ins"),
        float("nan"),
    )
    assert names({**unknown, "pace": None, "progress_raw": None, "last_activity_on": None}) == []
    assert names({"baseline": None, "weekly_noise": 1e9}) == []


def test_every_number_and_day_in_a_sentence_is_a_column_of_the_row() -> None:
    telling = {
        **{key: value for _, _, fires in BOUNDARIES for key, value in fires.items()},
        "target_before": 90.0,
        "progress_28d": 0.0125,
        "pace_gap": 0.2525,
        "weekly_noise": 26.789,
    }
    told = in_words_of(rows_of(telling), USUAL)
    row = next(told.itertuples(index=False))
    published = {name for name in KEY_RESULTS.column_names if hasattr(row, name)}
    values = [getattr(row, name) for name in published]
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and v == v]
    days = {f"{v:%Y-%m-%d}" for v in values if isinstance(v, pd.Timestamp)}
    for signal in SIGNALS:
        said = signal.sentence(row)
        for found in re.findall(r"\d{4}-\d\d-\d\d", said):
            assert found in days, said
        plain = re.sub(r"\d{4}-\d\d-\d\d|28 days", "", said)
        for found in re.findall(r"-?[\d.,]*\d(?: %)?", plain):
            number = float(found.removesuffix(" %")) / (100 if found.endswith("%") else 1)
            assert any(abs(number - each) <= 6e-4 * max(1.0, abs(each)) for each in numbers), said


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        (
            "too safe",
            {"unit": "%", "target": 75.0, "prior_pace": 3.1, "prior_chance": 0.945},
            "Before the cycle it already rose 3.1 points a week; at that pace it would reach 75 %"
            " on 2026-12-20, due on 2026-12-31, with a probability of 94 %.",
        ),
        (
            "too safe",
            {"kind": "at most", "target": 4.0, "prior_pace": 2.5, "prior_chance": 0.91},
            "Before the cycle it already fell 2.5 hours a week; at that pace it would reach 4 hours"
            " on 2026-12-20, due on 2026-12-31, with a probability of 91 %.",
        ),
        (
            "too safe",
            {"target": 50.0, "prior_reach_on": day(-6)},
            "On 2026-09-25, before the cycle, it met its target of 50 hours already.",
        ),
        (
            "last-minute recovery",
            {"unit": "%", "needed_pace": 3.25, "best_pace": 1.9},
            "It must rise by 3.25 points a week to meet its target on 2026-12-31; its best over so"
            " long a time was 1.9 points a week.",
        ),
        (
            "last-minute recovery",
            {"kind": "decrease", "best_pace": -0.5, "best_pace_of": "like paths"},
            "It must fall by 8 hours a week to meet its target on 2026-12-31; the best of 20 past"
            " paths like it made -0.5 hours a week.",
        ),
        (
            "work moved elsewhere",
            {"silent_days": 15, "activity_elsewhere_before": 1},
            "Nothing has happened in its work for 15 days, while the team's work elsewhere grew"
            " from 1 change in 28 days to 30.",
        ),
    ],
)
def test_a_signal_says_what_the_row_says(name: str, change: dict[str, Any], sentence: str) -> None:
    assert BY_NAME[name].sentence(next(rows_of(change).itertuples(index=False))) == sentence


def test_a_finding_names_its_key_result_and_says_what_to_do() -> None:
    found = signal_findings(rows_of({"value_age_days": 15}), NO_CALLS, TODAY)
    (row,) = found.to_dict("records")
    assert (row["rule"], row["subject_id"], row["severity"]) == ("stale value", "KR-1", "warning")
    assert row["sentence"] == (
        "KR-1: The value of 2026-11-27 is 15 days old. Update it at its source."
    )
    assert row["url"] == "https://value"


def test_one_story_is_one_finding() -> None:
    gap = {**BEHIND, "pace_gap": 0.4, "pace_gap_since": day(8)}
    told = {
        "pace gap": gap,
        "watermelon": {**gap, "stated_confidence": "high", "computed_confidence": "low"},
        "treadmill": {**gap, "activity_28d": 90, "progress_28d": 0.01},
        "stale value": {**gap, "value_age_days": 30},
        "declining confidence": {**gap, **FALL, "last_fall_at": day(43)},
        "last-minute recovery": {**gap, **LATE},
        "early red": {**gap, **FALL, "last_fall_at": day(43), "early_low_at": day(29)},
    }
    for rule, change in told.items():
        rows = rows_of(change)
        assert "pace gap" in rows["signals"].iloc[0]
        assert signal_findings(rows, NO_CALLS, TODAY)["rule"].tolist() == [rule]


def test_what_says_more_than_a_last_minute_recovery_or_a_silence_is_told_alone() -> None:
    high = {"stated_confidence": "high", "computed_confidence": "low"}
    for change, rule in (({**LATE, **high}, "watermelon"), (MOVED, "work moved elsewhere")):
        rows = rows_of(change)
        assert len(rows["signals"].iloc[0]) == 2
        assert signal_findings(rows, NO_CALLS, TODAY)["rule"].tolist() == [rule]


def test_nothing_is_told_about_the_path_by_a_stale_value() -> None:
    for change in (SAFE, LATE, MOVED):
        assert names({**change, "value_age_days": 15}) in (
            ["stale value"], ["stale value", "initiatives silent"]
        )  # fmt: skip


def test_a_signal_covered_by_another_finding_makes_none() -> None:
    rows = rows_of({"initiatives": 0, "open_initiatives": 0, "target_moved_on": day(50)})
    assert rows["signals"].tolist() == [["no initiative", "target moved"]]
    assert signal_findings(rows, NO_CALLS, TODAY).empty


def test_a_decline_opens_the_check_in_it_began_with() -> None:
    rows = rows_of({**FALL, "last_fall_at": day(43)})
    calls = pd.DataFrame(
        {
            "key_result_id": ["KR-1", "KR-1", "KR-2"],
            "date": [day(22), day(43), day(22)],
            "url": ["https://first", "https://second", "https://other"],
        }
    )
    (row,) = signal_findings(rows, calls, TODAY).to_dict("records")
    assert row["url"] == "https://first"
    assert "from high to low since 2026-10-23" in row["sentence"]
