"""Issues below a parent are those of the end of each day, by what change logs tell of parents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from okr_model.measures.issue_measures import Measure, evaluate, members
from okr_model.measures.unknown_names import unknown_names
from tests.okr_model.measures.test_identity import TODO, issue, records
from tests.support.engines import ENGINES, at, engine

FIRST = date(2026, 11, 2)
DAYS = [FIRST + timedelta(days=n) for n in range(8)]
ROOTS = ["1", "2", "3"]
FORMS = [  # field and its id, as Cloud and Data Center log a parent of one kind or another
    ("Parent", "parent"),
    ("IssueParentAssociation", None),
    ("IssueParentAssociation", "IssueParentAssociation"),
    ("Epic Link", "customfield_10014"),
    ("Parent Issue", None),
]


class Move(NamedTuple):
    when: datetime
    parent: str | None
    form: tuple[str, str | None] = FORMS[1]
    known: bool = True  # by its id, not only by its key


def logged(child: str, first: str | None, moves: list[Move]) -> list[tuple]:
    """The change log of one issue, whose first entry has the number 8."""
    rows, old = [], first
    for number, (when, new, form, known) in enumerate(moves, 8):
        sides = [
            side
            for parent in (old, new)
            for side in (parent if known else None, f"TREA-{parent}" if parent else None)
        ]
        rows.append((f"{child}:{number}", child, when, *form, *sides))
        old = new
    return rows


def below(child: str, parent: str | None) -> tuple:
    held = {"parent_id": parent, "parent": f"TREA-{parent}"} if parent else {}
    return issue(child, TODO, **held)


@st.composite
def histories(draw: st.DrawFn) -> dict[str, tuple[str | None, list[Move]]]:
    """The first parent of each child and its moves, in the order of the log."""
    parents = st.sampled_from([None, *ROOTS])
    found = {}
    for number in range(draw(st.integers(1, 6))):
        hours = sorted(draw(st.lists(st.integers(0, 9 * 4), max_size=6)))  # some at once
        moves = [
            Move(
                at("2026-11-01T12:00") + timedelta(hours=6 * hour),
                *(draw(parents), draw(st.sampled_from(FORMS))),
                known=draw(st.booleans()),
            )
            for hour in hours
        ]
        found[str(10 + number)] = (draw(parents), moves)
    return found


@settings(max_examples=15, phases=[Phase.generate])
@given(histories(), st.sampled_from(ENGINES))
def test_children_are_those_of_a_slow_replay(
    children: dict[str, tuple[str | None, list[Move]]], name: str
) -> None:
    issues, log = [issue(one, TODO) for one in ROOTS], []
    then: dict[tuple[str, date], str | None] = {}
    for child, (first, moves) in children.items():
        log += logged(child, first, moves)
        issues.append(below(child, [first, *(one.parent for one in moves)][-1]))
        for day in DAYS:
            parent, end = first, at(f"{day + timedelta(days=1)}T00:00")
            for move in moves:
                parent = move.parent if move.when < end else parent
            then[child, day] = parent
    measures = [
        Measure.of(f"count of issues from jira where parent = TREA-{root}", "KR-1")
        for root in ROOTS
    ]
    held = records(engine(name), measures, issues, log[::-1])
    for root, measure in zip(ROOTS, measures, strict=True):
        rows = evaluate(measure, held, DAYS, "UTC")
        found = dict(zip(rows["date"].dt.date, rows["value"], strict=True))
        for day in DAYS:
            mine = {child for (child, on), parent in then.items() if (on, parent) == (day, root)}
            assert found.get(day, 0.0) == len(mine)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("form", FORMS)
def test_a_parent_is_known_by_its_key_though_nothing_is_below_it_any_more(
    name: str, form: tuple[str, str | None]
) -> None:
    moves = [Move(at("2026-11-05T12:00"), "2", form), Move(at("2026-11-05T12:00"), None, form)]
    issues = [issue(one, TODO) for one in ROOTS] + [below("10", None)]
    measure = Measure.of("count of issues from jira where parent = trea-1", "KR-1")
    held = records(engine(name), [measure], issues, logged("10", "1", moves))
    assert evaluate(measure, held, DAYS, "UTC")["value"].tolist() == [1.0] * 3 + [0.0] * 5
    assert not unknown_names(measure, held, has_values=True)
    held = replace(held, issues=held.issues.with_columns(url="key"))
    for day, keys in ((DAYS[2], ["TREA-10"]), (DAYS[3], [])):
        assert members(measure, held, day, "UTC")["key"].tolist() == keys


@pytest.mark.parametrize("name", ENGINES)
def test_a_parent_that_the_log_only_names_is_the_issue_of_that_key(name: str) -> None:
    moves = [Move(at("2026-11-05T12:00"), "2", known=False)]
    issues = [issue(one, TODO) for one in ROOTS] + [below("10", "2"), below("11", "1")]
    measure = Measure.of("count of issues from jira where parent = TREA-1", "KR-1")
    held = records(engine(name), [measure], issues, logged("10", "1", moves))
    assert evaluate(measure, held, DAYS, "UTC")["value"].tolist() == [2.0] * 3 + [1.0] * 5
