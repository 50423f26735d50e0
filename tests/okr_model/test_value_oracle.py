"""Values and progress of 10,000 Key Results against a slow and plain calculation in fractions.

The plain side is written from what OKR practice asks, record by record, without any frame library:
the latest value true for a day of the cycle, and how far it is from baseline to target.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from okr_model.progress import compute_progress
from okr_model.tables import KINDS, PROGRESS_STATES, VALUE_STATES
from okr_model.values import all_measurements, cycle_series, latest_values

COUNT = 10_000
AS_OF = date(2026, 11, 28)
TOLERANCE = Fraction(1, 10)


@dataclass
class Plain:
    """What one Key Result ought to come to."""

    value: Fraction | None
    value_state: str
    state: str
    raw: Fraction | None = None
    expected: Fraction | None = None
    pace: str | None = None


def exact(number: Any) -> Fraction | None:
    return None if pd.isna(number) else Fraction(repr(float(number)))


def plain_reading(key_result: dict[str, Any], readings: list[dict[str, Any]]) -> tuple[Any, ...]:
    """The first and the latest reading of the cycle, and the state of the value."""
    last_day = min(AS_OF, key_result["cycle_end"])
    inside = [r for r in readings if key_result["cycle_start"] <= r["date"] <= last_day]
    readable = [r for r in inside if r["value"] is not None]
    if not readable:
        return None, None, "unreadable" if inside else "no value"
    # People's check-ins only speak where nothing else does.
    counted = [r for r in readable if r["place"] != "check-in"] or readable
    order = ["first measure", "second measure", "sheets", "check-in"]
    by_day: dict[date, dict[str, Any]] = {}
    for reading in counted:
        known = by_day.get(reading["date"])
        if known is None or order.index(reading["place"]) < order.index(known["place"]):
            by_day[reading["date"]] = reading
    days = sorted(by_day)
    return by_day[days[0]]["value"], by_day[days[-1]]["value"], "measured"


def plain_share(kind: str, unit: str | None, value: Fraction) -> Fraction | None:
    """How much is done, where a value states it: yes or no, or a share of milestones."""
    if kind == "yes/no":
        return value if value in (0, 1) else None
    if unit == "%":
        return value / 100
    return value if unit is None and 0 <= value <= 1 else None


def plain_met(kind: str | None, value: Fraction, target: Fraction, high: Fraction | None) -> bool:
    if kind == "band":
        return high is not None and target <= value <= high
    return value >= target if kind in ("increase", "at least") else value <= target


def plain_progress(
    key_result: dict[str, Any], first: Fraction | None, value: Fraction | None
) -> tuple[str, Fraction | None, bool]:
    """The state, the raw progress, and whether it is a state rather than a way."""
    kind, unit = key_result["kind"], key_result["unit"]
    baseline, target, high = (exact(key_result[n]) for n in ("baseline", "target", "target_high"))
    if kind not in ("milestones", "yes/no") and (
        target is None or (kind == "band" and high is None)
    ):
        return "no target", None, False
    if value is None:
        return "no value", None, False
    if kind in ("milestones", "yes/no"):
        share = plain_share(kind, unit, value)
        stepwise = kind == "yes/no"
        return ("computed" if share is not None else "not supported"), share, stepwise
    assert target is not None
    if kind == "band":
        assert high is not None
        if high <= target:
            return "zero-width band", None, True
        outside = max(target - value, value - high, Fraction(0))
        return "computed", 1 - outside / (high - target), True
    state = "computed"
    if baseline is None:
        baseline, state = first, "from first measurement"
    assert baseline is not None  # there is a value, so there is a first one
    rising, falling = kind in ("increase", "at least"), kind in ("decrease", "at most")
    there = (rising and baseline > target) or (falling and baseline < target)
    if there or (kind in ("at least", "at most") and baseline == target):
        return state, Fraction(plain_met(kind, value, target, high)), True
    if baseline == target:
        return "baseline equals target", None, False
    return state, (value - baseline) / (target - baseline), False


def plain_pace(
    key_result: dict[str, Any], raw: Fraction | None, expected: Fraction, *, stepwise: bool
) -> str | None:
    if raw is None:
        return None
    if stepwise:
        if raw >= 1:
            return "on"
        waits = key_result["kind"] == "yes/no" and key_result["due_on"] > AS_OF
        return None if waits else "behind"
    if raw - expected > TOLERANCE:
        return "ahead"
    return "behind" if expected - raw > TOLERANCE else "on"


def plain(key_result: dict[str, Any], readings: list[dict[str, Any]]) -> Plain:
    first, value, value_state = plain_reading(key_result, readings)
    state, raw, stepwise = plain_progress(key_result, first, value)
    whole = (key_result["due_on"] - key_result["cycle_start"]).days
    gone = (AS_OF - key_result["cycle_start"]).days
    expected = Fraction(1) if key_result["due_on"] <= AS_OF else Fraction(max(gone, 0), whole)
    pace = plain_pace(key_result, raw, expected, stepwise=stepwise)
    return Plain(value, value_state, state, raw, expected, pace)


def generate(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Key Results of every kind, the odd ones among them, and what was read of them."""
    kind = rng.choice(np.array([*KINDS], dtype="object"), COUNT)
    unit = rng.choice(np.array(["%", "hours", "count", None], dtype="object"), COUNT)
    unit = np.where(kind == "yes/no", "yes/no", unit)
    figures = {name: rng.integers(-200, 400, COUNT) / 4 for name in ("baseline", "target")}
    rows = pd.DataFrame({"kind": kind, "unit": unit, **figures})
    rows["target_high"] = rows["target"] + rng.integers(-2, 40, COUNT) / 4
    for name, share in (("baseline", 0.2), ("target", 0.05), ("target_high", 0.1)):
        rows[name] = rows[name].mask(rng.random(COUNT) < share)
    same = rng.random(COUNT) < 0.1
    rows["baseline"] = rows["baseline"].where(~same, rows["target"])
    start = pd.Timestamp("2026-09-01") + pd.to_timedelta(rng.integers(0, 120, COUNT), unit="D")
    rows["cycle_start"] = start
    rows["cycle_end"] = start + pd.to_timedelta(rng.integers(30, 92, COUNT), unit="D")
    early = pd.to_timedelta(rng.integers(1, 30, COUNT), unit="D")
    rows["due_on"] = rows["cycle_end"].where(rng.random(COUNT) < 0.7, start + early)
    days = ["cycle_start", "cycle_end", "due_on"]
    rows = rows.astype(dict.fromkeys(days, "datetime64[us]"))
    rows.insert(0, "key_result_id", [f"KR-{n}" for n in range(COUNT)])
    rows.insert(1, "cycle_id", "Q")
    of = np.repeat(np.arange(COUNT), rng.integers(0, 6, COUNT))
    read = pd.DataFrame({"key_result_id": rows["key_result_id"].to_numpy()[of], "n": of})
    days_in = pd.to_timedelta(rng.integers(-8, 95, len(of)), unit="D")
    read["date"] = (rows["cycle_start"].to_numpy()[of] + days_in).astype("datetime64[us]")
    value = rng.integers(-200, 400, len(of)) / 4
    small = np.isin(rows["kind"].to_numpy()[of], ["yes/no", "milestones"])
    value = np.where(small & (rng.random(len(of)) < 0.8), rng.integers(0, 5, len(of)) / 4, value)
    read["value"] = np.where(rng.random(len(of)) < 0.15, np.nan, value)
    places = ["first measure", "second measure", "sheets", "check-in"]
    read["place"] = rng.choice(np.array(places, dtype="object"), len(of))
    read = read.drop_duplicates(["key_result_id", "date", "place"]).reset_index(drop=True)
    return rows, read[read["place"] != "check-in"], read[read["place"] == "check-in"]


def computed(
    rows: pd.DataFrame, read: pd.DataFrame, stated: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    precedence = read["place"].map({"first measure": 0.0, "second measure": 1.0})
    measurements = read.assign(
        measure=read["place"],
        source=read["place"].where(read["place"] == "sheets", "jira"),
        record_id=read.index.astype("str"),
        precedence=precedence,
    )
    check_ins = stated.assign(
        source="notion",
        record_id=stated.index.astype("str"),
        problem=pd.Series("unreadable", index=stated.index).where(stated["value"].isna()),
        value_text=None,
    )
    known = all_measurements(rows, measurements, check_ins)
    values = latest_values(rows, cycle_series(rows, known, AS_OF))
    return values, compute_progress(
        rows.assign(**values.drop(columns=["key_result_id", "cycle_id"])), AS_OF
    )


def test_ten_thousand_key_results_agree_with_a_plain_calculation() -> None:
    rows, read, stated = generate(np.random.default_rng(20261128))
    values, progress = computed(rows, read, stated)
    readings: dict[str, list[dict[str, Any]]] = {}
    both = pd.concat([read, stated])
    for key, day, value, place in zip(
        both["key_result_id"], both["date"].dt.date, both["value"], both["place"], strict=True
    ):
        reading = {"date": day, "value": exact(value), "place": place}
        readings.setdefault(key, []).append(reading)
    dated = rows.assign(**{n: rows[n].dt.date for n in ("cycle_start", "cycle_end", "due_on")})
    wrong: list[tuple[Any, ...]] = []
    kinds: Counter[tuple[str, str]] = Counter()
    for key_result, value, found in zip(
        dated.to_dict("records"),
        values.to_dict("records"),
        progress.to_dict("records"),
        strict=True,
    ):
        key_result["unit"] = key_result["unit"] if isinstance(key_result["unit"], str) else None
        true = plain(key_result, readings.get(key_result["key_result_id"], []))
        kinds[(key_result["kind"], true.state)] += 1
        said = (value["current_value"], found["progress_raw"], found["expected_progress"])
        want = (true.value, true.raw, true.expected)
        same = all(
            (pd.isna(one) and other is None)
            or (other is not None and one == pytest.approx(float(other), rel=1e-9, abs=1e-9))
            for one, other in zip(said, want, strict=True)
        )
        words = (value["value_state"], found["progress_state"], found["pace"])
        texts = tuple(word if isinstance(word, str) else None for word in words)
        if not same or texts != (true.value_state, true.state, true.pace):
            wrong.append((key_result, said, texts, true))
    assert not wrong, f"{len(wrong)} of {COUNT}: {wrong[:3]}"
    assert {kind for kind, _ in kinds} == set(KINDS)
    assert {state for _, state in kinds} == set(PROGRESS_STATES) - {"no baseline"}
    assert set(values["value_state"]) == set(VALUE_STATES)


def test_the_order_of_rows_makes_no_difference() -> None:
    rows, read, stated = generate(np.random.default_rng(1))
    values, progress = computed(rows, read, stated)
    shuffled = rows.sample(frac=1, random_state=2).reset_index(drop=True)
    again = computed(
        shuffled, read.sample(frac=1, random_state=3), stated.sample(frac=1, random_state=4)
    )
    back = shuffled["key_result_id"].map(pd.Series(rows.index, index=rows["key_result_id"]))
    for one, other in zip((values, progress), again, strict=True):
        placed = other.set_axis(back).sort_index().rename_axis(None)
        pd.testing.assert_frame_equal(one, placed, check_index_type=False)
