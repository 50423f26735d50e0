"""Fifty paths: what a sensible person would say of their chances, and what the forecast says.

    python -m benchmarks.forecast.sample_paths        # prints the table of docs/confidence.md

What belongs here: the paths and the ranges, which were written down before the forecast was asked.
What does not: scores over many paths (``run``).

The cycle has 91 days; weekly readings begin on its first day. Nothing is learned from past cycles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from okr_model.forecast.forecast import compute_forecast

START = date(2026, 10, 1)
DUE = 91
_WOBBLE = (0.0, 1.5, -1.0, 0.5, -1.5, 1.0, -0.5, 1.5, 0.0, -1.0, 1.0, -1.5, 0.5)


@dataclass(frozen=True, slots=True)
class Sample:
    """One path: its kind, target, readings by day, and the range of sensible chances."""

    name: str
    path: str
    readings: tuple[tuple[int, float], ...]
    low: float
    high: float
    target: float = 100.0
    kind: str = "increase"
    unit: str = "count"


def _weekly(number: int, pace: float, wobble: float = 0.0, start: float = 0.0) -> list[float]:
    """Weekly values at ``pace`` times the straight path from 0 to 100."""
    return [start + pace * 100 * n / 13 + wobble * _WOBBLE[n] for n in range(number)]


def _on(values: list[float], every: int = 7) -> tuple[tuple[int, float], ...]:
    return tuple((every * n, value) for n, value in enumerate(values))


def _with(values: list[float], place: int, value: float) -> tuple[tuple[int, float], ...]:
    return _on(
        [*values[:place], value, *values[place:][1:]] if place >= 0 else [*values[:-1], value]
    )


_NINE = _weekly(9, 1.0, 1.0)
_SLOWING = [0.0, 25.0, 45.0, 60.0, 72.0, 81.0, 87.0, 91.0, 93.5, 95.0]
_SCORE = [40.0 + wobble for wobble in _WOBBLE[:9]]
_DAILY = [100 * n / 91 + _WOBBLE[n % 13] for n in range(57)]

SAMPLES: tuple[Sample, ...] = (
    Sample("on its path, 4 readings", "counter", _on(_weekly(4, 1.0)), 0.35, 0.65),
    Sample("on its path, 9 readings", "counter", _on(_weekly(9, 1.0)), 0.35, 0.65),
    Sample("on its path, 12 readings", "counter", _on(_weekly(12, 1.0)), 0.35, 0.65),
    Sample("on its path, 4 readings", "level", _on(_weekly(4, 1.0)), 0.1, 0.5),
    Sample("on its path, 9 readings", "level", _on(_weekly(9, 1.0)), 0.1, 0.5),
    Sample("on its path, 12 readings", "level", _on(_weekly(12, 1.0)), 0.1, 0.5),
    Sample("on its path, uneven", "counter", _on(_NINE), 0.35, 0.65),
    Sample("on its path, uneven", "level", _on(_NINE), 0.1, 0.5),
    Sample("a fifth ahead", "counter", _on(_weekly(9, 1.2, 1.0)), 0.85, 1.0),
    Sample("a fifth ahead", "level", _on(_weekly(9, 1.2, 1.0)), 0.5, 0.9),
    Sample("a tenth ahead", "counter", _on(_weekly(9, 1.1, 1.0)), 0.7, 0.97),
    Sample("a tenth behind", "counter", _on(_weekly(9, 0.9, 1.0)), 0.02, 0.3),
    Sample("a tenth behind", "level", _on(_weekly(9, 0.9, 1.0)), 0.05, 0.35),
    Sample("half of its pace", "counter", _on(_weekly(9, 0.5, 1.0)), 0.0, 0.05),
    Sample("half of its pace", "level", _on(_weekly(9, 0.5, 1.0)), 0.0, 0.15),
    Sample("tenfold error in the last", "counter", _with(_NINE, -1, 610.0), 0.4, 0.8),
    Sample("tenfold error in the last", "level", _with(_NINE, -1, 610.0), 0.3, 0.8),
    Sample("tenfold error in the middle", "counter", _with(_NINE, 4, 310.0), 0.35, 0.65),
    Sample("tenfold error in the middle", "level", _with(_NINE, 4, 310.0), 0.1, 0.5),
    Sample("tenfold error in the last but one", "counter", _with(_NINE, 7, 535.0), 0.35, 0.65),
    Sample("tenfold error in the last but one", "level", _with(_NINE, 7, 535.0), 0.1, 0.5),
    Sample(
        "tenfold error in the first", "level", _with([5 + v for v in _NINE], 0, 500.0), 0.1, 0.6
    ),
    Sample("a tenth, by error, in the middle", "counter", _with(_NINE, 4, 3.1), 0.35, 0.65),
    Sample("an error in a flat score", "level", _with(_SCORE, 4, 400.0), 0.0, 0.1),
    Sample("a step after flat weeks", "level", _on([20.0] * 8 + [60.0]), 0.0, 0.2),
    Sample("a step past it after flat weeks", "level", _on([20.0] * 8 + [110.0]), 0.6, 0.98),
    Sample("a step after flat weeks", "counter", _on([20.0] * 8 + [60.0]), 0.01, 0.5),
    Sample("two weeks since a step", "level", _on([20.0] * 7 + [60.0, 61.0]), 0.0, 0.3),
    Sample("slowing towards it", "counter", _on(_SLOWING), 0.4, 0.9),
    Sample("slowing towards it", "level", _on(_SLOWING), 0.4, 0.9),
    Sample("fast start, then flat", "counter", _on([0, 40, 80, 80, 80, 80, 80, 80, 80]), 0.1, 0.6),
    Sample("met already", "counter", _on(_weekly(9, 1.8, 1.0)), 0.97, 1.0),
    Sample("met already, by much", "level", _on(_weekly(9, 2.5, 1.0)), 0.9, 1.0),
    Sample(
        "met just now, usually below",
        "level",
        _on([*(90 + w for w in _WOBBLE[:8]), 100.5]),
        0.2,
        0.6,
    ),
    Sample("daily readings, on its path", "counter", _on(_DAILY, 1), 0.3, 0.65),
    Sample("daily readings, on its path", "level", _on(_DAILY, 1), 0.1, 0.5),
    Sample("the same, weekly", "counter", _on(_DAILY[::7]), 0.3, 0.65),
    Sample("the same, weekly", "level", _on(_DAILY[::7]), 0.1, 0.5),
    Sample(
        "three weeks missing, on its path", "counter", _on(_NINE)[:3] + _on(_NINE)[6:], 0.35, 0.65
    ),
    Sample("three weeks missing, on its path", "level", _on(_NINE)[:3] + _on(_NINE)[6:], 0.1, 0.5),
    Sample("no reading for four weeks", "counter", _on(_weekly(9, 1.2, 1.0)), 0.85, 1.0),
    Sample("flat at half", "level", _on([50.0] * 9), 0.0, 0.05),
    Sample("flat at half", "counter", _on([50.0] * 9), 0.0, 0.05),
    Sample("flat on the target", "level", _on([100.0] * 9), 0.8, 1.0),
    Sample("a noisy score, far below", "level", _on(_SCORE), 0.0, 0.1),
    Sample("a noisy score about its target", "level", _on(_SCORE), 0.3, 0.7, target=40.0),
    Sample(
        "a rate near 100 %", "level", _on([97 + w for w in _WOBBLE[:9]]), 0.05, 0.5, 99.0, unit="%"
    ),
    Sample(
        "hours that fall on their path",
        "level",
        _on([100 - v for v in _NINE]),
        0.1,
        0.5,
        0.0,
        "decrease",
        "hours",
    ),
    Sample(
        "hours already low",
        "level",
        _on([4 + w / 5 for w in _WOBBLE[:9]]),
        0.75,
        1.0,
        5.0,
        "at most",
        "hours",
    ),
    Sample(
        "milestones, two thirds at two thirds",
        "counter",
        _on(_weekly(9, 1.0)),
        0.35,
        0.65,
        unit="%",
    ),
    Sample("a week left, a little short", "counter", _on(_weekly(13, 0.99, 0.2)), 0.2, 0.6),
    Sample("a week left, far short", "level", _on(_weekly(13, 0.6, 1.0)), 0.0, 0.05),
)


def sample_chances() -> pd.Series:
    """What the forecast says of each sample, in their order."""
    rows = pd.DataFrame(
        {
            "key_result_id": [f"{n:03}" for n in range(len(SAMPLES))],
            "cycle_id": "cycle",
            "kind": [one.kind for one in SAMPLES],
            "unit": [one.unit for one in SAMPLES],
            "path": [one.path for one in SAMPLES],
            "target": [one.target for one in SAMPLES],
            "target_high": float("nan"),
            "due_on": pd.Timestamp(START + timedelta(days=DUE)),
        }
    )
    readings = [
        (name, "cycle", pd.Timestamp(START + timedelta(days=day)), float(value))
        for name, one in zip(rows["key_result_id"], SAMPLES, strict=True)
        for day, value in one.readings
    ]
    series = pd.DataFrame(readings, columns=["key_result_id", "cycle_id", "date", "value"])
    as_of = START + timedelta(days=DUE - 1)
    return compute_forecast(rows, series, as_of)["attainment_probability"]


def table_lines() -> list[str]:
    """The table, one line a sample."""
    lines = ["| path | kind | sensible | stated |", "|---|---|---|---|"]
    for one, stated in zip(SAMPLES, sample_chances(), strict=True):
        mark = "" if one.low <= stated <= one.high else " (outside)"
        sensible = f"{100 * one.low:.0f} to {100 * one.high:.0f} %"
        lines.append(f"| {one.name} | {one.path} | {sensible} | {100 * stated:.0f} %{mark} |")
    return lines


def main() -> None:
    """Print the table."""
    print("\n".join(table_lines()))


if __name__ == "__main__":
    main()
