"""Comments as check-ins: which count, when, and what is asked about."""

from __future__ import annotations

from typing import Any

import pandas as pd

from okr_model.entities import (
    read_check_ins,
    read_key_results,
    read_objectives,
    with_notes_read,
)
from okr_model.entities.derived.comment_check_ins import with_comments_read
from okr_model.entities.derived.comment_texts import CommentForm
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q4, ZONE, frame, record

WORDS = ("High", "Medium", "Low")
OBJECTIVES, _ = read_objectives(empty_cells(), [Q4])
KEY_RESULTS, _ = read_key_results(
    frame(
        record("key_results", "10001", "jira", id="KR-1", unit="%", target=75, baseline=0),
        record("key_results", "10002", "jira", id="KR-2", unit="%", target=75, baseline=0),
    ),
    OBJECTIVES,
    [Q4],
    ZONE,
    as_of=Q4.start,
)


def comment(number: int, said: str, at: str, issue: str = "10001") -> list[dict[str, Any]]:
    """A comment on an issue, as the dataset's reader hands it over."""
    where = f"comment {number} on OKR-{issue[-1]}"
    cells = record(
        "check_ins",
        f"{issue}:{number}",
        "jira",
        key_result={"kind": "refs", "refs": [issue], "text": f"OKR-{issue[-1]}"},
        date={"kind": "datetime", "date": at, "text": at},
        author="Mia",
        comment=said,
    )
    return [{**cell, "name": where, "address": where, "dataset": "comments"} for cell in cells]


def read(*comments: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = with_comments_read(frame(*comments), {"comments": CommentForm()}, WORDS)
    return read_check_ins(with_notes_read(cells), KEY_RESULTS, WORDS, ZONE)


def test_what_a_comment_says_behind_labels_is_read_as_of_any_note() -> None:
    at = "2026-11-27T09:00:00+08:00"
    rows, findings = read(
        comment(1, "Check-in: 42 %, confidence high\nWhy: 3 of 4 stayed\nNext: call (Mia)", at),
        comment(
            2,
            "Check-in\nWhy: 3 of 4 left\nconfidence: low\nNext: ask them; then decide",
            at,
            "10002",
        ),
    )
    assert findings.empty
    assert rows["value"].tolist()[0] == 42
    assert rows["value"].isna().tolist() == [False, True]
    assert rows["confidence"].tolist() == ["high", "low"]
    assert rows["cause"].tolist() == ["3 of 4 stayed", "3 of 4 left"]
    assert rows["next_action"].tolist() == ["call", "ask them; then decide"]


def test_a_comment_is_a_check_in_of_its_issue_at_the_time_it_was_written() -> None:
    rows, findings = read(
        comment(2, "Check-in: 43 %, low\nNext: call", "2026-11-20T17:00:00+08:00"),
        comment(1, "Check-in: 42 %, high", "2026-11-20T09:00:00+08:00"),
        comment(3, "What does this mean?", "2026-11-20T18:00:00+08:00"),
        comment(4, "Check-in: medium", "2026-11-21T01:00:00+08:00", "10002"),
    )
    assert findings.empty
    shown = rows[["key_result_id", "number", "value", "confidence", "note", "author"]]
    assert shown.astype("object").where(shown.notna(), None).to_numpy().tolist() == [
        ["KR-1", 1, 42.0, "high", None, "Mia"],
        ["KR-1", 2, 43.0, "low", "Next: call", "Mia"],
        ["KR-2", 1, None, "medium", None, "Mia"],
    ]
    assert rows["stated_at"].iloc[1] == pd.Timestamp("2026-11-20T09:00:00Z")


def test_a_comment_that_begins_as_a_check_in_and_cannot_be_read_is_named() -> None:
    rows, findings = read(
        comment(1, "Check-in tomorrow?", "2026-11-20T09:00:00+08:00"),
        comment(2, "Check-in: 42 %, confidence so-so", "2026-11-21T09:00:00+08:00"),
        comment(3, "Check-in: 42 apples", "2026-11-22T09:00:00+08:00"),
    )
    assert len(rows) == 2
    said = findings.set_index("rule")
    assert set(said.index) == {"unreadable check-in", "unknown confidence", "unreadable value"}
    assert (findings["subject_id"] == "KR-1").all()
    assert findings["sentence"].str.contains(" on OKR-1").all()
    assert "comment 1 on OKR-1" in said.loc["unreadable check-in", "sentence"]
    assert said.loc["unreadable check-in", "evidence"] == "Check-in tomorrow?"
    assert "comment 2 on OKR-1" in said.loc["unknown confidence", "sentence"]


def test_comments_on_what_is_no_key_result_are_told_once_each_and_left_out() -> None:
    rows, findings = read(
        comment(1, "Check-in: 42 %", "2026-11-20T09:00:00+08:00", "10009"),
        comment(2, "Hello", "2026-11-20T09:00:00+08:00", "10009"),
    )
    assert rows.empty
    assert findings["rule"].tolist() == ["unknown key result"]
    assert "OKR-9" in findings["sentence"].iloc[0]


def test_other_cells_are_as_they_were() -> None:
    other = frame(record("check_ins", "1", key_result="KR-1", date="2026-11-20", confidence="low"))
    assert with_comments_read(other, {}, WORDS) is other
