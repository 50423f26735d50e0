"""Scores the attainment probability and its baselines on any folder of series.

    python -m benchmarks.forecast.run --fetch FOLDER           # the public series, once
    python -m benchmarks.forecast.run FOLDER                   # the build half: to develop on
    python -m benchmarks.forecast.run FOLDER --report          # the report half: to state
    python -m benchmarks.forecast.run --speed                  # 50,000 Key Results, timed

What belongs here: running ``okr_model.forecast.forecast.compute_forecast`` on the questions, and
printing the scores. What does not: the format of the folder (``data``), the rule for targets
(``questions``), the baselines (``baselines``), the scores (``scores``).

Slices: points observed, alone and with each of collection (the file), period (the last part of its
name), way (to go, to hold) and path so far (steady, unsteady). A decile is shown from 100 questions
on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecast.baselines import baseline_answers
from benchmarks.forecast.data import fetch_public_series, half_of, read_series
from benchmarks.forecast.questions import OBSERVED, WINDOW, Questions, ask
from benchmarks.forecast.scores import bootstrap_mean, brier, reliability, sharpness
from okr_model.forecast.forecast import compute_forecast
from okr_model.forecast.pace_odds import learn_odds

OURS = "okr"
UNLEARNT = "okr, unlearnt"
START = pd.Timestamp(2026, 10, 1)
MARGIN = 0.01
POPULATED = 100
Numbers = NDArray[np.float64]


def our_answers(questions: Questions, past: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Our forecast for each question, with the index of ``asked``.

    Each question becomes a Key Result of one cycle with weekly readings; ``as_of`` is the day of
    the last reading.

    Args:
        questions: The questions.
        past: The learned odds by collection; None to learn nothing.
    """
    parts = [
        _forecasts(questions, rows, (past or {}).get(str(collection), 1.0))
        for (_, collection), rows in questions.asked.groupby(["observed", "collection"])
    ]
    return pd.concat(parts).sort_index()


def learnt(past: Questions, but: Questions | None = None) -> dict[str, float]:
    """The odds learned from each collection, which represents an organization's past.

    Args:
        past: The windows to learn from.
        but: Windows whose series are excluded; None excludes nothing.
    """
    found = {}
    windows = past.asked.drop_duplicates("window")
    hidden = set() if but is None else set(but.asked["series"])
    windows = windows[~windows["series"].isin(hidden)]
    for collection, rows in windows.groupby("collection"):
        names = rows["window"].astype("str").to_numpy()
        days = START + pd.to_timedelta(7 * np.arange(WINDOW), unit="D")
        key_results = pd.DataFrame({"key_result_id": names, "cycle_id": "cycle"}).assign(
            cycle_end=days[-1], due_on=days[-1]
        )
        series = pd.DataFrame(
            {
                "key_result_id": np.repeat(names, WINDOW),
                "cycle_id": "cycle",
                "date": np.tile(days, len(names)),
                "value": past.windows[rows["window"].to_numpy()].ravel(),
            }
        )
        after = (days[-1] + pd.Timedelta(days=1)).date()
        found[str(collection)] = learn_odds(key_results, series, after)
    return found


def _forecasts(questions: Questions, asked: pd.DataFrame, odds: float) -> pd.DataFrame:
    observed = int(asked["observed"].iloc[0])
    rows = pd.DataFrame(
        {
            "key_result_id": asked.index.astype("str"),
            "cycle_id": "cycle",
            "kind": np.where(asked["rising"], "at least", "at most"),
            "unit": "count",
            "target": asked["target"].to_numpy(),
            "target_high": np.nan,
            "due_on": START + pd.Timedelta(weeks=WINDOW - 1),
        },
        index=asked.index,
    )
    days = START + pd.to_timedelta(7 * np.arange(observed), unit="D")
    series = pd.DataFrame(
        {
            "key_result_id": np.repeat(rows["key_result_id"].to_numpy(), observed),
            "cycle_id": "cycle",
            "date": np.tile(days, len(rows)),
            "value": questions.windows[asked["window"].to_numpy(), :observed].ravel(),
        }
    )
    as_of: date = days[-1].date()
    return compute_forecast(rows, series, as_of, odds)


def main() -> None:
    """Fetch, or score one half and print the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument("--fetch", action="store_true", help="write the public series there")
    parser.add_argument("--report", action="store_true", help="score the report half")
    parser.add_argument("--speed", action="store_true", help="time 50,000 Key Results")
    arguments = parser.parse_args()
    if arguments.speed:
        _print_speed(50_000)
        return
    if arguments.fetch:
        fetch_public_series(arguments.folder)
        return
    series = read_series(arguments.folder)
    build = ask([one for one in series if half_of(one) == "build"])
    half = "report" if arguments.report else "build"
    scored = [one for one in series if half_of(one) == half]
    questions = ask(scored) if arguments.report else build
    print(
        f"{half} half: {len(scored):,} series, {len(questions.windows):,} windows,"
        f" {len(questions.asked):,} questions"
    )
    began = time.perf_counter()
    ours = _report_answers(questions, build) if arguments.report else _build_answers(build)
    print(f"answered in {time.perf_counter() - began:.1f} s")
    unlearnt = our_answers(questions)
    answers = {OURS: ours["attainment_probability"].to_numpy("float64")}
    answers[UNLEARNT] = unlearnt["attainment_probability"].to_numpy("float64")
    answers |= baseline_answers(questions, build)
    _print_brier(questions, answers)
    _print_slices(questions, answers)
    _print_reliability(questions, answers[OURS])
    _print_range(questions, ours)


def _print_speed(count: int) -> None:
    """Seconds for ``count`` Key Results with thirteen readings, and for learning from them."""
    random = np.random.default_rng(1)
    walks = random.normal(1.0, 2.0, size=(count, WINDOW - 1)).cumsum(axis=1)
    days = START + pd.to_timedelta(7 * np.arange(WINDOW - 1), unit="D")
    names = np.char.add("KR-", np.arange(count).astype("str"))
    series = pd.DataFrame(
        {
            "key_result_id": np.repeat(names, WINDOW - 1),
            "cycle_id": "cycle",
            "date": np.tile(days, count),
            "value": walks.ravel(),
        }
    )
    rows = pd.DataFrame({"key_result_id": names, "cycle_id": "cycle", "kind": "at least"}).assign(
        unit="count",
        target=20.0,
        target_high=np.nan,
        due_on=days[-1] + pd.Timedelta(weeks=1),
        cycle_end=days[-1],
    )
    for what, work in (
        ("forecast", lambda: compute_forecast(rows, series, days[-1].date())),
        ("learn from past cycles", lambda: learn_odds(rows, series, date(2100, 1, 1))),
    ):
        began = time.perf_counter()
        work()
        print(f"{what}: {count:,} Key Results in {time.perf_counter() - began:.2f} s")


def _report_answers(questions: Questions, build: Questions) -> pd.DataFrame:
    """Answers for the report half, with odds learned from the same collection's build half."""
    past = learnt(build)
    _print_learnt("from the build half", past)
    return our_answers(questions, past)


def _build_answers(build: Questions) -> pd.DataFrame:
    """Answers for the build half in two parts, each with odds learned from the other."""
    parts = []
    for part in (0, 1):
        rows = build.asked[build.asked["series"] % 2 == part]
        mine = Questions(build.windows, rows)
        past = learnt(build, but=mine)
        _print_learnt(f"from part {2 - part} of 2", past)
        parts.append(our_answers(mine, past))
    return pd.concat(parts).sort_index()


def _print_learnt(where: str, past: Mapping[str, float]) -> None:
    told = ", ".join(f"{name} {odds:.3g}" for name, odds in past.items())
    print(f"odds learnt {where}: {told}")


def _by_points(asked: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for observed in OBSERVED:
        yield f"{observed} points", (asked["observed"] == observed).to_numpy()
    yield "all", np.ones(len(asked), dtype="bool")


def _print_brier(questions: Questions, answers: dict[str, Numbers]) -> None:
    asked = questions.asked
    met, series = asked["met"].to_numpy("float64"), asked["series"].to_numpy()
    for title, mask in _by_points(asked):
        print(f"\nBrier score, {title}: 95 % interval; method less okr, paired; sharpness")
        loss = (answers[OURS] - met) ** 2
        for name, stated in answers.items():
            score = brier(stated[mask], met[mask], series[mask])
            gap = bootstrap_mean(((stated - met) ** 2 - loss)[mask], series[mask])
            print(f"  {name:<14}{score}   {gap}   {sharpness(stated[mask]):.3f}")
        unknown = float(np.isnan(answers[OURS][mask]).mean())
        print(f"  not enough evidence: {unknown:.1%} of questions")


def _print_slices(questions: Questions, answers: dict[str, Numbers]) -> None:
    asked = questions.asked.assign(period=questions.asked["collection"].str.split("-").str[-1])
    met = asked["met"].to_numpy("float64")
    losses = {name: (stated - met) ** 2 for name, stated in answers.items()}
    rows = []
    for name in ("collection", "period", "way", "path"):
        for (observed, value), places in asked.groupby(["observed", name]).indices.items():
            means = {method: float(np.nanmean(loss[places])) for method, loss in losses.items()}
            ours = means.pop(OURS)
            means.pop(UNLEARNT)
            best = min(means, key=lambda method: means[method])
            rows.append((ours - means[best], f"{observed:>2} points, {name} {value}", best, places))
    missed = [row for row in rows if row[0] > MARGIN]
    print(f"\nSlices: {len(rows)}; worse than the best baseline by over {MARGIN}: {len(missed)}")
    print("The ten worst: okr less the best baseline there, 95 % interval, paired")
    for _, name, best, places in sorted(rows, key=lambda row: -row[0])[:10]:
        gaps = (losses[OURS] - losses[best])[places]
        gap = bootstrap_mean(gaps, asked["series"].to_numpy()[places])
        number = asked["series"].iloc[places].nunique()
        stated = ", ".join(f"{one} {np.nanmean(losses[one][places]):.4f}" for one in (OURS, best))
        print(f"  {gap}  {name}, {number} series: {stated}")


def _print_reliability(questions: Questions, stated: Numbers) -> None:
    asked = questions.asked
    met, way = asked["met"].to_numpy("float64"), (asked["way"] == "to go").to_numpy()
    masks = [*_by_points(asked), ("targets to go to, all points", way)]
    for title, mask in masks:
        rows = reliability(stated[mask], met[mask])
        rows = rows[rows["questions"] >= POPULATED]
        worst = (rows["observed"] - rows["stated"]).abs().max()
        print(f"\nReliability, {title}: largest distance in a populated decile {worst:.3f}")
        print("  decile     questions  stated  observed")
        for decile, row in rows.iterrows():
            span = f"{int(str(decile)) * 10}–{int(str(decile)) * 10 + 10} %"
            numbers = f"{row['stated']:.3f}   {row['observed']:.3f}"
            print(f"  {span:<10}{row['questions']:>10,.0f}  {numbers}")


def _print_range(questions: Questions, ours: pd.DataFrame) -> None:
    """How often the outcome was between the 10th and the 90th percentile."""
    first = ~questions.asked.duplicated(["window", "observed"])
    asked, ours = questions.asked[first], ours[first]
    end = questions.windows[asked["window"].to_numpy(), -1]
    inside = (ours["forecast_low"] <= end) & (end <= ours["forecast_high"])
    print("\nEnds between the 10th and 90th percentile (80 % should be)")
    for title, mask in _by_points(asked):
        for path in ("steady", "unsteady"):
            chosen = mask & (asked["path"] == path).to_numpy()
            print(f"  {title:<10}{path} paths: {inside[chosen].mean():.1%} of {chosen.sum():,}")


if __name__ == "__main__":
    main()
