"""Scores the attainment probability and other methods on any folder of series.

    python -m benchmarks.forecast.run --fetch FOLDER           # the public series, once
    python -m benchmarks.forecast.run --fetch-further FOLDER   # two further sets, to state only
    python -m benchmarks.forecast.run FOLDER                   # the build half: to develop on
    python -m benchmarks.forecast.run FOLDER --report          # the report half: to state
    python -m benchmarks.forecast.run --speed                  # 50,000 Key Results, timed

What belongs here: running ``okr_model.forecast.forecast.compute_forecast`` on the questions. What
does not: printing (``report``), the format of the folder (``data``), the rule for targets
(``questions``), the other methods (``baselines``, ``past_baselines``), the scores (``scores``).

Levels are the series as they are, counters their running totals. Every choice of the method was
made on the build halves of M1, M3 and tourism; their report halves, and whole other folders, are
for stating scores only.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecast.baselines import baseline_answers
from benchmarks.forecast.ceiling import ceiling_answers
from benchmarks.forecast.data import (
    Half,
    Series,
    counters_of,
    half_of,
    read_series,
)
from benchmarks.forecast.past_baselines import past_answers
from benchmarks.forecast.public_series import COMPETITIONS, FURTHER, fetch
from benchmarks.forecast.questions import WINDOW, Questions, ask
from benchmarks.forecast.report import CEILING, OURS, UNLEARNT, print_factors, print_report
from okr_model.forecast.forecast import compute_forecast
from okr_model.forecast.past_paths import Lessons, learn

START = pd.Timestamp(2026, 10, 1)
Numbers = NDArray[np.float64]


def our_answers(questions: Questions, past: Mapping[str, Lessons] | None = None) -> pd.DataFrame:
    """Our forecast for each question, with the index of ``asked``.

    Each question becomes a Key Result of one cycle with weekly readings and a declared path;
    ``as_of`` is the day of the last reading.

    Args:
        questions: The questions.
        past: What each collection teaches; None to learn nothing.
    """
    parts = [
        _forecasts(questions, rows, (past or {}).get(str(collection), Lessons()))
        for (_, collection), rows in questions.asked.groupby(["observed", "collection"])
    ]
    return pd.concat(parts).sort_index()


def learnt(
    past: Sequence[Questions], but: Questions | None = None, most: int | None = None
) -> dict[str, Lessons]:
    """What each collection, which represents an organization, teaches.

    Args:
        past: The windows to learn from, one for each kind of path.
        but: Windows whose series are excluded; None excludes nothing.
        most: At most so many windows of each collection and kind.
    """
    rows, series = zip(*(_past_key_results(each, but, most) for each in past), strict=True)
    key_results, readings = pd.concat(rows), pd.concat(series)
    after = (START + pd.Timedelta(weeks=WINDOW)).date()
    return {
        str(collection): learn(mine.reset_index(drop=True), readings, after)
        for collection, mine in key_results.groupby("collection")
    }


def _past_key_results(
    past: Questions, but: Questions | None, most: int | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ended Key Results, one for each window, and their readings."""
    windows = past.asked.drop_duplicates("window")
    hidden = set() if but is None else set(but.asked["series"])
    windows = windows[~windows["series"].isin(hidden)]
    if most is not None:
        windows = windows.sample(frac=1, random_state=1).groupby("collection").head(most)
    names = (windows["kind"] + windows["window"].astype("str")).to_numpy()
    days = START + pd.to_timedelta(7 * np.arange(WINDOW), unit="D")
    rows = pd.DataFrame({"key_result_id": names, "cycle_id": "cycle", "kind": "at least"}).assign(
        cycle_end=days[-1],
        due_on=days[-1],
        path=windows["kind"].to_numpy(),
        collection=windows["collection"].to_numpy(),
    )
    series = pd.DataFrame(
        {
            "key_result_id": np.repeat(names, WINDOW),
            "cycle_id": "cycle",
            "date": np.tile(days, len(names)),
            "value": past.windows[windows["window"].to_numpy()].ravel(),
        }
    )
    return rows, series


def _forecasts(questions: Questions, asked: pd.DataFrame, lessons: Lessons) -> pd.DataFrame:
    observed = int(asked["observed"].iloc[0])
    rows = pd.DataFrame(
        {
            "key_result_id": asked.index.astype("str"),
            "cycle_id": "cycle",
            "kind": np.where(asked["rising"], "at least", "at most"),
            "unit": "count",
            "path": asked["kind"].to_numpy(),
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
    return compute_forecast(rows, series, as_of, lessons)


def main() -> None:
    """Fetch, or score one half and print the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument("--fetch", action="store_true", help="write the public series there")
    parser.add_argument("--fetch-further", action="store_true", help="write two further sets there")
    parser.add_argument("--report", action="store_true", help="score the report half")
    parser.add_argument("--speed", action="store_true", help="time 50,000 Key Results")
    parser.add_argument("--most", type=int, help="at most so many series of each file")
    parser.add_argument(
        "--ceiling", action="store_true", help="gradient boosting, too (build half)"
    )
    parser.add_argument("--mixed", action="store_true", help="one organization of all files")
    arguments = parser.parse_args()
    if arguments.speed:
        _print_speed(50_000)
        return
    if arguments.fetch or arguments.fetch_further:
        fetch(FURTHER if arguments.fetch_further else COMPETITIONS, arguments.folder)
        return
    series = _chosen(read_series(arguments.folder), arguments.most)
    half = "report" if arguments.report else "build"
    both = {"level": series, "counter": counters_of(series)}
    build = {kind: ask(_half(some, "build"), kind) for kind, some in both.items()}
    asked = {kind: ask(_half(some, half), kind) for kind, some in both.items()}
    if arguments.mixed:
        for each in (*build.values(), *asked.values()):
            each.asked["collection"] = "mixed-all"
    began = time.perf_counter()
    ceiling = arguments.ceiling and not arguments.report
    answered = _answers(asked, build, apart=not arguments.report, ceiling=ceiling)
    print(f"answered in {time.perf_counter() - began:.1f} s")
    for kind, (ours, answers) in answered.items():
        print_report(f"{half} half, {kind}s", asked[kind], answers, ours)


def _chosen(series: list[Series], most: int | None) -> list[Series]:
    """The first ``most`` series of each file and half; all without a limit."""
    if most is None:
        return series
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for one in series:
        key = one.collection, half_of(one)
        counts[key] += 1
        if counts[key] <= most:
            found.append(one)
    return found


def _half(series: list[Series], half: Half) -> list[Series]:
    return [one for one in series if half_of(one) == half]


def _answers(
    asked: dict[str, Questions], build: dict[str, Questions], *, apart: bool, ceiling: bool
) -> dict[str, tuple[pd.DataFrame, dict[str, Numbers]]]:
    """Our forecasts and every method's probabilities, by kind of path.

    Args:
        asked: The questions.
        build: What is learned from.
        apart: Whether the questions are the build half, which is then answered in two parts, each
            learned from the other.
        ceiling: Whether gradient boosting answers, too.
    """
    found = {}
    lessons = {} if apart else learnt(list(build.values()))
    for kind, questions in asked.items():
        parts = []
        for part in (0, 1) if apart else (None,):
            mine = questions
            if part is not None:
                chosen = questions.asked["series"] % 2 == part
                mine = Questions(questions.windows, questions.asked[chosen])
            taught = learnt(list(build.values()), but=mine) if apart else lessons
            print_factors(kind, taught)
            ours = our_answers(mine, taught)
            hidden = set(mine.asked["series"]) if apart else set()
            past = build[kind]
            past = Questions(past.windows, past.asked[~past.asked["series"].isin(hidden)])
            answers = past_answers(mine, past) | baseline_answers(mine, past)
            if ceiling:
                answers[CEILING] = ceiling_answers(mine, past)
            parts.append((ours, pd.DataFrame(answers, index=mine.asked.index)))
        ours = pd.concat([each for each, _ in parts]).sort_index()
        others = pd.concat([each for _, each in parts]).sort_index()
        plain = our_answers(questions)["attainment_probability"]
        answers = {OURS: ours["attainment_probability"], UNLEARNT: plain}
        answers |= {str(name): others[name] for name in others}
        found[kind] = (ours, {name: each.to_numpy("float64") for name, each in answers.items()})
    return found


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
        path=np.where(np.arange(count) % 2, "level", "counter"),
        due_on=days[-1] + pd.Timedelta(weeks=1),
        cycle_end=days[-1],
    )
    lessons: list[Lessons] = []
    for what, work in (
        ("learn from past cycles", lambda: lessons.append(learn(rows, series, date(2100, 1, 1)))),
        ("forecast", lambda: compute_forecast(rows, series, days[-1].date(), lessons[0])),
    ):
        began = time.perf_counter()
        work()
        print(f"{what}: {count:,} Key Results in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
