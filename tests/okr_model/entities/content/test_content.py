"""What check-ins hold, from fields of their own and from one labelled note."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from okr_model.entities import read_check_ins, with_notes_read
from okr_model.entities.content.content_fields import FIELDS
from okr_model.tables import CHECK_INS
from pipelines.settings import CANONICAL_FIELDS
from tests.support.key_result_frames import definitions
from tests.support.okr_cells import ZONE, frame, record

FRIDAY = dt.date(2026, 11, 27)
WORDS = ("High", "Medium", "Low")


def read(number: int = 1, **fields: Any) -> tuple[pd.Series, pd.DataFrame]:
    """One check-in of these fields, and the findings."""
    said = {"key_result": "KR-1", "date": FRIDAY, "confidence": "High", **fields}
    cells = with_notes_read(frame(record("check_ins", f"c:{number}", **said)))
    rows, findings = read_check_ins(cells, definitions({}), WORDS, ZONE)
    return rows.iloc[0], findings


def test_every_field_may_be_mapped_and_every_column_is_published() -> None:
    assert set(FIELDS) < set(CANONICAL_FIELDS["check_ins"])
    row, _ = read()
    assert {name for name in row.index if name in CHECK_INS.column_names} >= {
        *("changed", "cause", "impediment", "impediment_kind", "impediment_kind_text"),
        *("impediment_owner", "impediment_since", "next_action", "action_owner", "action_due_on"),
        *("action_done", "last_action_done", "adjustment", "depends_on", "dependency_confirmed"),
    }


def test_columns_and_a_text_say_the_same() -> None:
    columns, odd = read(
        changed="31 came", cause="partners", impediment="no API", impediment_kind="Dependency",
        impediment_owner="Tomasz", impediment_since=dt.date(2026, 11, 3), next_action="call Ann",
        action_owner="Mei", action_due="12 Dec", adjustment="fewer mails", depends_on="Design",
        dependency_confirmed={"kind": "bool", "number": 1.0, "text": "yes"},
        last_action_done={"kind": "bool", "number": 0.0, "text": "no"},
    )  # fmt: skip
    text, also = read(
        note="Changed: 31 came\nWhy: partners\nImpediment (dependency): no API (Tomasz, since"
        " 3 Nov)\nNext: call Ann by 12 Dec (Mei)\nAdjust: fewer mails\nNeeds: Design (confirmed)"
        "\nLast action: not done"
    )
    assert odd.empty
    assert also.empty
    names = [name for name in columns.index if name not in ("note", "impediment_kind_text")]
    pd.testing.assert_series_equal(columns[names], text[names])
    assert text["action_due_on"] == pd.Timestamp(2026, 12, 12)
    assert text["note"].startswith("Changed: 31 came Why: partners")  # it stays whole


def test_a_text_without_labels_is_the_comment_and_nothing_else() -> None:
    row, findings = read(note="Two guides late: we hope for December")
    assert row["note"] == "Two guides late: we hope for December"
    assert row[["cause", "next_action", "impediment", "action_done"]].isna().all()
    assert findings.empty


def test_a_field_goes_before_the_note_unless_it_is_empty() -> None:
    row, _ = read(note="Why: b / Next: d", cause="a", next_action={"kind": "empty", "text": ""})
    assert (row["cause"], row["next_action"]) == ("a", "d")


def test_an_unknown_kind_names_the_record_and_keeps_the_text() -> None:
    row, findings = read(note="Impediment (dragons): a cave")
    assert (row["impediment"], row["impediment_kind_text"]) == ("a cave", "dragons")
    assert pd.isna(row["impediment_kind"])
    (found,) = findings.to_dict("records")
    assert (found["rule"], found["subject_id"]) == ("unknown impediment kind", "KR-1")
    assert "“dragons” in the check-in of KR-1 on 2026-11-27 (note (Tab!note))" in found["sentence"]
    assert found["url"] == "https://example.test/c:1"


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("action_due", "someday", "due day of the next action of KR-1"),
        ("impediment_since", "long ago", "day since which the impediment is open of KR-1"),
        ("last_action_done", "perhaps", "answer whether the last action is done of KR-1"),
        ("dependency_confirmed", "hm", "answer whether the dependency is confirmed of KR-1"),
    ],
)
def test_what_cannot_be_read_is_asked_about(field: str, text: str, said: str) -> None:
    row, findings = read(**{field: text})
    (found,) = findings.to_dict("records")
    assert found["rule"] == "unreadable value"
    assert said in found["sentence"]
    assert "check-in of 2026-11-27" in found["sentence"]
    assert found["evidence"] == text
    assert row[["action_due_on", "impediment_since", "last_action_done"]].isna().all()


@pytest.mark.parametrize("none", ["none", "-", "Keine.", "n/a"])
def test_none_is_none(none: str) -> None:
    row, findings = read(impediment=none, next_action=none, action_due=none, changed="nothing")
    assert row[["impediment", "next_action", "action_due_on"]].isna().all()
    assert row["changed"] == "nothing"
    assert findings.empty


@pytest.mark.parametrize(
    ("note", "columns"),
    [
        ("Next: a by 12 Dec (Mei)\nNext: b by 13 Dec (Tom)", {"action_due_on", "action_owner"}),
        ("Next: a\nDue: in two weeks", {"action_due_on"}),
        ("Next: a\nWhy: b\nDue: yesterday", {"action_due_on"}),
        ("Impediment: a (Tom, since ages)", {"impediment_since"}),
        ("Next: a\nLast action: maybe", {"last_action_done"}),
        ("Needs: Sales (confirmed)\nNeeds: Legal (asked)", {"dependency_confirmed"}),
    ],
)
def test_what_a_label_says_and_nobody_can_read_is_asked_about(note: str, columns: set[str]) -> None:
    row, findings = read(note=note)
    assert row[list(columns)].isna().all()
    (found,) = findings.to_dict("records")
    assert (found["rule"], found["subject_id"]) == ("unreadable value", "KR-1")
