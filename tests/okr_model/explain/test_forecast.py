from __future__ import annotations

import math
import re
import statistics
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from okr_model.explain.forecast import forecast_lines
from okr_model.forecast.ends import Factors
from okr_model.forecast.forecast import NO_LESSONS, compute_forecast
from okr_model.forecast.past_paths import Lessons
from okr_model.progress.value_series import all_measurements, cycle_series
from tests.support.key_result_frames import NO_CHECK_INS, definitions, measured, measurements
from tests.support.past_paths import learnt_from, walks

TODAY = date(2026, 11, 28)
POINTS = [(1, 20.0), (8, 26.0), (15, 31.0), (29, 47.0), (36, 50.0), (57, 70.0)]


def told(
    definition: dict[str, Any],
    points: list[tuple[int, float]],
    path: str = "level",
    lessons: Lessons = NO_LESSONS,
) -> tuple[str, float | None]:
    """What is printed, and the published probability."""
    one = definitions(definition).assign(path=path, path_reason="its record declares it")
    rows = measurements(measured("KR-1", points))
    series = cycle_series(one, all_measurements(one, rows, NO_CHECK_INS), TODAY)
    row = one.iloc[0].to_dict() | compute_forecast(one, series, TODAY, lessons).iloc[0].to_dict()
    facts = {
        name: value if isinstance(value, list) or not pd.isna(value) else None
        for name, value in row.items()
    }
    facts |= {"as_of": TODAY, "due_on": pd.Timestamp(row["due_on"]).date()}
    return " | ".join(forecast_lines(facts, one, series)), facts["attainment_probability"]


def number(text: str, before: str) -> float:
    found = re.search(before + r"(-?[\d.]+(?:e-?\d+)?)", text)
    assert found, f"{before} is not in {text}"
    return float(found.group(1))


@pytest.mark.parametrize(("kind", "sign"), [("increase", 1), ("decrease", -1)])
def test_the_printed_readings_are_all_it_takes(kind: str, sign: int) -> None:
    text, stated = told({"kind": kind, "target": 100 * sign}, [(d, sign * v) for d, v in POINTS])
    listed = re.findall(r"(\d{4}-\d{2}-\d{2}) (-?[\d.]+)", text.split(" | ")[0])
    days = [date.fromisoformat(day).toordinal() for day, _ in listed]
    values = [float(value) for _, value in listed]
    left, seen, before = number(text, "-27 = "), days[-1] - days[0], days[-2] - days[0]
    drift, earlier = (values[-1] - values[0]) / seen, (values[-2] - values[0]) / before
    steps = zip(days[:-2], values[:-2], days[1:-1], values[1:-1], strict=True)
    noise = sum((w - v - earlier * (e - d)) ** 2 / (e - d) for d, v, e, w in steps) / 3
    pull = earlier**2 * before
    kept = pull / (pull + noise * (1 + 4 / 9)) * before / (before + left / 7)
    usual = statistics.median(values[:-1])
    back = 0.3 * (1 - kept) * (values[-1] - usual)
    centre = values[-1] + kept * drift * left - back
    spread = math.sqrt(noise * left / 16 + kept * (1 - kept) * (earlier * left) ** 2)
    away = (100 * sign - centre) / spread
    likely = 0.5 - sign * math.atan(away) / math.pi
    assert number(text, "last step, = ") == pytest.approx(math.sqrt(noise), rel=1e-5)
    assert number(text, r"/7\) = ") == pytest.approx(kept, rel=1e-5)
    assert number(text, r"usual\) = ") == pytest.approx(centre, rel=1e-5)
    assert number(text, r"Spread: [^=]*= ") == pytest.approx(spread, rel=1e-5)
    assert number(text, r"Distance: t = [^=]*= ") == pytest.approx(away, rel=1e-4)
    assert number(text, "Probability that the target is met: ") == stated
    assert stated == pytest.approx(likely, abs=5e-5)
    assert f"½ {'−' if sign > 0 else '+'} arctan(t) / π" in text


def test_the_printed_terms_of_a_counter_are_all_it_takes() -> None:
    text, stated = told({}, POINTS, "counter")
    days, values = [day for day, _ in POINTS], [value for _, value in POINTS]
    drift, recent = (values[-1] - values[0]) / 56, (values[-1] - values[3]) / 28
    pace = 0.75 * drift + 0.25 * recent
    earlier = (values[-2] - values[0]) / 35
    steps = zip(days[:-2], values[:-2], days[1:-1], values[1:-1], strict=True)
    noise = sum((w - v - earlier * (e - d)) ** 2 / (e - d) for d, v, e, w in steps)
    noise = math.sqrt((noise + 7 * (0.2 * drift) ** 2) / 4)
    left = 91 - 57
    centre, spread = values[-1] + pace * left, noise * math.sqrt(left * (1 + left / 56))
    assert number(text, "recent = ") == pytest.approx(pace, rel=1e-5)
    assert number(text, r"p·h = ") == pytest.approx(centre, rel=1e-5)
    assert number(text, r"h/D\)\) = ") == pytest.approx(spread, rel=1e-5)
    u = (100 - centre) / spread / math.sqrt(3)
    likely = 0.5 - (u / (1 + u * u) + math.atan(u)) / math.pi
    assert stated == pytest.approx(likely, abs=5e-5)
    assert "Kind of path: counter, because its record declares it" in text


def test_a_band_names_both_distances() -> None:
    text, stated = told({"kind": "band", "target": 80, "target_high": 100}, POINTS)
    low, high = (float(found) for found in re.findall(r"Distance: t = [^=]*= (-?[\d.]+)", text))
    assert stated == pytest.approx((math.atan(high) - math.atan(low)) / math.pi, abs=1e-4)


def test_the_least_doubt_decides_where_nothing_ever_moved() -> None:
    text, stated = told({}, [(day, 5.0) for day, _ in POINTS])
    assert "did not move" in text
    assert "No spread" in text
    assert "34 / (14 × 90) = 0.0269841" in text
    assert stated == pytest.approx(0.0270)


@pytest.mark.parametrize(
    ("definition", "points", "words"),
    [
        ({}, POINTS[:3], "Not enough evidence for a probability: 3 days with a reading"),
        ({"target": None}, POINTS, "There is no target"),
        ({"kind": "yes/no", "target": 1}, [(1, 0.0)], "only once it is due"),
        ({"due_on": TODAY}, POINTS, "settled by the last reading up to then, 70; probability 0"),
        ({"unit": "%", "target": 80}, POINTS, "shown within 0 and 100"),
        ({"unit": "hours"}, POINTS, "shown no lower than 0"),
        ({"kind": "milestones", "unit": "%"}, POINTS, "Milestones are met at the whole, 100"),
    ],
)
def test_special_cases_are_explained(
    definition: dict[str, Any], points: list[tuple[int, float]], words: str
) -> None:
    assert words in told(definition, points)[0]


def test_what_past_cycles_teach_is_printed_where_it_changes_something() -> None:
    plain, _ = told({}, POINTS)
    assert "Past cycles" not in plain
    text, stated = told({}, POINTS, lessons=Lessons({"level": Factors(pace_odds=2.0)}))
    alone, kept = number(plain, r"/7\) = "), number(text, r"1·w\) = ")
    assert number(text, r"/7\) = ") == pytest.approx(alone, rel=1e-5)
    assert kept == pytest.approx(2 * alone / (1 + alone), rel=1e-5)
    assert number(text, "Probability that the target is met: ") == stated


@pytest.mark.parametrize("path", ["level", "counter"])
def test_the_like_paths_and_the_formula_make_the_probability(path: str) -> None:
    lessons = learnt_from(np.vstack([walks(40, 1.0), walks(40, 2.0, stops_after=6)]), path)
    text, stated = told({"target": 90}, POINTS, path, lessons)
    found = re.search(
        r"Together: \((\d+) × ([\d.]+) \+ ([\d.]+) × ([\d.]+)\) / ([\d.]+) = ([\d.]+)", text
    )
    assert found
    like, met, counts, formula, both, together = (float(one) for one in found.groups())
    assert both == like + counts
    assert together == pytest.approx((like * met + counts * formula) / both, rel=1e-4)
    assert stated == pytest.approx(together, abs=5e-5)
    assert re.search("the nearest: KR-[0-9]+ of 2026-Q4, ", text)


@pytest.mark.parametrize("path", ["level", "counter"])
def test_the_printed_ends_make_the_range(path: str) -> None:
    lessons = learnt_from(np.vstack([walks(40, 1.0), walks(40, 2.0, stops_after=6)]), path)
    text, _ = told({"target": 90}, POINTS, path, lessons)
    ends = r"(-?[\d.]+) … (-?[\d.]+)"
    formula, like, shown = (
        [float(end) for end in found.groups()]
        for words in ("spread: ", "would end here at ", "from their middle, [^;]*; ")
        if (found := re.search(words + ends, text))
    )
    together = re.search(r"Together: \((\d+) × .* \+ ([\d.]+) × ", text)
    assert together
    number_of, counts = (float(one) for one in together.groups())
    weight = number_of / (number_of + counts)
    low, high = (f + weight * (of_like - f) for f, of_like in zip(formula, like, strict=True))
    factor = number(text, "Range: both ends ")
    middle, half = (low + high) / 2, factor * (high - low) / 2
    floor = 70.0 if path == "counter" else -math.inf
    centre = number(text, r"usual\) = " if path == "level" else r"p·h = ")
    ends_of = [max(min(middle - half, centre), floor), max(middle + half, centre)]
    assert shown == pytest.approx(ends_of, rel=1e-4)


def test_a_last_reading_that_may_be_an_error_counts_half() -> None:
    text, stated = told({}, [*POINTS, (58, 700.0)])
    found = re.search(r"without it the probability is ([\d.]+)", text)
    assert found
    formula = number(text, "Probability by the formula: ")
    assert stated == pytest.approx((formula + float(found.group(1))) / 2, abs=1e-4)
    text, _ = told({}, [*POINTS[:3], (20, 400.0), *POINTS[3:]])
    assert "Readings used: 6 of 7; left out: 1 as a likely error" in text


@pytest.mark.parametrize(
    ("last", "path", "likely"),
    [
        (70.0, "level", False),
        (95.0, "level", True),
        (70.0, "counter", False),
        (95.0, "counter", True),
    ],
)
def test_what_would_make_it_likely_is_told_where_it_is_not(
    last: float, path: str, likely: bool
) -> None:
    text, _ = told({}, [*POINTS[:-1], (57, last)], path)
    assert (number(text, "Probability by the formula: ") >= 0.7) == likely
    assert ("By the formula it is likely as it is: 70 % or more" in text) == likely
    if not likely:
        enough = number(text, "What would make it 70 % by the formula: a last reading of about ")
        again, _ = told({}, [*POINTS[:-1], (57, enough)], path)
        assert 0.69 <= number(again, "Probability by the formula: ") <= 0.78  # of 200 tried
