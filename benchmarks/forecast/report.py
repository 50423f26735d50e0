"""Prints the report of a benchmark run.

What belongs here: tables of scores, slices, reliability and ranges. What does not: the scores
themselves (``scores``).

The headline is the reliability of targets to go to: targets that the baseline, or a counter's last
point, does not meet yet. Slices: points observed, alone and with each of collection (the file),
period (the last part of its name), way (to go, to hold) and path so far (steady, unsteady). A
decile or slice is shown from 100 questions on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecast.questions import OBSERVED, Questions
from benchmarks.forecast.scores import auc, bootstrap_mean, brier, log_loss, reliability, sharpness
from okr_model.forecast.past_paths import Lessons

OURS = "okr"
UNLEARNT = "okr, unlearnt"
CEILING = "boosting"
MARGIN = 0.01
POPULATED = 100
Numbers = NDArray[np.float64]


def print_report(
    title: str, questions: Questions, answers: dict[str, Numbers], ours: pd.DataFrame
) -> None:
    """The whole report about one kind of path."""
    series, windows = questions.asked["series"].nunique(), questions.asked["window"].nunique()
    number = len(questions.asked)
    print(f"\n===== {title}: {series:,} series, {windows:,} windows, {number:,} questions")
    _print_brier(questions, answers)
    _print_ways(questions, answers)
    _print_slices(questions, answers)
    _print_reliability(questions, answers[OURS])
    _print_range(questions, ours)


def print_factors(kind: str, taught: Mapping[str, Lessons]) -> None:
    """What each collection teaches about one kind of path."""
    for name, lessons in taught.items():
        factors = lessons.factors.get(kind)
        paths = (lessons.outcomes["path"] == kind).sum()
        print(f"learnt, {kind}s of {name}: {factors or 'nothing'}, {paths:,} outcomes")


def _print_ways(questions: Questions, answers: dict[str, Numbers]) -> None:
    asked = questions.asked
    met = asked["met"].to_numpy("float64")
    for way in ("to go", "to hold"):
        chosen = (asked["way"] == way).to_numpy()
        print(f"\nTargets {way}, {chosen.sum():,} questions: Brier score, log loss, AUC")
        for name, stated in answers.items():
            here, there = stated[chosen], met[chosen]
            score = np.nanmean((here - there) ** 2)
            print(f"  {name:<16}{score:.4f}  {log_loss(here, there):.4f}  {auc(here, there):.4f}")


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
            print(f"  {name:<16}{score}   {gap}   {sharpness(stated[mask]):.3f}")
        unknown = float(np.isnan(answers[OURS][mask]).mean())
        print(f"  not enough evidence: {unknown:.1%} of questions")


def _print_slices(questions: Questions, answers: dict[str, Numbers]) -> None:
    asked = questions.asked.assign(period=questions.asked["collection"].str.split("-").str[-1])
    met = asked["met"].to_numpy("float64")
    losses = {name: (stated - met) ** 2 for name, stated in answers.items()}
    rows = []
    for name in ("collection", "period", "way", "path"):
        for (observed, value), places in asked.groupby(["observed", name]).indices.items():
            if len(places) < POPULATED:
                continue
            means = {method: float(np.nanmean(loss[places])) for method, loss in losses.items()}
            ours = means.pop(OURS)
            means.pop(UNLEARNT)
            means.pop(CEILING, None)  # it is no method that could be used instead
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
    masks = [("targets to go to", way), ("targets to hold", ~way), *_by_points(asked)]
    for title, mask in masks:
        if not mask.any():
            continue
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
            share = f"{inside[chosen].mean():.1%}" if chosen.any() else "none"
            print(f"  {title:<10}{path} paths: {share} of {chosen.sum():,}")
