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

from okr_model.progress.progress import compute_progress
from okr_model.progress.value_series import all_measurements, cycle_series, latest_values
from okr_model.tables.vocabulary import KINDS, PROGRESS_STATES, VALUE_STATES

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


def plain_begin(key_result: dict[str, Any]) -> date:
    """A Key Result's own first day, else its cycle's."""
    own = key_result["starts_on"]
    return key_result["cycle_start"] if pd.isna(own) else own


def plain_reading(key_result: dict[str, Any], readings: list[dict[str, Any]]) -> tuple[Any, ...]:
    """The first reading of its path, the latest of the cycle, and the state of the value."""
    last_day = min(AS_OF, key_result["cycle_end"])
    inside = [r for r in readings if key_result["cycle_start"] <= r["date"] <= last_day]
    readable = [r for r in inside if r["value"] is not None]
    if not readable:
        return None, None, "unreadable" if inside else "no value"
    # People's check-ins only speak after everything else.
    others = [r["date"] for r in readable if r["place"] != "check-in"]
    last = max(others, default=date.min)
    counted = [r for r in readable if r["place"] != "check-in" or r["date"] > last]
    order = ["first measure", "second measure", "sheets", "check-in"]
    by_day: dict[date, dict[str, Any]] = {}
    for reading in counted:
        known = by_day.get(reading["date"])
        if known is None or order.index(reading["place"]) < order.index(known["place"]):
            by_day[reading["date"]] = reading
    days = sorted(by_day)
    begun = [day for day in days if day >= plain_begin(key_result)]
    first = by_day[begun[0]]["value"] if begun else None
    return first, by_day[days[-1]]["value"], "measured"


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
    if baseline is None:  # its only values are older than its own start
        return "no baseline", None, False
    rising, falling = kind in ("increase", "at least"), kind in ("decrease", "at most")
    there = (rising and baseline > target) or (falling and baseline < target)
    if there or (kind in ("at least", "at most") and baseline == target):
        return state, Fraction(plain_met(kind, value, target, high)), True
    if baseline == target:
        return "baseline equals target", None, False
    return state, (value - baseline) / (target - baseline), False


def plain_expected(key_result: dict[str, Any], first: Fraction | None) -> Fraction:
    """The share of the way on the day, from bend to bend of the path."""
    begin, due = plain_begin(key_result), key_result["due_on"]
    if due <= AS_OF:
        return Fraction(1)
    if begin >= AS_OF:
        return Fraction(0)
    low, high = plain_ends(key_result, first)
    bends = [(begin, Fraction(0)), (due, Fraction(1))]
    if low is not None and high is not None and isinstance(key_result["phases"], str):
        rises = key_result["kind"] not in ("decrease", "at most")
        for phase in (
            key_result["phases"].split("; ") if (high - low) * (1 if rises else -1) > 0 else []
        ):
            day, value = phase.split(": ")
            bends.append((date.fromisoformat(day), (Fraction(value) - low) / (high - low)))
    bends.sort()
    before = max(bend for bend in bends if bend[0] <= AS_OF)
    after = min(bend for bend in bends if bend[0] > AS_OF)
    gone = Fraction((AS_OF - before[0]).days, (after[0] - before[0]).days)
    return min(max(before[1] + (after[1] - before[1]) * gone, Fraction(0)), Fraction(1))


def plain_ends(
    key_result: dict[str, Any], first: Fraction | None
) -> tuple[Fraction | None, Fraction | None]:
    """The values that are 0 and 1 of the way."""
    if key_result["kind"] == "milestones":
        return Fraction(0), Fraction(100 if key_result["unit"] == "%" else 1)
    baseline = exact(key_result["baseline"])
    return (first if baseline is None else baseline), exact(key_result["target"])


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
    expected = plain_expected(key_result, first)
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
    own = start + pd.to_timedelta(rng.integers(-5, 80, COUNT), unit="D")
    rows["starts_on"] = own.where((rng.random(COUNT) < 0.3) & (own < rows["due_on"]))
    days = ["cycle_start", "cycle_end", "due_on", "starts_on"]
    rows = rows.astype(dict.fromkeys(days, "datetime64[us]"))
    rows["phases"] = phases(rng, rows)
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


def phases(rng: np.random.Generator, rows: pd.DataFrame) -> list[str | None]:
    """Up to three phases of some Key Results that can have them, falling back now and then."""
    found: list[str | None] = []
    for row in rows.to_dict("records"):
        begin = row["cycle_start"] if pd.isna(row["starts_on"]) else row["starts_on"]
        inner = [begin + pd.Timedelta(days=n) for n in range(1, (row["due_on"] - begin).days)]
        if row["kind"] in ("band", "yes/no") or len(inner) < 3 or rng.random() < 0.4:
            found.append(None)
            continue
        days = sorted(rng.choice(len(inner), rng.integers(1, 4), replace=False))
        end = 1.0 if row["kind"] == "milestones" else 100.0
        values = rng.integers(-50, 400, len(days)) / 400 * end
        found.append(
            "; ".join(
                f"{inner[at]:%Y-%m-%d}: {value:.12g}"
                for at, value in zip(days, values, strict=True)
            )
        )
    return found


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


@pytest.mark.thorough
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
    dated = rows.assign(
        **{n: rows[n].dt.date for n in ("cycle_start", "cycle_end", "due_on", "starts_on")}
    )
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
    assert {state for _, state in kinds} == set(PROGRESS_STATES)
    assert set(values["value_state"]) == set(VALUE_STATES)


@pytest.mark.thorough
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
