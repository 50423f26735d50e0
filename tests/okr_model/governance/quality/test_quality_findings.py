"""What people are asked about their OKRs: whom, when, and not too often."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.finding_rules import Rule
from okr_model.governance.quality.limits import Limits
from okr_model.governance.quality.line_findings import failed_questions
from okr_model.governance.quality.quality_findings import QualityInputs, quality_findings
from tests.support.key_result_frames import definitions
from tests.support.okr_cells import Q4

NOW, OVER = date(2026, 11, 20), date(2027, 1, 2)
GOOD = "Raise the completion rate from 42 % to 75 %"


def objectives(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "cycle_id": Q4.id,
        "title": "Customers succeed in their first weeks",
        "level": "team",
        "team": "Sales",
        "owner": "Ada",
        "parent_id": None,
        "source": "notion",
        "url": "https://notion.invalid/o",
    }
    return pd.DataFrame(
        [{"objective_id": f"O-{number}", **usual, **row} for number, row in enumerate(rows, 1)],
        columns=["objective_id", *usual],
    ).astype("str")


def asked(key_results: pd.DataFrame, of: pd.DataFrame, day: date = NOW, **more: Any) -> Any:
    found = quality_findings(QualityInputs(key_results, of, [Q4], **more), day)
    assert (found["severity"] == "info").all()
    return list(zip(found["rule"], found["subject_id"], strict=True))


def of_one_objective(*statements: str) -> pd.DataFrame:
    return definitions(*({"statement": text, "objective_id": "O-1"} for text in statements))


def test_a_key_result_is_asked_one_question_and_a_good_one_none() -> None:
    key_results = of_one_objective(
        GOOD, "Leverage synergies and launch the portal", "NPS to 45 and churn to 3 %"
    )
    assert asked(key_results, objectives({})) == [
        (Rule.OUTPUT_AS_KEY_RESULT, "KR-2"),
        (Rule.SEVERAL_THINGS_IN_ONE, "KR-3"),
    ]


def test_nothing_is_asked_once_the_cycle_is_over() -> None:
    key_results = of_one_objective("Launch the portal")
    assert asked(key_results, objectives({"title": "Launch the portal"}), OVER) == []
    assert asked(key_results, objectives({}), Q4.end) != []


def test_a_rule_can_be_left_out() -> None:
    key_results = of_one_objective("Launch the portal", GOOD)
    left_out = (Rule.OUTPUT_AS_KEY_RESULT,)
    assert asked(key_results, objectives({}), leave_out=left_out) == []


def test_teams_and_objectives_have_limits() -> None:
    key_results = of_one_objective(*[GOOD] * 6)
    four = objectives({}, *[{"parent_id": "O-1"}] * 3)
    assert asked(key_results, four) == [
        (Rule.TOO_MANY_OBJECTIVES, "Sales"),
        (Rule.TOO_MANY_KEY_RESULTS, "O-1"),
        *[(Rule.TOO_FEW_KEY_RESULTS, f"O-{number}") for number in (2, 3, 4)],
    ]
    wider = Limits(most_objectives=4, fewest_key_results=0, most_key_results=6)
    assert asked(key_results, four, limits=wider) == []


def test_too_few_key_results_are_told_once_the_cycle_runs_and_of_no_parent() -> None:
    nothing = definitions()
    assert asked(nothing, objectives({}), date(2026, 9, 20)) == []
    assert asked(nothing, objectives({}), Q4.start) == [(Rule.TOO_FEW_KEY_RESULTS, "O-1")]
    under = objectives({"level": "company"}, {"parent_id": "O-1", "cycle_id": None})
    assert asked(nothing, under) == []


def test_an_objective_needs_an_owner_where_others_have_one() -> None:
    two = of_one_objective(GOOD, GOOD)
    assert asked(two, objectives({"owner": None})) == []
    some = objectives({"owner": None}, {"cycle_id": None})
    assert asked(two, some) == [(Rule.OBJECTIVE_WITHOUT_OWNER, "O-1")]
    assert asked(two, some.assign(source=["sheets", "notion"])) == []
    one = objectives({"level": "individual"})
    assert asked(two, one) == [(Rule.INDIVIDUAL_OBJECTIVE, "O-1")]


def test_the_column_says_what_fails_and_null_what_nobody_can_tell() -> None:
    rows = definitions(
        {"statement": "Improve customer satisfaction", "target": None},
        {"statement": "Improve customer satisfaction"},
        {"statement": "Zwiększyć liczbę klientów z 10 do 20"},
        {"statement": None},
        {"statement": GOOD},
        {"statement": "Order intake from resellers"},
        {"statement": "The works agreement is signed", "kind": "yes/no", "target": 1.0},
    )
    failed = failed_questions(rows).tolist()
    assert failed == [["measurable", "bounded"], [], None, None, [], [], ["outcome", "measurable"]]


def test_the_sentence_names_the_record_and_its_words() -> None:
    key_results = of_one_objective("Launch the portal", GOOD)
    key_results["url"] = "https://notion.invalid/kr"
    found = quality_findings(QualityInputs(key_results, objectives({}), [Q4]), NOW)
    (row,) = found.to_dict("records")
    assert row["sentence"].startswith("KR-1: “Launch the portal” ")
    assert (row["evidence"], row["url"]) == ("Launch the portal", "https://notion.invalid/kr")


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_a_line_that_is_empty_is_asked_nothing(nothing: str | None) -> None:
    assert asked(of_one_objective(GOOD, GOOD), objectives({"title": nothing})) == []
