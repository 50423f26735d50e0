"""Recomputing the values of 50,000 Key Results from a year of weekly measurements.

What belongs here: seconds and memory per step, against a plain loop over a sample. What does not:
correctness (``tests/okr_model/progress/test_value_oracle.py``).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import numpy as np
import pandas as pd

from benchmarks.memory import peak_megabytes
from okr_model.progress.progress import compute_progress
from okr_model.progress.value_series import all_measurements, cycle_series, latest_values

T = TypeVar("T")

KEY_RESULTS = 50_000
WEEKS = 52
AS_OF = date(2026, 12, 31)
_SAMPLE = 2_000


def main() -> int:
    """Measure and report; 1 if it took 15 seconds or more."""
    rows, measurements = generate(np.random.default_rng(5))
    print(f"{KEY_RESULTS:,} Key Results, {len(measurements):,} measurements, as of {AS_OF}")
    none = pd.DataFrame(columns=["key_result_id", "date", "value", "value_text", "problem"])
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        done = work()
        spent[name] = time.perf_counter() - began
        return done

    started = time.process_time()
    known = timed("one frame of measurements", lambda: all_measurements(rows, measurements, none))
    series = timed("one series a Key Result", lambda: cycle_series(rows, known, AS_OF))
    values = timed("latest values", lambda: latest_values(rows, series))
    found = rows.assign(**values.drop(columns=["key_result_id", "cycle_id"]))
    timed("progress and pace", lambda: compute_progress(found, AS_OF))
    for name, seconds in spent.items():
        print(f"  {name:28} {seconds:6.2f} s")
    total, busy = sum(spent.values()), time.process_time() - started
    peak = peak_megabytes()
    print(f"  all {total:30.2f} s ({busy:.2f} s of processor), {peak:,.0f} MB")
    plain = _plainly(measurements, found)
    print(
        f"  plain Python, {_SAMPLE:,} of them: {plain:.2f} s,"
        f" {plain / _SAMPLE * KEY_RESULTS:.0f} s for all"
    )
    return 1 if total >= 15 else 0


def generate(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Key Results of one yearly cycle, with a value per week.

    Every second one has phases, every tenth its own start.
    """
    ids = pd.Series([f"KR-{n}" for n in range(KEY_RESULTS)], dtype="str")
    days = dict.fromkeys(["cycle_start", "cycle_end", "due_on"], "datetime64[us]")
    rows = pd.DataFrame({"key_result_id": ids, "cycle_id": "2026", "kind": "increase", "unit": "%"})
    rows = rows.assign(baseline=0.0, target=100.0, target_high=np.nan, cycle_start="2026-01-01")
    rows = rows.assign(cycle_end="2026-12-31", due_on="2026-12-31").astype(days)
    tenth, odd = np.arange(KEY_RESULTS) % 10 == 0, np.arange(KEY_RESULTS) % 2 == 1
    own = pd.Series(np.where(tenth, np.datetime64("2026-02-01", "us"), np.datetime64("NaT", "us")))
    path = pd.Series(np.where(odd, "2026-06-30: 30; 2026-12-30: 90", None), dtype="str")
    rows = rows.assign(starts_on=own, phases=path)
    of = np.repeat(np.arange(KEY_RESULTS), WEEKS)
    weeks = np.tile(np.arange(WEEKS), KEY_RESULTS)
    dates = np.datetime64("2026-01-02", "us") + weeks * np.timedelta64(7, "D")
    measurements = pd.DataFrame(
        {
            "key_result_id": ids.to_numpy()[of],
            "date": dates,
            "measure": "sheets",
            "value": rng.random(len(of)) * 100,
            "unit": "%",
            "field": "Value",
            "source": "sheets",
            "record_id": np.arange(len(of)).astype("str"),
            "seen_at": pd.Timestamp("2026-12-31", tz="UTC"),
        }
    )
    return rows, measurements.sample(frac=1, random_state=1, ignore_index=True)


def _plainly(measurements: pd.DataFrame, rows: pd.DataFrame) -> float:
    """Seconds of a loop over the measurements of some Key Results, with the same results."""
    names = set(rows["key_result_id"].head(_SAMPLE))
    mine = measurements[measurements["key_result_id"].isin(names)]
    records = mine[["key_result_id", "date", "value"]].to_dict("records")
    began = time.perf_counter()
    last: dict[str, tuple[pd.Timestamp, float]] = {}
    for record in records:
        key = record["key_result_id"]
        if key not in last or record["date"] > last[key][0]:
            last[key] = (record["date"], record["value"])
    seconds = time.perf_counter() - began
    current = rows.set_index("key_result_id")["current_value"]
    assert all(current[key] == value for key, (_, value) in last.items())
    return seconds


if __name__ == "__main__":
    sys.exit(main())
