"""Every figure in a sentence about a chance is that of the row, whatever the row says."""

from __future__ import annotations

import math
import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.assemble import KeyResultParts, SignalInputs, build_key_results
from okr_model.confidence.chance_words import why_likely
from okr_model.explain.summary import summary_lines
from okr_model.explain.wording import plain
from okr_model.progress.value_series import all_measurements
from okr_model.tables.columns import STALE_COLUMNS
from tests.support.key_result_frames import NO_CHECK_INS, day, definitions, measured, measurements
from tests.support.okr_cells import Q4

TODAY = date(2026, 11, 28)
UNITS = ("count", "%", "hours", "score", "USD", None)
LIKE = (
    r"[Oo]f (?P<n>\d+) (?P<path>counter|level)s? of past cycles that stood like this,"
    r" (?P<share>\S+) % went on as far as it must"
)
ENDS = (
    r"it would end near (?P<end>.+?), most likely between (?P<low>.+?) and"
    r" (?P<high>[^.;]+(?:\.\d[^.;]*)?)"
)
CHANCE = r"(?:probability|chance) of meeting the target is (?P<chance>[<>]?\d+) %"


def check(sentence: str, row: Any) -> set[str]:
    """Compare every figure of a sentence with the row; returns which kinds of figures it had."""
    found = set()
    if like := re.search(LIKE, sentence):
        found.add("like")
        assert (int(like["n"]), like["path"]) == (row.like_paths, row.path)
        apart = abs(float(like["share"]) - 100 * row.like_met)
        assert apart <= (0.0501 if row.like_met <= 0.999 else 0.1)  # 100 % only if all did
        assert (like["share"] == "100") == (row.like_met == 1)
    if ends := re.search(ENDS, sentence):
        found.add("ends")
        names = {"end": "forecast_value", "low": "forecast_low", "high": "forecast_high"}
        for part, name in names.items():
            said, value = float(ends[part].split()[0]), getattr(row, name)
            assert said == pytest.approx(value, abs=0.00501, rel=0.006), sentence
            if not math.isclose(value, row.target):
                assert side(said, row.target) == side(value, row.target), sentence
    if chance := re.search(CHANCE, sentence):
        found.add("chance")
        value = row.attainment_probability
        known = {"<1": value < 0.01, ">99": value > 0.99}
        in_percent = math.floor(round(100 * value, 9))
        assert known.get(chance["chance"], chance["chance"] == str(in_percent)), sentence
    return found


def side(value: float, edge: float) -> int:
    return (value > edge) - (value < edge)


VALUES = st.one_of(
    st.floats(-1e6, 1e6), st.floats(-1, 1), st.sampled_from([99.995, 100.0, 100.004, 0.0, 0.00123])
).filter(lambda value: value == 0 or abs(value) > 1e-6)
CHANCES = st.one_of(st.floats(0, 1), st.sampled_from([0, 0.0099, 0.01, 0.29, 0.6999, 0.99, 1]))
ROWS = st.fixed_dictionaries(
    {
        "path": st.sampled_from(["counter", "level"]),
        "unit": st.sampled_from(UNITS),
        "forecast_value": VALUES,
        "forecast_low": VALUES,
        "forecast_high": VALUES,
        "like_paths": st.integers(1, 20),
        "like_met": st.one_of(CHANCES, st.integers(0, 20).map(lambda n: round(n / 20, 4))),
        "attainment_probability": CHANCES,
        "target": VALUES.map(lambda value: round(value, 4)),  # as people declare them
    }
)
FIXED = {
    "path_reason": "its readings never stepped back",
    "target_high": math.nan,
}
FACTS: dict[str, Any] = {
    "key_result_id": "KR-1", "value_state": "measured", "progress_state": "computed",
    "current_value": 42.0, "current_value_at": day(57), "progress": 0.42, "progress_raw": 0.42,
    "baseline": None, "kind": "increase", "pace": "on", "expected_progress": 0.5, "phases": None,
    "cycle_start": Q4.start, "cycle_end": Q4.end, "due_on": Q4.end, "as_of": TODAY,
    "stated_confidence": None, "stated_confidence_at": None, "computed_confidence": "medium",
    "signals": [], "score": None,
}  # fmt: skip


@given(ROWS)
def test_the_figures_in_the_reasons_are_those_of_the_row(fields: dict[str, Any]) -> None:
    row = SimpleNamespace(**fields, **FIXED)
    first, second = why_likely(row)
    assert check(first, row) == {"ends"}
    assert check(second, row) == {"like"}


@given(ROWS)
def test_the_figures_in_short_are_those_of_the_row(fields: dict[str, Any]) -> None:
    row = SimpleNamespace(**fields, **FIXED)
    _, chance, _ = summary_lines({**FACTS, **fields, **FIXED, "target_high": None})
    assert check(chance, row) == {"chance", "ends", "like"}


@given(ROWS, st.sampled_from([{"like_paths": 0}, {"like_met": math.nan}]))
def test_without_like_paths_none_are_spoken_of(
    fields: dict[str, Any], none: dict[str, Any]
) -> None:
    assert "past cycles" not in " ".join(why_likely(SimpleNamespace(**{**fields, **none}, **FIXED)))


@pytest.mark.thorough
def test_every_sentence_of_an_organization_says_what_its_rows_say() -> None:
    """Forty ended Key Results of each kind of path, and twenty that run."""
    random = np.random.default_rng(5)
    then = {
        "cycle_id": "2026-Q3",
        "cycle_start": date(2026, 7, 1),
        "cycle_end": date(2026, 9, 30),
        "due_on": date(2026, 9, 30),
    }
    rows, readings = [], []
    for number in range(100):
        ended, level = number < 80, number % 2
        rows.append({"unit": ("count", "%")[level], "target": float(random.integers(40, 140))})
        rows[-1] |= then if ended else {}
        steps = random.normal(4, 9, 14) if level else random.gamma(2.0, 4.0, 14)
        begin, weeks = (-92, 14) if ended else (0, 9)
        path = zip(range(begin, begin + 7 * weeks, 7), steps.cumsum()[:weeks], strict=True)
        readings.append(measured(f"KR-{number + 1}", [(at, float(value)) for at, value in path]))
    key_results = definitions(*rows)
    everything = all_measurements(key_results, measurements(*readings), NO_CHECK_INS)
    no_links = pd.DataFrame(columns=["initiative_id", "key_result_id", "cycle_id", "state"])
    counts = ["activity_28d", "open_issues", "done_issues", "added_28d", "finished_28d"]
    parts = KeyResultParts(
        key_results,
        everything,
        NO_CHECK_INS,
        no_links,
        pd.DataFrame(columns=["key_result_id", *counts]),
        pd.DataFrame(columns=STALE_COLUMNS),
    )
    found = build_key_results(parts, TODAY, signals=SignalInputs(expects_check_ins=False))
    running = found[found["cycle_id"] == Q4.id]
    assert (running["like_paths"] > 0).all()
    for row in running.itertuples(index=False):
        kinds = [check(sentence, row) for sentence in row.confidence_reasons]
        assert kinds[:3] == [{"chance"}, {"ends"}, {"like"}], row.confidence_reasons
        facts = {name: plain(value) for name, value in row._asdict().items()}
        told = summary_lines({**facts, "as_of": TODAY})
        assert check(told[1], row) == {"chance", "ends", "like"}, told
