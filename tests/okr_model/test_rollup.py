"""Objectives from what stands under them: weights, the weakest, and what is unknown."""

import pandas as pd
import pytest

from okr_model.rollup import roll_up

OBJECTIVES = pd.DataFrame(
    {
        "objective_id": ["O-1", "O-2", "O-3"],
        "cycle_id": ["Q", "Q", "Q"],
        "parent_id": [None, "O-1", "O-1"],
    }
)


def key_results(*rows):
    names = ["key_result_id", "objective_id", "progress", "weight"]
    frame = pd.DataFrame(rows, columns=names).assign(cycle_id="Q", expected_progress=0.5)
    return frame.astype({"progress": "float64", "weight": "float64"})


THREE = (("KR-1", "O-2", 0.2, 3), ("KR-2", "O-2", 1.0, None), ("KR-3", "O-3", 0.59, 1))


def test_weights_count_within_an_objective_and_objectives_as_one_each():
    found = roll_up(OBJECTIVES, key_results(*THREE))
    assert found["progress"].tolist() == pytest.approx([(0.4 + 0.59) / 2, 0.4, 0.59])
    assert found["key_results"].tolist() == [0, 2, 1]
    assert found["weakest"].tolist() == ["KR-1", "KR-1", "KR-3"]


def test_the_weakest_decides_where_that_is_the_rule():
    found = roll_up(OBJECTIVES, key_results(*THREE), "weakest")
    assert found["progress"].tolist() == [0.2, 0.2, 0.59]
    assert found["pace"].tolist() == ["behind", "behind", "on"]


@pytest.mark.parametrize(
    ("progress", "pace"), [(0.399999, "behind"), (0.4, "on"), (0.6, "on"), (0.600001, "ahead")]
)
def test_amber_is_never_rounded_to_green(progress, pace):
    found = roll_up(OBJECTIVES, key_results(("KR-1", "O-2", progress, 1)))
    assert found["pace"].tolist()[1] == pace


def test_what_has_no_progress_is_counted_and_never_a_success():
    found = roll_up(OBJECTIVES, key_results(*THREE, ("KR-4", "O-3", None, 1)))
    assert found["without_progress"].tolist() == [1, 0, 1]
    assert found["progress"].tolist()[2] == pytest.approx(0.59)
    assert found["pace"].isna().tolist()[2]
    late = roll_up(OBJECTIVES, key_results(("KR-1", "O-2", 0.1, 1), ("KR-2", "O-2", None, 1)))
    assert late["pace"].tolist()[1] == "behind"


def test_nothing_under_an_objective_is_nothing_not_zero():
    found = roll_up(OBJECTIVES, key_results(("KR-1", "O-2", None, 1)))
    assert found["progress"].isna().all()
    assert found["key_results"].tolist() == [0, 1, 0]


def test_parents_in_a_loop_end():
    loop = OBJECTIVES.assign(parent_id=["O-2", "O-1", "O-1"])
    assert roll_up(loop, key_results(*THREE))["progress"].notna().all()
