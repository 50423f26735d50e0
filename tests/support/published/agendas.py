"""Published rows for the tests of agendas: of any state, with texts of any kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from okr_model.rituals.agenda import Topic

DAY = dt.date(2026, 11, 28)
ODD_TEXTS = (
    "call Ann",
    "<script>alert(1)</script>",
    "**bold** [x](http://evil.example) `code`",
    "# heading\n- item\n\n1. **Measures.** 1 % → 2 %",
    "\x1b[31mred\x07 \u202eturned",
    "| a | b |",
    "x" * 5_000,
)
_LEVELS = st.sampled_from([None, "high", "medium", "low"])
_NUMBERS = st.floats(-1e7, 1e7, allow_nan=False).map(lambda number: round(number, 4))
_SHARES = st.none() | st.floats(-2, 3, allow_nan=False)
_DAYS = st.dates(dt.date(2026, 10, 1), DAY)
_TEXTS = st.none() | st.sampled_from(ODD_TEXTS)


@st.composite
def key_result_rows(draw: st.DrawFn, number: int = 1) -> dict[str, Any]:
    """A row of ``key_results`` with the columns that an agenda tells."""
    measured = draw(st.booleans())
    declined = draw(st.booleans())
    return {
        "key_result_id": f"KR-{number}",
        "statement": draw(st.sampled_from(ODD_TEXTS)),
        "cycle_end": draw(st.sampled_from([dt.date(2026, 12, 31), dt.date(2026, 9, 30)])),
        "as_of": DAY,
        "due_on": dt.date(2026, 12, 31),
        "unit": draw(st.sampled_from([None, "%", "hours", "count", "EUR"])),
        "value_state": "measured"
        if measured
        else draw(st.sampled_from(["no value", "unreadable"])),
        "current_value": draw(_NUMBERS) if measured else None,
        "current_value_at": draw(_DAYS) if measured else None,
        "value_age_days": draw(st.integers(0, 90)) if measured else None,
        "value_url": None,
        "baseline": draw(_NUMBERS),
        "target": draw(_NUMBERS),
        "kind": draw(st.sampled_from(["increase", "at most", "band", "milestones"])),
        "target_high": draw(st.none() | _NUMBERS),
        "progress_raw": draw(_SHARES) if measured else None,
        "progress_state": "computed" if measured else "no value",
        "expected_progress": draw(_SHARES),
        "pace": None,
        "stated_confidence": draw(_LEVELS),
        "stated_confidence_at": draw(st.none() | _DAYS),
        "computed_confidence": draw(_LEVELS),
        "evidence_state": "not enough evidence",
        "attainment_probability": draw(st.none() | st.floats(0, 1, allow_nan=False)),
        "declined_from": "high" if declined else None,
        "declining_since": draw(_DAYS) if declined else None,
        "missed_check_ins": draw(st.none() | st.integers(0, 5)),
        "initiatives": draw(st.integers(0, 3)),
        "open_initiatives": 3,
        "blocked_initiatives": draw(st.integers(0, 3)),
        "finished_28d": draw(st.integers(0, 50)),
        "added_28d": draw(st.integers(0, 50)),
    }


@st.composite
def check_ins(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of ``check_ins`` on one Key Result, oldest first."""
    answer = st.none() | st.booleans()
    row = st.fixed_dictionaries(
        {
            **dict.fromkeys(("changed", "cause", "impediment", "next_action"), _TEXTS),
            **dict.fromkeys(("adjustment", "depends_on", "note", "action_owner"), _TEXTS),
            "impediment_owner": _TEXTS,
            "impediment_kind": st.sampled_from([None, "resource", "external"]),
            "impediment_since": st.none() | _DAYS,
            "action_due_on": st.none() | st.dates(dt.date(2026, 10, 1), dt.date(2027, 1, 31)),
            "action_done": answer,
            "dependency_confirmed": answer,
        }
    )
    days = sorted(draw(st.lists(_DAYS, max_size=3)))
    return [{"date": day, **draw(row)} for day in days]


@st.composite
def topics(draw: st.DrawFn) -> list[Topic]:
    """What is known of up to four Key Results of one team."""
    return list(_topics(draw, draw(st.integers(1, 4))))


def _topics(draw: st.DrawFn, count: int) -> Iterator[Topic]:
    for number in range(1, count + 1):
        compared = draw(st.booleans())
        work = {
            "initiative_id": f"jira:{number}",
            "initiative": "SUP-1",
            "title": draw(_TEXTS),
            "status": None,
            "open_issues": draw(st.none() | st.integers(0, 99)),
            "done_issues": draw(st.none() | st.integers(0, 99)),
            "last_activity_on": draw(st.none() | _DAYS),
        }
        yield Topic(
            draw(key_result_rows(number)),
            draw(_NUMBERS) if compared else None,
            draw(_DAYS) if compared else None,
            draw(check_ins()),
            [work] * draw(st.integers(0, 1)),
        )
