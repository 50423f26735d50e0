"""The parts of a movement add up to it, whatever happened."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.progress.progress import progress_of
from published.changes.movements import LevelChange, Movement, level_changes, movements
from published.changes.steps import CAUSES, KEY, columns_of_rows

DAY = dt.date(2026, 11, 2)
NO_LINKS = pd.DataFrame(columns=[*KEY, "day", "initiative", "cause"])


def frame(*histories: list[dict[str, Any]]) -> pd.DataFrame:
    """The published rows of KR-1, KR-2 …, in order; what they leave out is as it was before."""
    first: dict[str, Any] = {
        "cycle_id": "2026-Q4",
        "as_of": DAY,
        "kind": "increase",
        "unit": "count",
        "baseline": 0.0,
        "baseline_source": "declared",
        "target": 100.0,
        "code": "c",
        "settings": "s",
        "started_at": pd.Timestamp("2026-11-01", tz="UTC"),
    }
    filled = []
    for number, rows in enumerate(histories, 1):
        told = first | {"key_result_id": f"KR-{number}"}
        for row in rows:
            told = told | row
            filled.append({"told_on": told["as_of"]} | told)
    found = pd.DataFrame(filled).reindex(columns=columns_of_rows())
    for name in ("current_value", "baseline", "target", "target_high", "attainment_probability"):
        found[name] = found[name].astype("float64")
    found["current_value_at"] = pd.to_datetime(found["current_value_at"])
    found["current_value_seen_at"] = pd.to_datetime(found["current_value_seen_at"], utc=True)
    found["progress"] = found["progress"].astype("float64").fillna(progress_of(found))
    return found


def moved(*rows: dict[str, Any], links: pd.DataFrame = NO_LINKS) -> dict[str, Movement]:
    found = movements(frame(list(rows)), links)
    return {one.figure: one for many in found.values() for one in many}


def whys(movement: Movement) -> dict[tuple[str, ...], float]:
    return {part.why: round(part.change, 9) for part in movement.parts}


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def test_a_value_that_settles_is_due_to_the_day() -> None:
    known = {"current_value": 10.0, "current_value_at": after(-3), "current_value_seen_at": DAY}
    settled = known | {"current_value": 20.0, "current_value_at": after(-1)}
    late = settled | {"current_value_seen_at": pd.Timestamp(after(1))}
    began = {"started_at": pd.Timestamp("2026-11-02T01:00", tz="UTC")}
    assert whys(moved(known | began, settled | {"as_of": after(1)})["current_value"]) == {
        ("new day",): 10.0
    }
    assert whys(moved(known | began, late | {"as_of": after(1)})["current_value"]) == {
        ("new value",): 10.0
    }


def test_progress_is_shared_among_what_is_replaced() -> None:
    found = moved(
        {"current_value": 20.0},
        {"current_value": 50.0, "target": 200.0, "baseline": 10.0, "as_of": after(1)},
    )
    value, baseline = 0.5 - 0.2, (50 - 10) / 90 - 0.5
    target = 40 / 190 - 40 / 90
    assert whys(found["progress"]) == {
        ("new value",): pytest.approx(value),
        ("new target",): pytest.approx(target),
        ("new baseline",): pytest.approx(baseline),
    }


def test_a_first_measurement_that_serves_as_the_baseline_is_a_value() -> None:
    first = {"baseline_source": "first measurement of the cycle"}
    found = moved(
        first | {"current_value": 20.0, "baseline": 20.0},
        first | {"current_value": 20.0, "baseline": 10.0, "as_of": after(1)},
    )
    assert set(whys(found["progress"])) == {("new value",)}


def test_a_reading_of_the_same_value_is_no_new_value() -> None:
    known = {"current_value": 63.25, "current_value_at": DAY, "attainment_probability": 0.5}
    read = known | {"current_value_at": after(1), "as_of": after(1), "attainment_probability": 0.4}
    found = moved(known, read, read | {"current_value": 64.0, "current_value_at": after(2)})
    assert whys(found["attainment_probability"]) == {("new reading",): -0.1}
    assert whys(found["current_value"]) == {("new value",): 0.75}


def test_a_day_that_was_computed_again_later_is_no_reading_of_the_next() -> None:
    again = {"current_value": 63.25, "current_value_at": DAY, "attainment_probability": 0.5}
    again |= {"current_value_seen_at": after(9)}
    then = {"as_of": after(1), "current_value_seen_at": DAY, "attainment_probability": 0.4}
    assert whys(moved(again, then)["attainment_probability"]) == {("new day",): -0.1}
    (back,) = whys(moved(again | then, again | {"as_of": DAY})["attainment_probability"])
    assert "new reading" in back  # who compares the other way round is told what differs
    later = then | {"current_value_seen_at": after(10)}
    assert whys(moved(again, later)["attainment_probability"]) == {("new reading",): -0.1}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"settings": "other"}, ("new settings",)),
        ({"code": "other"}, ("new code",)),
        ({"code": "other", "settings": "other"}, ("new settings", "new code")),
        ({"code": None, "settings": None}, ("something else",)),  # an older run does not tell
        ({}, ("something else",)),
    ],
)
def test_what_the_inputs_do_not_explain(changed: dict[str, Any], why: tuple[str, ...]) -> None:
    before = {"current_value": 20.0, "progress": 0.2}
    found = moved(before, before | {"progress": 0.3} | changed)
    assert whys(found["progress"]) == {why: 0.1}


def test_between_two_units_there_is_no_halfway() -> None:
    found = moved(
        {"current_value": 2.0, "unit": "days"},
        {"current_value": 48.0, "unit": "hours", "progress": 0.4},
    )
    assert (found["current_value"].change, found["current_value"].parts) == (None, ())
    assert found["current_value"].why == ("new definition",)
    assert whys(found["progress"]) == {("new definition",): 0.38}


def test_a_gap_is_bridged() -> None:
    found = moved(
        {"current_value": 10.0},
        {"current_value": None, "value_state": "unreadable", "as_of": after(1)},
        {"current_value": 30.0, "value_state": "measured", "as_of": after(2)},
    )
    assert whys(found["current_value"]) == {("new value",): 20.0}
    assert found["current_value"].parts[0].days == (after(2),)


def test_a_level_tells_the_links_and_the_work() -> None:
    links = pd.DataFrame(
        [("KR-1", "2026-Q4", after(1), "SUP-1", "new link")], columns=NO_LINKS.columns
    )
    rows = frame(
        [
            {"computed_confidence": "low", "open_issues": 3},
            {"computed_confidence": "high", "open_issues": 2, "as_of": after(1)},
            {"computed_confidence": None, "as_of": after(2)},
            {"pace": "behind", "current_value": 3.0, "open_issues": 5, "as_of": after(3)},
        ]
    )
    (found,) = level_changes(rows, links).values()
    assert found == [
        LevelChange("computed_confidence", after(1), "low", "high", ("new link", "linked work")),
        LevelChange("computed_confidence", after(2), "high", None, ("new day",)),
        LevelChange("pace", after(3), None, "behind", ("new value",)),
    ]


_ROWS = st.fixed_dictionaries(
    {
        "current_value": st.none() | st.floats(-50, 250),
        "attainment_probability": st.none() | st.floats(0, 1),
        "target": st.none() | st.sampled_from([0.0, 100.0, 120.0]),
        "target_high": st.none() | st.sampled_from([110.0, 150.0]),
        "baseline": st.none() | st.sampled_from([0.0, 10.0, 100.0]),
        "baseline_source": st.sampled_from(["declared", "first measurement of the cycle"]),
        "kind": st.sampled_from(
            ["increase", "decrease", "at least", "band", "yes/no", "milestones"]
        ),
        "unit": st.sampled_from(["count", "%"]),
        "settings": st.none() | st.sampled_from(["s", "t"]),
        "code": st.sampled_from(["c", "d"]),
        "current_value_at": st.none() | st.sampled_from([after(-2), after(-1), DAY]),
        "current_value_seen_at": st.none() | st.sampled_from([after(-2), DAY]),
        "computed_confidence": st.none() | st.sampled_from(["low", "high"]),
        "passed": st.integers(0, 2),
        "judged": st.booleans(),
    }
)


@pytest.mark.thorough
@settings(max_examples=6)
@given(histories=st.lists(st.lists(_ROWS, min_size=2, max_size=6), min_size=6, max_size=10))
def test_the_parts_add_up_to_the_whole(histories: list[list[dict[str, Any]]]) -> None:
    stills = []
    for rows in histories:
        day = 0
        for row in rows:
            day += row.pop("passed")
            row["as_of"] = after(day)
            if row.pop("judged"):  # by settings or a program that publish another progress
                row["progress"] = 0.123
        stills.append([rows[0], {"as_of": after(day + 1), "attainment_probability": 0.5}])
    whole = frame(*histories)
    of_key = dict(iter(whole.groupby("key_result_id")))
    for (key, _), many in movements(whole, NO_LINKS).items():
        for movement in many:
            values = of_key[key][movement.figure]
            assert movement.why
            assert set(movement.why) <= set(CAUSES)
            if movement.change is None:
                assert movement.parts == ()
                continue
            assert movement.change == values.iloc[-1] - values.iloc[0]
            together = math.fsum(part.change for part in movement.parts)
            assert together == pytest.approx(movement.change, abs=1e-9)
            assert {cause for part in movement.parts for cause in part.why} == set(movement.why)
            assert all(part.change and part.days for part in movement.parts)
    for movement in (one for many in movements(frame(*stills), NO_LINKS).values() for one in many):
        assert movement.why == ("new day",)
