"""What is typed in the review tab and is in force already is never dropped without a word."""

from __future__ import annotations

from typing import Any

import pytest

from okr_model.review.answers import Answer, judge
from okr_model.review.row_tokens import token_parts
from pipelines.review.tab_layout import layout_of, rows_of
from tests.pipelines.review.test_tab_rows import (
    COLUMN,
    answered,
    decided,
    fresh,
    log_of,
    published,
    tab,
)

ALREADY = {
    "accept": (("B", "KR-1"), "accept", None, decided("accept", "B", "KR-1"), "accepted KR-1"),
    "reject": (("B", "KR-1"), "reject", None, decided("reject", "B", "KR-1"), "rejected KR-1"),
    "correct": (
        ("C", "KR-77"),
        "correct",
        "KR-2",
        decided("correct", "C", "KR-2", wrong_key_result_id="KR-77"),
        "accepted KR-2",
    ),
    "correct of none": (("D", ""), "correct", "KR-3", decided("accept", "D", "KR-3"), "accepted"),
    "other work": (("D", ""), "other work", None, decided("other", "D", None), "chose other work"),
}


def typed(
    by: str, pair: tuple[str, str], word: str, correct: str | None, *decisions: dict[str, Any]
) -> Answer:
    """What a row about a pair is worth when somebody types in it."""
    grid = fresh()
    for row in grid[1:]:
        parts = token_parts(str(row[COLUMN["token"]])) or ("", "", "", "")
        if (parts[0].removeprefix("jira:"), parts[1]) == pair:
            row[COLUMN["decision"]], row[COLUMN["correct"]] = word, correct
            row[COLUMN["who"]], row[COLUMN["why"]] = by, "I asked"
    state = tab(grid)
    answers = judge(rows_of(state, layout_of(state)), published(), log_of(*decisions))
    (found,) = [one for one in answers if one.row.text("decision")]
    return found


@pytest.mark.parametrize("case", ALREADY)
def test_the_same_by_another_stays_with_who_decided_it_and_by_oneself_is_told(case: str) -> None:
    pair, word, correct, before, what = ALREADY[case]
    other = typed("Rosa", pair, word, correct, before)
    assert (other.state, other.decision) == ("wrong", None)
    assert f"Mei {what}" in other.problem or f"and Mei {what}" in other.problem
    assert "already on 2026-11-10 (D-0). What is typed here says the same" in other.problem
    own = typed("mei ", pair, word, correct, before)
    assert (own.state, own.decision) == ("recorded", None)
    assert what in own.problem
    undone = decided("undo", pair[0], None, undoes="D-0")
    again = typed("Rosa", pair, word, correct, before, undone)
    assert (again.state, "after the row was written" in again.problem) == ("wrong", True)


def test_a_name_or_reason_typed_over_a_recorded_one_is_recorded_too() -> None:
    first = typed("Rosa", ("B", "KR-1"), "accept", None)
    assert first.decision is not None
    made = {**first.decision, "decided_at": "2026-11-10"}
    assert typed("Rosa", ("B", "KR-1"), "accept", None, made).state == "recorded"
    assert typed("Ida", ("B", "KR-1"), "accept", None, made).state == "new"


def test_other_work_that_two_people_type_names_whose_is_recorded() -> None:
    words = {("A", "KR-2"): "other work", ("A", "KR-3"): "other work"}
    both = answered(words, who=["Rosa", "Ida"])
    (kept,) = [one for one in both if one.decision]
    (told,) = [one for one in both if one.state == "wrong"]
    assert f"{kept.row.text('who')} chooses other work for it in another row" in told.problem
    assert {kept.row.text("who"), told.row.text("who")} == {"Rosa", "Ida"}
    (mine,) = [one for one in answered(words) if one.state == "recorded"]
    assert "Mei chooses other work for it" in mine.problem
