"""The numbers that signals look at: calls in a row, silence, age, gap, movement; and the work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.assemble import KeyResultParts, build_key_results
from okr_model.confidence.evidence import call_evidence
from okr_model.confidence.initiative_health import judge_initiatives, work_evidence
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.progress.value_series import all_measurements
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    check_ins,
    day,
    definitions,
    measured,
    measurements,
)
from tests.support.okr_cells import Q4, ZONE

TODAY = date(2026, 11, 28)
THRESHOLDS = SignalThresholds()
LEVEL = {"H": "high", "M": "medium", "L": "low"}


def said(calls: str) -> dict[str, Any]:
    """Calls on the Fridays of the cycle, `.` for none."""
    given = [(1 + 7 * n, LEVEL[call], None) for n, call in enumerate(calls) if call != "."]
    rows = call_evidence(definitions({}), check_ins("KR-1", given), TODAY, THRESHOLDS)
    return {name: None if pd.isna(value) else value for name, value in rows.iloc[0].items()}


@pytest.mark.parametrize(
    ("calls", "declined_from", "since", "last_fall"),
    [
        ("", None, None, None),
        ("H", None, None, None),
        ("HHHMMMLLL", "high", 22, 43),  # one decline, told once
        ("HMH", None, None, None),
        ("HMHM", "high", 22, 22),
        ("LMLL", "medium", 15, 15),
        ("MHHHH", None, None, None),
        ("H..M...", "high", 22, 22),
        ("LLL", None, None, None),
    ],
)
def test_a_decline_begins_below_its_highest_call_and_ends_with_a_rise(
    calls: str, declined_from: str | None, since: int | None, last_fall: int | None
) -> None:
    row = said(calls)
    assert row["declined_from"] == declined_from
    assert row["declining_since"] == (since and pd.Timestamp(day(since)))
    assert row["last_fall_at"] == (last_fall and pd.Timestamp(day(last_fall)))


@settings(max_examples=25)
@given(st.text("HML.", max_size=9))
def test_declines_are_those_of_a_slow_walk_through_the_calls(calls: str) -> None:
    height = {"H": 2, "M": 1, "L": 0}
    highest, since, last = None, None, None
    before = None
    for week, call in enumerate(calls):
        if call == ".":
            continue
        if before is None or height[call] > before:
            highest, since, last = call, None, None
        elif height[call] < before:
            since = 1 + 7 * week if since is None else since
            last = 1 + 7 * week
        before = height[call]
    row = said(calls)
    assert row["declined_from"] == (LEVEL[str(highest)] if since else None)
    assert row["declining_since"] == (since and pd.Timestamp(day(since)))
    assert row["last_fall_at"] == (last and pd.Timestamp(day(last)))


def test_of_several_calls_on_a_day_the_last_counts() -> None:
    calls = check_ins("KR-1", [(1, "high", None), (8, "low", None), (8, "high", None)])
    row = call_evidence(definitions({}), calls, TODAY, THRESHOLDS).iloc[0]
    assert pd.isna(row["declining_since"])
    assert pd.isna(row["early_low_at"])


def test_a_low_call_is_early_in_the_first_six_of_thirteen_weeks() -> None:
    assert said("HHHHHL")["early_low_at"] == pd.Timestamp(day(36))
    assert said("HHHHHHL")["early_low_at"] is None
    assert said("LHHHHHL")["early_low_at"] == pd.Timestamp(day(1))


def test_calls_before_the_cycle_and_after_the_day_do_not_count() -> None:
    calls = check_ins("KR-1", [(-3, "high", None), (1, "medium", None), (60, "low", None)])
    row = call_evidence(definitions({}), calls, TODAY, THRESHOLDS).iloc[0]
    assert pd.isna(row["declining_since"])
    assert row["last_check_in_at"] == pd.Timestamp(day(1))


NO_LINKS = pd.DataFrame(
    {"initiative_id": [], "key_result_id": [], "cycle_id": [], "state": []}, dtype="str"
)
NO_WORK = pd.DataFrame(
    {
        "key_result_id": pd.Series(dtype="str"),
        **{
            name: pd.Series(dtype="int64")
            for name in (
                "activity_28d",
                "open_issues",
                "done_issues",
                "added_28d",
                "finished_28d",
            )
        },
    }
)
NO_STALE = pd.DataFrame({"source": [], "since": [], "reason": []})


def built(definition: dict[str, Any], points: list[tuple[int, float]], as_of: date) -> pd.Series:
    return all_built([(definition, points)], as_of).iloc[0]


def all_built(
    cases: list[tuple[dict[str, Any], list[tuple[int, float]]]], as_of: date
) -> pd.DataFrame:
    """The rows of Key Results KR-1, KR-2 …, each a definition and its readings."""
    names = [f"KR-{n}" for n in range(1, len(cases) + 1)]
    key_results = definitions(
        *({"key_result_id": name, **case} for name, (case, _) in zip(names, cases, strict=True))
    )
    found = [measured(name, points) for name, (_, points) in zip(names, cases, strict=True)]
    rows = all_measurements(key_results, measurements(*found), NO_CHECK_INS)
    parts = KeyResultParts(key_results, rows, NO_CHECK_INS, NO_LINKS, NO_WORK, NO_STALE)
    built = build_key_results(parts, as_of).set_index("key_result_id", drop=False)
    return built.loc[names]


def test_the_gap_is_that_of_the_values_day_and_does_not_grow_by_waiting() -> None:
    points = [(d, float(d)) for d in (1, 15, 29)]
    for as_of in (day(29), day(40), TODAY):
        row = built({"target": 182.0}, points, as_of)
        assert row["pace_gap"] == pytest.approx(29 / 91 - 29 / 182)
        assert row["value_age_days"] == (as_of - day(29)).days


@pytest.mark.parametrize(
    ("gaps", "since"),
    [
        ([0.0, 0.09], None),
        ([0.05, 0.1], None),
        ([0.05, 0.101], 14),
        ([0.2, 0.15, 0.06, 0.11], 7),  # near the threshold it neither ends nor begins again
        ([0.2, 0.06], 7),
        ([0.2, 0.05], None),
        ([0.2, 0.05, 0.09], None),
        ([0.2, 0.0, 0.2, 0.3], 21),
        ([-0.3, -0.1], None),
    ],
)
def test_a_gap_remains_until_half_of_it_is_closed(gaps: list[float], since: int | None) -> None:
    points = [(7 * n, 100 * (7 * n / 91 - gap)) for n, gap in enumerate(gaps, 1)]
    row = built({}, points, TODAY)
    assert row["pace_gap"] == pytest.approx(gaps[-1])
    found = row["pace_gap_since"]
    assert (None if pd.isna(found) else found) == (since and pd.Timestamp(day(since)))


@pytest.mark.thorough
def test_movement_is_measured_against_the_value_of_28_days_before() -> None:
    points = [(1, 10.0), (30, 30.0), (31, 99.0), (58, 40.0)]
    assert built({}, points, TODAY)["progress_28d"] == pytest.approx(0.10)  # day 58 less day 30
    assert built({"kind": "decrease", "baseline": 80.0, "target": 30.0}, points, TODAY)[
        "progress_28d"
    ] == pytest.approx(-0.20)
    assert pd.isna(built({}, [(40, 10.0), (58, 40.0)], TODAY)["progress_28d"])


@pytest.mark.parametrize(
    "definition",
    [
        {"kind": "band", "target": 40.0, "target_high": 60.0, "baseline": None},
        {"baseline": 100.0},
        {"target": None},
        {"kind": "at least", "baseline": 15.0, "target": 12.0},
        {"kind": "at most", "baseline": 15.0, "target": 25.0},
        {"kind": "at least", "baseline": 12.0, "target": 12.0},
    ],
)
def test_without_a_way_there_is_neither_gap_nor_movement(definition: dict[str, Any]) -> None:
    row = built(definition, [(1, 10.0), (29, 20.0), (58, 30.0)], TODAY)
    assert pd.isna(row["pace_gap"])
    assert pd.isna(row["progress_28d"])


_HELD = [
    # at least 99.5, from 99.97: readings as they come, and as they go back to where they began
    ("at least", 99.97, 99.5, [99.96, 99.97, 99.98, 99.98, 99.97, 99.98, 99.99, 99.98]),
    ("at least", 99.5, 99.5, [99.96, 99.97, 99.98, 99.98, 99.97, 99.98, 99.99, 99.98]),
    ("at most", 2.0, 3.0, [2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3]),
    ("at most", 3.0, 3.0, [2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3]),
    ("increase", 12.0, 10.0, [12.0, 12.1, 12.0, 12.2, 12.1, 12.0, 12.1, 12.2]),
]


@pytest.mark.parametrize(("kind", "baseline", "target", "values"), _HELD)
def test_what_is_held_is_never_behind_while_it_is_met(
    kind: str, baseline: float, target: float, values: list[float]
) -> None:
    case = {"kind": kind, "unit": "%", "baseline": baseline, "target": target}
    row = built(case, [(7 * n - 3, value) for n, value in enumerate(values, 1)], TODAY)
    assert row["pace"] == "on"
    assert row["progress_raw"] == 1.0
    assert {"pace gap", "treadmill", "volatile value"}.isdisjoint(row["signals"])
    for name in ("pace_gap", "pace_gap_since", "progress_28d"):
        assert pd.isna(row[name]), name


_CASE = st.tuples(
    st.sampled_from(["increase", "decrease", "at least", "at most", "milestones", "band"]),
    st.integers(0, 6),
    st.lists(st.integers(0, 10), min_size=1, max_size=8),
)


@settings(max_examples=6)
@given(st.lists(_CASE, min_size=20, max_size=60))
def test_gap_and_movement_are_made_of_the_published_progress(
    cases: list[tuple[str, int, list[int]]],
) -> None:
    """What they say on a day follows from ``progress_raw`` of that day and of 28 days before."""
    given = [
        (
            {
                "kind": kind,
                "unit": "%" if kind == "milestones" else "count",
                "baseline": baseline,
                "target": 3.0,
                "target_high": 5.0,
            },
            [(7 * n, float(value)) for n, value in enumerate(values, 1)],
        )
        for kind, baseline, values in cases
    ]
    rows, before = (all_built(given, as_of) for as_of in (TODAY, TODAY - timedelta(days=28)))
    for (_, row), (_, then) in zip(rows.iterrows(), before.iterrows(), strict=True):
        if pd.notna(row["pace_gap"]):
            expected = (pd.Timestamp(row["current_value_at"]) - pd.Timestamp(Q4.start)).days / 91
            assert row["pace_gap"] == pytest.approx(expected - row["progress_raw"])
        if pd.notna(row["progress_28d"]):
            moved = row["progress_raw"] - then["progress_raw"]
            assert row["progress_28d"] == pytest.approx(moved)
        if row["pace"] == "on" and row["progress_raw"] == 1.0 and pd.isna(row["pace_gap"]):
            assert pd.isna(row["pace_gap_since"])


@pytest.mark.parametrize(("unit", "whole"), [("%", 100.0), (None, 1.0)])
def test_milestones_have_the_whole_as_their_way(unit: str | None, whole: float) -> None:
    case = {"kind": "milestones", "unit": unit, "target": None, "baseline": None}
    row = built(case, [(1, 0.0), (29, 0.1 * whole), (57, 0.3 * whole)], TODAY)
    assert row["pace_gap"] == pytest.approx(57 / 91 - 0.3)
    assert row["progress_28d"] == pytest.approx(0.2)
    assert row["pace_gap_since"] == pd.Timestamp(day(29))
    assert "pace gap" in row["signals"]


def test_a_yes_or_no_is_never_behind_on_the_way() -> None:
    row = built({"kind": "yes/no", "unit": "yes/no", "target": 1.0}, [(1, 0.0), (57, 0.0)], TODAY)
    assert pd.isna(row["pace_gap"])
    assert row["signals"] == ["missed check-ins", "no initiative"]


def initiatives(*rows: tuple[str, str | None, str | None, date | None]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=["initiative_id", "status", "status_category", "due_on"]
    ).astype({"initiative_id": "str", "status": "str", "status_category": "str"})
    return frame.assign(due_on=pd.to_datetime(frame["due_on"]), status_words=None)


def happened(**on: date) -> pd.DataFrame:
    """When something last happened in each initiative: at noon of that day, UTC."""
    last = [pd.Timestamp(day, tz="UTC") + timedelta(hours=12) for day in on.values()]
    return pd.DataFrame(
        {"initiative_id": list(on), "last_activity_at": pd.Series(last, dtype="object")}
    )


def test_an_initiative_is_judged_by_its_status_its_due_day_and_its_events() -> None:
    judged = judge_initiatives(
        initiatives(
            ("blocked", " on HOLD ", "indeterminate", None),
            ("overdue", "Doing", "indeterminate", day(57)),
            ("due today", "Doing", "indeterminate", TODAY),
            ("silent", "Doing", "indeterminate", None),
            ("alive", "Doing", "indeterminate", None),
            ("done", "Blocked", "done", day(1)),
            ("finished", "Complete", None, day(1)),
            ("unknown", None, None, None),
        ),
        happened(silent=day(43), alive=day(44), done=day(1)),
        TODAY,
        ZONE,
        THRESHOLDS,
    ).set_index("initiative_id")
    states = {name: [n for n in judged.index if judged.loc[n, name]] for name in judged.columns[:4]}
    assert states == {
        "open": ["blocked", "overdue", "due today", "silent", "alive", "unknown"],
        "blocked": ["blocked"],
        "overdue": ["overdue"],
        "silent": ["silent"],
    }
    assert judged.loc["silent", "last_activity_on"] == pd.Timestamp(day(43))


def test_a_status_is_blocked_by_every_word_that_means_it() -> None:
    frame = initiatives(
        ("present", "Gestoppt", "indeterminate", None),
        ("namesake", "Gestoppt", "indeterminate", None),
        ("by word", "On hold", None, None),
    )
    words = [["gestoppt", "impeded", "3"], ["gestoppt", "4"], None]
    for stated, blocked in (
        (("Impeded",), [True, False, False]),
        (("4", "ON HOLD"), [False, True, True]),
        (("gestoppt",), [True, True, False]),
    ):
        judged = judge_initiatives(
            frame.assign(status_words=words),
            happened(),
            TODAY,
            ZONE,
            replace(THRESHOLDS, blocked_statuses=stated),
        )
        assert judged["blocked"].tolist() == blocked


def test_an_event_late_in_the_evening_is_of_its_local_day() -> None:
    late = pd.DataFrame(
        {"initiative_id": ["a"], "last_activity_at": [pd.Timestamp("2026-11-13T16:00", tz="UTC")]}
    )
    judged = judge_initiatives(
        initiatives(("a", "Doing", None, None)), late, TODAY, ZONE, THRESHOLDS
    )
    assert judged["last_activity_on"].tolist() == [pd.Timestamp("2026-11-14")]
    assert not judged["silent"].iloc[0]


def test_only_active_links_count_once_each() -> None:
    judged = judge_initiatives(
        initiatives(("a", "Blocked", None, None), ("b", "Doing", None, day(1))),
        happened(a=day(50), b=day(20)),
        TODAY,
        ZONE,
        THRESHOLDS,
    )
    links = pd.DataFrame(
        [
            ("a", "KR-1", Q4.id, "active"),
            ("a", "KR-1", Q4.id, "active"),
            ("b", "KR-1", Q4.id, "active"),
            ("b", "KR-2", Q4.id, "overruled"),
            ("b", "KR-9", None, "broken"),
        ],
        columns=["initiative_id", "key_result_id", "cycle_id", "state"],
    )
    rows = work_evidence(definitions({}, {}), links, judged)
    counts = [f"{name}_initiatives" for name in ("open", "blocked", "overdue", "silent")]
    assert rows[counts].to_numpy().tolist() == [[2, 1, 1, 1], [0, 0, 0, 0]]
    assert rows["last_activity_on"].tolist() == [pd.Timestamp(day(50)), pd.NaT]
