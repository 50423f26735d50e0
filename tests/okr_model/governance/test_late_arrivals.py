"""What is new in the final push, and what only looks so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from okr_model.governance.late_arrivals import late_arrivals
from okr_model.governance.phases import PhaseWeeks
from tests.support.key_result_frames import definitions
from tests.support.okr_cells import Q3, Q4

EVE = date(2026, 12, 9)  # the last day of the mid-cycle review
DAY = timedelta(days=1)
NEW: dict[str, Any] = {"key_result_id": "KR-9", "team": "Sales", "record_id": "page-9"}
OLD = {"key_result_id": "KR-1", "record_id": "page-1"}


def nights(*days: tuple[date, list[dict[str, str]]]) -> pd.DataFrame:
    rows = [{"source": "notion", **one, "as_of": day} for day, read in days for one in read]
    return pd.DataFrame(rows, columns=["key_result_id", "source", "record_id", "as_of"])


def found(defined: pd.DataFrame, before: pd.DataFrame, day: date) -> list[str]:
    rows = late_arrivals(defined, before, PhaseWeeks(), day)
    assert set(rows["rule"]) <= {"new in the final push"}
    return list(rows["subject_id"])


def test_it_is_told_from_the_night_that_read_it_first_until_the_cycle_ends() -> None:
    defined = definitions(OLD, NEW)
    first = EVE + DAY
    before = nights((EVE - DAY, [OLD]), (EVE, [OLD]))
    asked = late_arrivals(defined, before, PhaseWeeks(), first)
    one = asked.iloc[0]
    assert (len(asked), one["severity"], one["subject_type"]) == (1, "warning", "key result")
    assert one["sentence"] == (
        "KR-9 of Sales is new in the final push of 2026-Q4, in which no target is set: it was first"
        " read on 2026-12-10. Move it to the next cycle, or name in “carried from” the Key Result"
        " that it goes on with."
    )
    assert one["evidence"] == "first read 2026-12-10, not on 2026-12-09"
    later = pd.concat([before, nights((first, [OLD, NEW]))])
    assert late_arrivals(defined, later, PhaseWeeks(), Q4.end)["evidence"].tolist() == [
        one["evidence"]
    ]
    assert found(defined, later, Q4.end + DAY) == []


@pytest.mark.parametrize(
    ("last_without", "day", "new"),
    [
        (EVE, EVE + DAY, True),
        (EVE - DAY, EVE, False),  # read in the review, not in the push
        (EVE - DAY, EVE + DAY, False),  # it may have come on the eve: nobody looked
        (EVE + DAY, Q4.end, True),
    ],
)
def test_only_what_the_eve_or_a_later_night_did_not_have_is_new(
    last_without: date, day: date, new: bool
) -> None:
    before = nights((last_without, [OLD]))
    assert found(definitions(OLD, NEW), before, day) == ["KR-9"] * new


def test_on_the_first_night_nothing_is_new() -> None:
    defined, first = definitions(OLD, NEW), EVE + DAY
    assert found(defined, nights(), first) == []
    assert found(defined, nights((first, [OLD, NEW])), first) == []  # the same day again
    assert found(defined, nights((first, [OLD, NEW])), first + DAY) == []


@pytest.mark.parametrize(
    ("changed", "earlier"),
    [
        ({"carried_from": "KR-4"}, OLD),  # it says what it goes on with
        ({"key_result_id": "kr–9"}, {**NEW, "key_result_id": "KR-9"}),  # typed in another way
        ({"key_result_id": "KR-90"}, NEW),  # the same record under another id
        ({"record_id": "page-10"}, NEW),  # the same id in another record
        ({"created_on": pd.Timestamp(EVE)}, OLD),  # only read late
    ],
)
def test_what_was_there_before_is_not_new(changed: dict[str, Any], earlier: dict[str, Any]) -> None:
    gone = nights((EVE - 9 * DAY, [{k: earlier[k] for k in ("key_result_id", "record_id")}]))
    before = pd.concat([gone, nights((EVE, [OLD]))])
    assert found(definitions(OLD, {**NEW, **changed}), before, EVE + DAY) == []


def test_another_key_result_on_the_row_of_an_earlier_one_is_new() -> None:
    sheet = {"source": "sheets", "record_id": "tab:7"}
    before = nights((EVE, [{**sheet, "key_result_id": "KR-1"}]))
    made = pd.Timestamp(EVE + DAY)
    defined = definitions({**NEW, **sheet, "created_on": made})
    asked = late_arrivals(defined, before, PhaseWeeks(), EVE + DAY)
    assert asked["evidence"].tolist() == [
        "first read 2026-12-10, not on 2026-12-09; created 2026-12-10"
    ]


def test_one_that_stood_in_an_earlier_cycle_goes_on() -> None:
    last = {"cycle_id": Q3.id, "cycle_start": Q3.start, "cycle_end": Q3.end, "due_on": Q3.end}
    before = nights((EVE, [OLD]))
    assert found(definitions(NEW, {**NEW, **last}), before, EVE + DAY) == []


def test_without_any_key_result_nothing_is_new() -> None:
    for before in (nights(), nights((EVE, [OLD]))):
        assert found(definitions({})[:0], before, EVE + DAY) == []
