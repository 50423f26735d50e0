"""How Key Results were closed: decisions over records, against a slow replay of the log."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from okr_model.governance.closings import WAYS, closed_objectives, closings
from okr_model.links.decisions import LOG_COLUMNS, decisions_in_force, empty_log
from okr_model.review.decision_table import build_decisions
from okr_model.review.finding_verdicts import verdicts_in_force
from tests.support.key_result_frames import definitions
from tests.support.okr_cells import Q4

BEGAN = dt.datetime(2027, 1, 5, 9, tzinfo=dt.UTC)
DAY = BEGAN.date()


def log_of(*rows: dict[str, Any]) -> pd.DataFrame:
    """A log of these decisions, an hour apart, in the reverse of their order."""
    told = [
        {
            **dict.fromkeys(LOG_COLUMNS),
            "decision_id": f"D-{number:02}",
            "decided_at": BEGAN + dt.timedelta(hours=number),
            "decided_by": "Ada",
            "why": "because",
            **row,
        }
        for number, row in enumerate(rows)
    ]
    return pd.DataFrame(told[::-1], columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)


def close(key: str = "KR-1", way: str = "done", lesson: str | None = None) -> dict[str, Any]:
    more = {"cycle_id": Q4.id, "closed_as": way, "lesson": lesson}
    return {"action": "close", "key_result_id": key, **more}


def told(closed: pd.DataFrame) -> list[tuple[Any, ...]]:
    names = ["closed_as", "lesson", "decision_id"]
    rows = closed[names].astype("object").where(closed[names].notna(), None)
    return list(rows.itertuples(index=False, name=None))


def test_without_a_decision_it_is_what_the_record_says() -> None:
    defined = definitions(
        {"closed_as": "abandon", "lesson": "Too late."}, {"key_result_id": "KR-2"}
    )
    assert told(closings(defined, empty_log())) == [
        ("abandon", "Too late.", None),
        (None, None, None),
    ]


def test_a_decision_counts_over_the_record_and_keeps_its_lesson() -> None:
    defined = definitions({"closed_as": "abandon", "lesson": "Too late."})
    assert told(closings(defined, log_of(close(" kr-1 ")))) == [("done", "Too late.", "D-00")]
    taught = log_of(close(lesson="Ask first."))
    assert told(closings(defined, taught)) == [("done", "Ask first.", "D-00")]
    taken_back = log_of(close(), {"action": "undo", "undoes": "D-00"})
    assert told(closings(defined, taken_back)) == [("abandon", "Too late.", None)]


def test_what_was_decided_under_a_former_id_is_about_the_present_one() -> None:
    moved = {"kr-1": "KR-5", "KR-5": "KR-9"}
    defined = definitions({"key_result_id": "KR-9"}, {"key_result_id": "KR-2"})
    assert told(closings(defined, log_of(close()), moved)) == [
        ("done", None, "D-00"),
        (None, None, None),
    ]
    later = log_of(close("KR-9", "continue"), close("kr-5", "abandon"))  # the latest counts
    assert told(closings(defined, later, moved))[0] == ("abandon", None, "D-01")
    assert told(closings(definitions({}), log_of(close()), moved)) == [(None, None, None)]


def test_it_is_about_one_cycle_alone() -> None:
    other = log_of({**close(), "cycle_id": "2026-Q3"})
    assert told(closings(definitions({}), other)) == [(None, None, None)]


_MADE = st.lists(
    st.one_of(
        st.tuples(st.just("close"), st.sampled_from(["KR-1", "KR-2"]), st.sampled_from(WAYS)),
        st.tuples(st.just("undo"), st.integers(0, 7), st.none()),
    ),
    max_size=8,
)


@given(_MADE)
def test_the_latest_that_is_not_taken_back_counts(made: list[tuple[str, Any, Any]]) -> None:
    rows: list[dict[str, Any]] = []
    for action, about, way in made:
        if action == "close":
            rows.append(close(about, way))
        elif about < len(rows):  # what is taken back was decided before
            rows.append({"action": "undo", "undoes": f"D-{about:02}"})
    # By hand: from the end, each undo that stands takes away what it names.
    gone: set[str] = set()
    expected: dict[str, tuple[str, str]] = {}
    for number, row in reversed(list(enumerate(rows))):
        name = f"D-{number:02}"
        if name in gone:
            continue
        if row["action"] == "undo":
            gone.add(row["undoes"])
        else:
            expected.setdefault(row["key_result_id"], (row["closed_as"], name))
    found = closings(definitions({}, {"key_result_id": "KR-2"}), log_of(*rows))
    named = zip(found["key_result_id"], told(found), strict=True)
    assert {key: (way, one) for key, (way, _, one) in named if one} == expected


def test_other_decisions_stay_what_they_are() -> None:
    log = log_of(close(), close(way="continue"), {"action": "undo", "undoes": "D-01"})
    assert decisions_in_force(log).empty
    assert verdicts_in_force(log, DAY) == {}
    counts = build_decisions(log, DAY).set_index("decision_id")["in_force"]
    assert counts.to_dict() == {"D-00": True, "D-01": False, "D-02": True}


def test_objectives_are_closed_likewise_and_apart_from_key_results_of_the_same_id() -> None:
    names = ["objective_id", "cycle_id", "closed_as", "lesson"]
    rows = [
        ("O-1", Q4.id, "abandon", "Wide."),
        ("O-2", Q4.id, None, None),
        ("O-3", None, None, None),
    ]
    read = pd.DataFrame(rows, columns=names).astype("str")
    end = {"action": "close", "cycle_id": Q4.id, "closed_as": "done"}
    log = log_of(
        {**end, "objective_id": "o-2", "lesson": "Ask."},
        close("O-1"),
        {**end, "objective_id": "O-3"},
    )
    assert told(closed_objectives(read, log)) == [
        ("abandon", "Wide.", None),
        ("done", "Ask.", "D-00"),
        (None, None, None),
    ]
    counts = build_decisions(log, DAY)["in_force"]
    assert counts.all()
    assert told(closings(definitions({"key_result_id": "O-2"}), log)) == [(None, None, None)]
