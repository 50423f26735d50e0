"""The benchmark of the forecast asks fairly and scores rightly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecast.baselines import baseline_answers
from benchmarks.forecast.data import Series, counters_of, half_of, read_series
from benchmarks.forecast.past_baselines import past_answers
from benchmarks.forecast.questions import DISTANCES, OBSERVED, WINDOW, Questions, ask
from benchmarks.forecast.run import our_answers
from benchmarks.forecast.scores import auc, brier, log_loss, reliability, sharpness


def walks(count: int, length: int = 20, seed: int = 3) -> list[Series]:
    steps = np.random.default_rng(seed).normal(0.3, 1.0, size=(count, length))
    return [Series("walks-weekly", f"w{n}", walk.cumsum()) for n, walk in enumerate(steps)]


@pytest.fixture(scope="module")
def questions() -> Questions:
    return ask(walks(12))


def test_both_forms_of_file_are_read_in_order_of_their_dates(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text(
        "series,date,value\nb,2026-01-09,2\na,2026-01-02,5\nb,2026-01-02,1\nb,2026-01-16,\n"
    )
    (tmp_path / "one.csv").write_text("date,value\n2026-01-09,8\n2026-01-02,7\n")
    found = [(s.collection, s.name, s.values.tolist()) for s in read_series(tmp_path)]
    assert found == [("many", "a", [5.0]), ("many", "b", [1.0, 2.0]), ("one", "one", [7.0, 8.0])]


def test_a_folder_or_file_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no CSV file"):
        read_series(tmp_path)
    (tmp_path / "x.csv").write_text("date,number\n2026-01-02,7\n")
    with pytest.raises(ValueError, match="needs the columns date and value"):
        read_series(tmp_path)


def test_the_half_of_a_series_hangs_on_its_name_alone() -> None:
    series = walks(200)
    halves = [half_of(one) for one in series]
    assert halves == [half_of(Series("other", one.name, one.values[:3])) for one in series]
    assert 70 < halves.count("build") < 130


def test_targets_lie_both_ways_around_the_outcome(questions: Questions) -> None:
    asked = questions.asked
    assert len(asked) == len(questions.windows) * len(OBSERVED) * len(DISTANCES) * 4
    assert asked["met"].mean() == 0.5
    outcome = questions.windows[asked["window"], -1]
    off = asked["target"] - outcome
    assert off.groupby([asked["window"], asked["observed"]]).sum().abs().max() < 1e-9
    below = off < 0
    assert (asked["met"] == (below == asked["rising"])).all()
    start = questions.windows[asked["window"], 0]
    ahead = (asked["target"] > start) == asked["rising"]
    assert ((asked["way"] == "to go") == ahead).all()


def test_counters_are_running_totals_asked_about_what_they_have_not_met() -> None:
    amounts = [
        Series("a-monthly", "up", np.arange(20.0)),
        Series("a-monthly", "below", np.arange(20.0) - 1),
        Series("a-yearly", "yearly", np.ones(20)),
    ]
    totals = counters_of(amounts)
    assert [(one.name, one.values[:4].tolist()) for one in totals] == [("up", [0, 1, 3, 6])]
    asked = ask(totals, "counter").asked
    assert asked["rising"].all()
    last = ask(totals, "counter").windows[asked["window"], asked["observed"] - 1]
    assert ((asked["way"] == "to go") == (asked["target"] > last)).all()
    assert asked.loc[asked["way"] == "to hold", "met"].all()


def test_what_was_not_seen_yet_changes_no_path_seen(questions: Questions) -> None:
    later = questions.windows.copy()
    later[:, max(OBSERVED) :] += 1000.0
    changed = Questions(later, questions.asked)
    assert our_answers(changed)["attainment_probability"].equals(
        our_answers(questions)["attainment_probability"]
    )
    for name, stated in baseline_answers(changed, questions).items():
        assert (stated == baseline_answers(questions, questions)[name]).all()


def test_short_and_unmoved_series_are_left_out() -> None:
    flat, short = np.ones(40), np.arange(WINDOW - 1, dtype="float64")
    assert len(ask([Series("c", "flat", flat), Series("c", "short", short)]).windows) == 0
    assert len(ask([Series("c", "long", np.arange(100.0))]).windows) == 3


def test_every_answer_is_a_probability(questions: Questions) -> None:
    answers = baseline_answers(questions, questions)
    answers |= past_answers(questions, questions)
    answers["okr"] = our_answers(questions)["attainment_probability"].to_numpy("float64")
    assert len(answers) == 13
    for stated in answers.values():
        assert ((stated >= 0) & (stated <= 1)).all()
    assert set(np.unique(answers["linear pace"])) == {0.0, 1.0}


def test_scores_of_known_answers() -> None:
    stated = np.array([0.0, 1.0, 0.5, np.nan])
    met = np.array([0.0, 0.0, 1.0, 1.0])
    score = brier(stated, met, np.array([1, 1, 2, 3]))
    assert score.value == pytest.approx((0 + 1 + 0.25) / 3)
    assert score.low <= score.value <= score.high
    assert reliability(stated, met)["observed"].to_dict() == {0: 0.0, 5: 1.0, 9: 0.0}
    assert auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])) == 0.875
    assert log_loss(np.array([0.5, 0.0]), np.array([1.0, 1.0])) == pytest.approx(
        (np.log(2) - np.log(0.001)) / 2
    )
    assert sharpness(stated) == pytest.approx(np.sqrt(0.5 / 3))
