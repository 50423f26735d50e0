"""What a team's agenda is about, and in which order."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from okr_model.rituals.agenda import ATTENTION, Topic, attention, build_agenda
from tests.support.published.agendas import DAY, topics

ROW = {
    "key_result_id": "KR-1", "as_of": DAY, "cycle_end": dt.date(2026, 12, 31),
    "stated_confidence": "high", "computed_confidence": "high", "missed_check_ins": 0,
}  # fmt: skip


def agenda(*check_ins: dict[str, Any], work: tuple[dict[str, Any], ...] = ()) -> Any:
    """The only item of an agenda; check-ins a week apart, the last one yesterday."""
    last = DAY - dt.timedelta(days=1)
    weeks = range(len(check_ins) - 1, -1, -1)
    dated = [
        {"date": last - dt.timedelta(weeks=week), **said}
        for week, said in zip(weeks, check_ins, strict=True)
    ]
    (item,) = build_agenda("Sales", "2026-Q4", DAY, [Topic(ROW, None, None, dated, work)]).items
    return item


@pytest.mark.parametrize(
    ("stated", "computed", "missed", "needed"),
    [
        ("low", "high", 0, "low"),
        ("high", "low", 0, "low"),
        ("medium", "high", 0, "medium"),
        ("medium", "low", 0, "low"),
        (None, "medium", 3, "medium"),
        ("high", "high", 0, "high"),
        ("high", "high", 2, "unknown"),  # an old call is no reason to move on
        (None, "high", None, "unknown"),
        ("high", None, 0, "unknown"),
        (None, None, None, "unknown"),
    ],
)
def test_the_worse_of_both_calls_says_how_much_a_key_result_needs(
    stated: str | None, computed: str | None, missed: int | None, needed: str
) -> None:
    row = {**ROW, "stated_confidence": stated, "computed_confidence": computed}
    assert attention({**row, "missed_check_ins": missed}) == needed
    assert attention({**row, "cycle_end": dt.date(2026, 9, 30), "missed_check_ins": 0}) == "ended"


@given(topics())
@settings(max_examples=30)
def test_critical_first_the_high_last_and_else_as_given(known: list[Topic]) -> None:
    told = build_agenda("Sales", "2026-Q4", DAY, known)
    ranks = [ATTENTION.index(item.attention) for item in told.items]
    assert ranks == sorted(ranks)
    assert len(told.items) == len(known)
    for needed in ATTENTION:
        ids = [item.key_result_id for item in told.items if item.attention == needed]
        assert ids == sorted(ids, key=lambda key: int(key[3:]))
    dives = (i.key_result_id for i in told.items if i.attention == "low" and not i.is_met)
    assert told.deep_dives == tuple(dives)


@given(topics())
@settings(max_examples=30)
def test_nothing_depends_on_who_somebody_is(known: list[Topic]) -> None:
    def renamed(topic: Topic) -> Topic:
        nobody = {"action_owner": None, "impediment_owner": None, "author": "Zoe"}
        return replace(topic, check_ins=[{**row, **nobody} for row in topic.check_ins])

    told = build_agenda("Sales", "2026-Q4", DAY, known)
    without = build_agenda("Sales", "2026-Q4", DAY, map(renamed, known))
    for one, other in zip(told.items, without.items, strict=True):
        impediment = one.impediment and replace(one.impediment, owner=None)
        before, ahead = (
            tuple(replace(action, owner=None) for action in actions)
            for actions in (one.last_actions, one.next_actions)
        )
        assert other == replace(one, impediment=impediment, last_actions=before, next_actions=ahead)


def said(text: str, due: dt.date | None = None, done: bool | None = None) -> dict[str, Any]:
    return {"next_action": text, "action_due_on": due, "action_done": done}


PAST, AHEAD = DAY - dt.timedelta(days=3), DAY + dt.timedelta(days=5)


@pytest.mark.parametrize(
    ("check_ins", "before", "ahead"),
    [
        ((said("a", PAST, True), said("b", AHEAD)), [("a", True)], [("b", None)]),
        ((said("a", PAST, False), said("b", AHEAD)), [("a", False)], [("b", None)]),
        ((said("a", PAST), said("b")), [("a", None)], [("b", None)]),
        ((said("a"), said("b", AHEAD, True)), [("a", None), ("b", True)], []),  # ticked since
        ((said("a"), said("b", PAST, False)), [("a", None)], [("b", False)]),  # a box not ticked
        ((said("a", AHEAD), {}), [], [("a", None)]),  # promised before, and not due
        ((said("a", PAST), {}), [("a", None)], []),
        ((said("a"), said("b", done=True), said("c")), [("b", True)], [("c", None)]),
        (({},), [], []),
        ((), [], []),
    ],
)
def test_what_is_looked_back_at_and_what_is_to_come(
    check_ins: tuple[dict[str, Any], ...], before: list[Any], ahead: list[Any]
) -> None:
    item = agenda(*check_ins)
    assert [(one.text, one.done) for one in item.last_actions] == before
    assert [(one.text, one.done) for one in item.next_actions] == ahead


def test_only_the_last_check_in_says_what_slows_it() -> None:
    slow = {"impediment": "no API", "impediment_kind_text": "dragons", "depends_on": "Web"}
    assert agenda(slow, {}).impediment is None
    item = agenda({}, slow)
    assert (item.impediment.text, item.impediment.kind) == ("no API", "dragons")
    assert (item.dependency.on, item.dependency.confirmed) == ("Web", None)


def test_words_before_the_labels_are_told_and_those_behind_only_once() -> None:
    assert agenda({"note": "Late again. Why: price"}).words == "Late again."
    assert agenda({"note": "Why: price"}).words is None
    assert agenda({"note": "Late again"}).words == "Late again"


def test_work_that_moved_since_the_last_check_in_comes_first() -> None:
    work = {"initiative": "SUP-1", "title": None, "open_issues": None, "done_issues": 3}
    still = {**work, "initiative_id": "a", "last_activity_on": DAY - dt.timedelta(days=9)}
    moved = {**work, "initiative_id": "b", "last_activity_on": DAY}
    item = agenda({}, work=(still, moved))
    assert [(one.initiative_id, one.moved) for one in item.work] == [("b", True), ("a", False)]
