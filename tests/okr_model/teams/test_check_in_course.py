"""What follows from the check-ins of one Key Result in their order."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from okr_model.entities import read_check_ins, with_notes_read
from okr_model.tables.records import IMPEDIMENT_KINDS
from okr_model.teams.check_in_course import content_findings, with_course
from tests.support.key_result_frames import definitions
from tests.support.okr_cells import Q4, ZONE, frame, record

WORDS = ("High", "Medium", "Low")
FIRST = dt.date(2026, 10, 2)
KEY_RESULTS = definitions(*({"team": "Sales" if n < 3 else "Web"} for n in range(5)))


def said(*notes: str, key: str = "KR-1", **fields: str) -> list[list[dict[str, object]]]:
    """A check-in each week, with its note."""
    return [
        record("check_ins", f"{key}:{week}", key_result=key, confidence="High", note=note,
               date=FIRST + dt.timedelta(weeks=week), **fields)
        for week, note in enumerate(notes)
    ]  # fmt: skip


def read(*records: list[dict[str, object]]) -> pd.DataFrame:
    cells = with_notes_read(frame(*records))
    return read_check_ins(cells, KEY_RESULTS, WORDS, ZONE)[0]


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-{text}")


def test_an_impediment_is_open_since_the_first_check_in_in_a_row_that_names_it() -> None:
    course = with_course(
        read(
            *said(
                "Impediment: no API", "Impediment: No  API.", "fine", "Impediment: no API",
                "Impediment: no API (since 12 Sep)", "Impediment: no API", "Impediment: no desk",
            )
        )
    )  # fmt: skip
    since = course["impediment_since"].tolist()
    assert since[:2] == [day("10-02")] * 2
    assert pd.isna(since[2])
    assert since[3:] == [day("10-23"), day("09-12"), day("09-12"), day("11-13")]


def test_its_kind_and_owner_hold_on_while_check_ins_name_it() -> None:
    course = with_course(
        read(
            *said("Impediment (resource): no API (Tomasz)", "Impediment: no API",
                  "Impediment: no API (Mei)", "fine", "Impediment: no API")
        )
    )  # fmt: skip
    owners = course["impediment_owner"].astype("object").where(course["impediment_owner"].notna())
    assert owners.fillna("").tolist() == ["Tomasz", "Tomasz", "Mei", "", ""]
    assert course["impediment_kind"].notna().tolist() == [True, True, True, False, False]


def test_of_each_key_result_for_itself() -> None:
    rows = read(*said("Impediment: x", key="KR-1"), *said("fine", "Impediment: x", key="KR-2"))
    since = with_course(rows).set_index("key_result_id")["impediment_since"]
    assert since["KR-1"] == day("10-02")
    assert since["KR-2"].tolist()[1] == day("10-09")


@pytest.mark.parametrize(
    ("second", "ticked", "done"),
    [
        ("Done: yes", None, True),
        ("Done: no", "yes", False),  # what the meeting says goes before a tick
        ("fine", "yes", True),
        ("fine", None, None),
    ],
)
def test_what_was_promised_and_whether_it_is_done(
    second: str, ticked: str | None, done: bool | None
) -> None:
    fields = {} if ticked is None else {"action_done": ticked}
    course = with_course(read(*said("Next: call Ann", **fields), *said("fine", second)[1:]))
    kept = course["action_done"].iloc[0]
    assert bool(kept) == done if done is not None else pd.isna(kept)
    assert course["action_done"].iloc[1:].isna().all()  # it promised nothing


def test_what_a_check_in_lacks() -> None:
    rows = read(*said("Why: a / Next: b", "Why: a", "Next: b", "fine"))
    lacks = [["next action"], ["cause"], ["cause", "next action"]]
    assert with_course(rows)["lacks"].tolist() == [[], *lacks]


def findings(*records: list[dict[str, object]]) -> list[dict[str, str]]:
    ends = {"due_on": Q4.end, "cycle_start": Q4.start, "cycle_end": Q4.end}
    rows = KEY_RESULTS.assign(**{name: pd.Timestamp(value) for name, value in ends.items()})
    found = content_findings(rows, read(*records), dt.date(2026, 11, 28))
    return found.to_dict("records")


WHOLE = "Why: a / Next: b"


def test_a_team_is_asked_once_and_gently() -> None:
    (one,) = findings(
        *said(WHOLE, WHOLE, "fine"), *said("fine", key="KR-2"), *said(WHOLE, key="KR-3")
    )
    assert (one["severity"], one["subject_type"], one["subject_id"]) == ("info", "team", "Sales")
    assert one["sentence"] == (
        "The last check-in on 2 of 3 Key Results of Sales states no cause or no next action, as"
        " earlier ones do. A short line helps the next meeting: Why: …, Next: …"
    )
    assert one["evidence"] == "KR-1, KR-2"


def test_only_what_a_team_works_with_is_expected() -> None:
    assert findings(*said(WHOLE, WHOLE, "fine"), *said("late", key="KR-2")) == []  # twice by chance
    assert findings(*said(WHOLE, WHOLE, WHOLE), *said("fine", key="KR-2")) == []  # half of them
    assert findings(*said("Next: a", "Next: b", "Next: c")) == []  # it never states a cause
    (one,) = findings(*said("Next: a", "Next: b", "Next: c", "Why: d"))
    assert "states no next action, as" in one["sentence"]


def test_of_no_check_ins_nothing_follows() -> None:
    assert with_course(read()).empty
    assert findings() == []
    assert len(IMPEDIMENT_KINDS) == 5
