"""Which entries change days that are published already."""

from datetime import date

import pandas as pd
import pytest

from okr_model.progress.late_entries import earliest_late

SEEN = pd.Timestamp("2026-11-10T01:00:00Z")
UPTO = date(2026, 11, 10)


def reading(day, value=1.0, unit="%", measure="sheets", seen=SEEN, key="KR-1"):
    text = f"{value} {unit}"
    return (key, date.fromisoformat(day), measure, value, unit, text, seen)


def call(day, confidence="high", number=1, seen=SEEN):
    return ("KR-1", date.fromisoformat(day), number, confidence, None, seen)


def tables(readings=(), calls=(), key_results=("KR-1",)):
    measured = ["key_result_id", "date", "measure", "value", "unit", "text", "seen_at"]
    stated = ["key_result_id", "date", "number", "confidence", "value", "seen_at"]
    return {
        "key_results": pd.DataFrame({"key_result_id": list(key_results)}),
        "measurements": pd.DataFrame(list(readings), columns=measured),
        "check_ins": pd.DataFrame(list(calls), columns=stated),
    }


OLD = [reading("2026-11-01"), reading("2026-11-05")]
HOURS = (*reading("2026-11-05", 60.0, "minutes")[:5], "1.0 hours", SEEN)
COMPUTED = reading("2026-11-04", measure="jira median", seen=None)


@pytest.mark.parametrize(
    ("before", "now", "first"),
    [
        (tables(OLD), tables(OLD), None),
        (tables(OLD), tables(list(reversed(OLD))), None),
        (tables(OLD), tables([*OLD, reading("2026-11-10")]), "2026-11-10"),
        (tables(OLD), tables([*OLD, reading("2026-11-11")]), None),  # no published day yet
        (tables(OLD), tables([*OLD, reading("2026-11-03"), reading("2026-11-07")]), "2026-11-03"),
        (tables(OLD), tables([OLD[0], reading("2026-11-05", 2.0)]), "2026-11-05"),
        (tables(OLD), tables(OLD[1:]), "2026-11-01"),
        # The same value in another unit is the same; another value in another unit is not.
        (
            tables([reading("2026-11-05", 1.0, "hours")]),
            tables([HOURS]),
            None,
        ),
        (tables([reading("2026-11-05", 2.0, "hours")]), tables([HOURS]), "2026-11-05"),
        # What is computed is computed on other days every night.
        (tables([COMPUTED]), tables([]), None),
        (tables([]), tables([COMPUTED]), None),
        (tables([COMPUTED]), tables([(*COMPUTED[:3], 9.0, *COMPUTED[4:])]), "2026-11-04"),
        # A Key Result that only one night knows has no published past to restate.
        (tables(key_results=()), tables(OLD), None),
        (tables(OLD), tables(key_results=()), None),
        (tables(calls=[call("2026-11-06")]), tables(calls=[call("2026-11-06")]), None),
        (
            tables(calls=[call("2026-11-06")]),
            tables(calls=[call("2026-11-06", "low")]),
            "2026-11-06",
        ),
        (tables(), tables(calls=[call("2026-11-06")]), "2026-11-06"),
        # A sheet whose lines moved is read anew, but says the same.
        (
            tables(calls=[call("2026-11-06")]),
            tables(calls=[call("2026-11-06", seen=pd.Timestamp("2026-11-11T01:00:00Z"))]),
            None,
        ),
        # The order of a day's statements matters.
        (
            tables(calls=[call("2026-11-06"), call("2026-11-06", "low", 2)]),
            tables(calls=[call("2026-11-06", "low"), call("2026-11-06", "high", 2)]),
            "2026-11-06",
        ),
        (tables(calls=[call("2026-11-06")]), tables(), "2026-11-06"),
    ],
)
def test_the_earliest_day_of_which_something_else_is_known(before, now, first):
    assert earliest_late(before, now, UPTO) == (first and date.fromisoformat(first))
