"""What stands under Objectives, teams and the company: weights, the weakest, the unknown."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.assemble import build_objectives, build_rollups
from okr_model.progress.rollup import roll_up

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


def test_nothing_is_ahead_while_something_in_it_is_behind():
    rows = key_results(("KR-1", "O-2", 0.1, 1), ("KR-2", "O-2", 1.0, 9)).assign(
        pace=["behind", "x"]
    )
    assert roll_up(OBJECTIVES, rows)["pace"].tolist()[:2] == ["on", "on"]
    assert roll_up(OBJECTIVES, rows.assign(pace="ahead"))["pace"].tolist()[:2] == ["ahead", "ahead"]


def rollups(rows, method="mean"):
    objectives = build_objectives(OBJECTIVES, rows, method)
    found = build_rollups(objectives, rows, "Acme", method)
    return found.set_index(["level", "subject"]).sort_index()


def test_the_company_a_team_and_an_objective_count_each_key_result_once():
    calls = {"pace": "on", "computed_confidence": "high", "stated_confidence": "high"}
    rows = key_results(*THREE, ("KR-4", None, 0.8, 1)).assign(team=["A", "A", "B", None], **calls)
    rows.loc[1, "computed_confidence"] = "medium"
    rows.loc[2, "stated_confidence"] = None
    found = rollups(rows)
    assert found["key_results"].to_dict() == {
        ("company", "Acme"): 4,
        ("team", "A"): 2,
        ("team", "B"): 1,
        ("objective", "O-1"): 3,
        ("objective", "O-2"): 2,
        ("objective", "O-3"): 1,
    }
    company, team = found.loc[("company", "Acme")], found.loc[("team", "A")]
    assert company["progress"] == pytest.approx((0.2 * 3 + 1.0 + 0.59 + 0.8) / 6)
    assert team["progress"] == pytest.approx(0.4)
    assert found.loc[("objective", "O-1"), "progress"] == pytest.approx((0.4 + 0.59) / 2)
    assert (company["computed_confidence"], team["computed_confidence"]) == ("medium", "medium")
    assert pd.isna(company["stated_confidence"])
    assert (team["stated_confidence"], company["high"], company["medium"]) == ("high", 3, 1)
    assert rollups(rows, "weakest").loc[("company", "Acme"), "progress"] == 0.2


def test_a_key_result_of_two_teams_counts_for_each_and_once_for_the_company():
    calls = {"pace": "on", "computed_confidence": "high", "stated_confidence": "high"}
    rows = key_results(("KR-1", "O-2", 0.2, 1), ("KR-2", "O-2", 0.6, 1)).assign(**calls)
    rows["team"] = ["A, B", "B"]
    rows["teams"] = [["A", "B"], ["B"]]
    found = rollups(rows)
    counted = found["key_results"]
    assert counted[[("company", "Acme"), ("team", "A"), ("team", "B")]].tolist() == [2, 1, 2]
    assert ("team", "A, B") not in found.index
    assert found.loc[("company", "Acme"), "progress"] == pytest.approx(0.4)
    assert found.loc[("team", "A"), "progress"] == pytest.approx(0.2)


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["O-1", "O-2", "O-3", None]),
        st.sampled_from(["A", "B", None]),
        st.none() | st.integers(-40, 140).map(lambda n: n / 100),
        st.sampled_from([None, 0.0, 1.0, 2.5]),
        st.sampled_from(["ahead", "on", "behind", None]),
        st.sampled_from(["high", "medium", "low", None]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.thorough
@settings(max_examples=8)
@given(PARTS, st.sampled_from(["mean", "weakest"]), st.randoms())
def test_no_group_is_shown_better_than_what_is_in_it(parts, method, random):
    rows = pd.DataFrame(
        parts, columns=["objective_id", "team", "progress", "weight", "pace", "computed_confidence"]
    ).assign(cycle_id="Q", expected_progress=0.5, stated_confidence=None)
    rows["key_result_id"] = [f"KR-{n}" for n in range(len(rows))]
    rows = rows.astype({"progress": "float64", "weight": "float64"})
    found = rollups(rows, method)
    below = {"O-1": ["O-1", "O-2", "O-3"], "O-2": ["O-2"], "O-3": ["O-3"]}
    for (level, subject), row in found.iterrows():
        of = {
            "company": rows["cycle_id"] == "Q",
            "team": rows["team"] == subject,
            "objective": rows["objective_id"].isin(below.get(subject, [])),
        }[level]
        mine = rows[of]
        assert row["key_results"] == len(mine)
        assert row["without_progress"] == mine["progress"].isna().sum()
        assert row["behind"] == (mine["pace"] == "behind").sum()
        if mine["progress"].isna().any():
            assert row["pace"] not in ("on", "ahead")
        if (mine["pace"] == "behind").any():
            assert row["pace"] != "ahead"
        if method == "weakest" and row["pace"] in ("on", "ahead"):
            assert mine.loc[mine["weight"] != 0, "progress"].min() >= 0.4 - 1e-6
        known, said = set(mine["computed_confidence"].dropna()), row["computed_confidence"]
        worst = next((one for one in ("low", "medium", "high") if one in known), None)
        unknown = mine["computed_confidence"].isna().any() and worst != "low"
        assert (None if pd.isna(said) else said) == (None if unknown else worst)
    order = list(rows.index)
    random.shuffle(order)
    shuffled = rollups(rows.loc[order].reset_index(drop=True), method)
    pd.testing.assert_frame_equal(shuffled, found)
