"""One figure, one text: a column reads the same in the table, the explanation and sentences."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from okr_model.assemble import KeyResultParts, build_key_results, build_measurements
from okr_model.explain.explanation import explain
from okr_model.findings import findings_frame, identify
from okr_model.progress.value_series import all_measurements
from okr_model.tables import CHECK_INS, LINKS, MEASUREMENTS
from okr_model.tables.contract import conform
from okr_model.tables.key_results import KEY_RESULTS
from okr_model.wording import measured as measured_words
from pipelines.cli import show
from tests.okr_model.confidence.test_published_key_results import ACTIVITY, STALE
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    definitions,
    measured,
    measurements,
)
from tests.support.okr_cells import Q4

pytestmark = pytest.mark.thorough

WORDS = ("high", "medium", "low")
PROGRESS = re.compile(r"(raw )?progress is (\S+ %)", re.IGNORECASE)
VALUES = st.one_of(
    st.sampled_from([0.0, 69.996, 70.0, 70.004, 99.999, 100.0]),
    st.floats(-300, 300).map(lambda value: round(value, 7)),
)


@st.composite
def rows(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[int, float]], int]:
    """A Key Result, its readings by day of the cycle, and the day it is looked at."""
    kind = draw(st.sampled_from(["increase", "decrease", "at least", "at most", "band"]))
    facts = {
        "kind": kind,
        "unit": draw(st.sampled_from(["%", "hours", "count", "x"])),
        "baseline": draw(st.sampled_from([0.0, 20.0, 100.0, 150.0, None])),
        "target": draw(st.sampled_from([70.0, 100.0, 12.5])),
        "target_high": 180.0 if kind == "band" else None,
    }
    count = draw(st.integers(0, 8))
    days = sorted(draw(st.sets(st.integers(0, 90), min_size=count, max_size=count)))
    return facts, [(day, draw(VALUES)) for day in days], draw(st.integers(1, 120))


def built(
    facts: dict[str, Any], values: list[tuple[int, float]], day: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """The published row, and its explanation by section."""
    as_of = Q4.start + timedelta(days=day)
    defined = definitions(facts)
    readings = measurements(measured("KR-1", values))
    links = pd.DataFrame({name: pd.Series(dtype="str") for name in LINKS.column_names})
    every = all_measurements(defined, readings, NO_CHECK_INS)
    parts = KeyResultParts(defined, every, NO_CHECK_INS, links, ACTIVITY, STALE.iloc[:0])
    run = {"as_of": as_of, "run_id": "r"}
    frame = conform(build_key_results(parts, as_of).assign(findings=0, **run), KEY_RESULTS)
    published = conform(build_measurements(every, as_of).assign(**run), MEASUREMENTS)
    calls = conform(NO_CHECK_INS.assign(**run), CHECK_INS)
    row = frame.to_dict("records")[0]
    told = explain(row, published, calls, links, identify(findings_frame()))
    return row, {section.title: "\n".join(section.lines) for section in told.sections}


def table(row: dict[str, Any]) -> dict[str, str]:
    """The cells that ``okr show`` prints."""
    names = ("kr", "now", "target", "progress", "pace", "chance", "calls", "links")
    cells = dict(zip(names, map(str, show._cells(row, WORDS, compact=False)), strict=True))
    return cells | {"progress": cells["progress"].strip("█░ ")}


def _says_why(row: dict[str, Any], reasons: str) -> None:
    """Every figure of the two sentences after the chance is the row's."""
    if "it would end near" in reasons:
        for name in ("forecast_value", "forecast_low", "forecast_high"):
            edges = row["target"], row["target_high"]
            assert measured_words(row[name], row["unit"], *edges) in reasons
    if "of past cycles that stood like this" in reasons:
        assert f"Of {row['like_paths']} {row['path']}s of past" in reasons


@settings(max_examples=30, phases=(Phase.explicit, Phase.generate))
@given(rows())
def test_a_figure_reads_the_same_wherever_it_stands(
    drawn: tuple[dict[str, Any], list[tuple[int, float]], int],
) -> None:
    row, told = built(*drawn)
    cells, short = table(row), told["In short"]
    reasons = "\n".join(row["confidence_reasons"])
    assert len(short.split("\n")) == 3
    if pd.notna(row["current_value"]):
        assert f"stood at {cells['now']} on" in short
        assert told["Value"].startswith(f"{cells['now']}, true for")
        if row["target_high"] is None or pd.isna(row["target_high"]):
            assert cells["target"] in short
        settled = re.search(r"its last value by then, (.+?), (?:meets|does not)", reasons)
        if settled and row["current_value_at"] <= row["due_on"]:
            assert settled[1] == cells["now"]
    if pd.notna(row["progress"]):
        assert f"progress is {cells['progress']}" in short
        assert f"in percent {cells['progress']};" in told["Progress"]
        raw = show._raw(row)
        assert bool(raw) == (row["progress_raw"] != row["progress"])
        assert f", in percent {raw or cells['progress']}\n" in told["Progress"]
        for name, figure in PROGRESS.findall(reasons):
            assert figure == (raw if name else cells["progress"])
    if pd.notna(row["attainment_probability"]):
        assert cells["chance"] in told["Forecast"]
        assert row["cycle_end"] < row["as_of"] or cells["chance"] in short
        _says_why(row, reasons)
        if "probability of meeting the target" in reasons:
            assert f"is {cells['chance']}." in reasons
    if row["cycle_end"] < row["as_of"]:
        assert cells["pace"].strip("✓✗ ") in short
        assert not re.search(r"\b(on|ahead of|behind) its pace\b|^Pace:", "\n".join(told.values()))


def test_an_ended_key_result_reads_met_missed_or_no_value() -> None:
    facts = {"kind": "increase", "unit": "%", "baseline": 0.0, "target": 70.0}
    for values, word in (([(80, 70.0)], "✓ met"), ([(80, 69.996)], "✗ missed"), ([], "no value")):
        row, told = built(facts, values, 100)
        assert table(row)["pace"] == word
        assert word.strip("✓✗ ") in told["In short"].split("\n")[1]
    row, _ = built(facts, [(80, 69.996)], 100)
    assert table(row)["now"] == "69.996 %"
    assert table(row)["progress"] == "99.9 %"


def test_the_three_sentences_of_a_running_key_result() -> None:
    facts = {"kind": "increase", "unit": "%", "baseline": 20.0, "target": 70.0}
    _, told = built(facts, [(day, 20.0 + day / 4) for day in range(0, 50, 7)], 50)
    assert told["In short"].split("\n")[0] == (
        "KR-1 stood at 32.25 % on 2026-11-19; its target is ≥ 70 %, due on 2026-12-31, starting"
        " from 20 %: progress is 24.5 %."
    )
    assert date(2026, 11, 20) == Q4.start + timedelta(days=50)
    second, third = told["In short"].split("\n")[1:]
    assert second.startswith("It is behind its pace: a straight path would be at 54.9 %, and its")
    assert "because only a part of its pace is taken to last (it is treated as a level)" in second
    assert third == (
        "The team has not said how sure it is, and the evidence says low; next: find what holds it"
        " back, or say that the target is out of reach."
    )
