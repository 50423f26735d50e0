"""The rows of the review tab by themselves: what is asked, and what an answer is worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import cycle
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sheets.tab_requests import Rewrite, TabState
from okr_model.links.decisions import LOG_COLUMNS, empty_log
from okr_model.review.answers import Answer, Row, judge
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.questions import HEADERS, Published, questions
from okr_model.review.row_tokens import token_parts
from pipelines.review.tab_layout import layout_of, plan_update, rows_of

ALIASES = {"KR-9": "KR-1"}
FORMULA = '=HYPERLINK("https://evil.example","KR-1")'
Grid = list[list[str | float | None]]


def initiative(name: str, title: str, **more: Any) -> dict[str, Any]:
    return {
        "initiative_id": f"jira:{name}",
        "initiative": name,
        "title": title,
        "source": "jira",
        "record_id": name,
        "status": "Open",
        "status_category": "new",
        "url": f"https://jira.example/{name}",
        **more,
    }


def link(name: str, key: str, state: str, rule: str, **more: Any) -> dict[str, Any]:
    return {
        "initiative_id": f"jira:{name}",
        "initiative": name,
        "key_result_id": key,
        "state": state,
        "rule": rule,
        "also_by": None,
        "field": "labels",
        "evidence": key,
        "url": f"https://jira.example/{name}",
        **more,
    }


def suggestion(name: str, key: str, rank: int, score: float, asked_for: str = "initiative") -> Any:
    return {
        "asked_for": asked_for,
        "initiative_id": f"jira:{name}",
        "initiative": name,
        "key_result_id": key,
        "rank": rank,
        "score": score,
        "reason": "same team",
        "url": f"https://jira.example/{name}",
    }


INITIATIVES = [
    initiative("A", "Linked"),
    initiative("B", FORMULA),
    initiative("C", "Names what there is not"),
    initiative("D", "Resembles nothing"),
    initiative("E", "Done", status_category="done"),
    initiative("F", "By row", initiative_id="sheets:7", source="sheets", record_id="7"),
]
LINKS = [
    link("A", "KR-1", "active", "field"),
    link("A", "KR-2", "overruled", "mention"),
    link("C", "KR-77", "broken", "field"),
]
SUGGESTIONS = [
    suggestion("B", "KR-1", 1, 0.4),
    suggestion("B", "KR-2", 2, 0.301),
    suggestion("A", "KR-3", 1, 0.2, "key result"),
]
KEY_RESULTS = [{"key_result_id": f"KR-{n}", "statement": f"The {n}th"} for n in (1, 2, 3)]


def tables(step: int = 1) -> Published:
    links, suggested, work, results = (
        pd.DataFrame(rows[::step]) for rows in (LINKS, SUGGESTIONS, INITIATIVES, KEY_RESULTS)
    )
    return Published(links, suggested, work, results, ALIASES)


@cache
def published() -> Published:
    return tables()


@cache
def nothing_decided() -> DecisionIndex:
    return DecisionIndex(empty_log(), ALIASES)


def log_of(*decisions: dict[str, Any]) -> DecisionIndex:
    if not decisions:
        return nothing_decided()
    rows = [
        dict.fromkeys(LOG_COLUMNS)
        | {"decided_at": f"2026-11-{10 + place}", "decision_id": f"D-{place}", "why": "so"}
        | {"decided_by": "Mei", "via": "command"}
        | row
        for place, row in enumerate(decisions)
    ]
    frame = pd.DataFrame(rows, columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)
    return DecisionIndex(frame, ALIASES)


def decided(action: str, name: str, key: str | None, **more: Any) -> dict[str, Any]:
    return {"action": action, "initiative_id": f"jira:{name}", "key_result_id": key, **more}


def asked(*decisions: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = questions(published(), log_of(*decisions))
    return [
        (str(one.shown["question"]), one.initiative_id.removeprefix("jira:"), one.key_result_id)
        for one in found
    ]


def tab(grid: Grid) -> TabState:
    return TabState(1, "Link review", 200, tuple(map(tuple, grid)))


def applied(grid: Grid, wanted: Rewrite) -> Grid:
    """What Google makes of a rewrite, by the meaning of its parts."""
    width = len(HEADERS)
    rows = [[*row, *[None] * (width - len(row))] for row in grid]
    for (row, column), cell in wanted.cells.items():
        rows[row][column] = cell.value
    rows = [row for place, row in enumerate(rows) if place not in wanted.removed]
    return rows + [[cell.value for cell in row] for row in wanted.appended]


def asking(grid: Grid, log: DecisionIndex) -> Grid:
    """The tab after it was brought up to date."""
    state = tab(grid) if grid else None
    layout = layout_of(state)
    answers = judge(rows_of(state, layout), published(), log)
    return applied(grid, plan_update(state, layout, answers, list(questions(published(), log))))


@cache
def _first() -> Grid:
    return asking([], log_of())


def fresh() -> Grid:
    return [list(row) for row in _first()]


COLUMN = {name: place for place, name in enumerate(HEADERS)}


def test_suggestions_come_first_then_conflicts_then_what_nothing_is_known_of() -> None:
    assert asked() == [
        ("Suggested link", "B", "KR-1"),
        ("Key Result without work", "A", "KR-3"),
        ("Conflict", "A", "KR-2"),
        ("Unknown Key Result", "C", "KR-77"),
        ("No link", "D", ""),
    ]


def test_what_is_decided_is_not_asked_unless_it_is_taken_back() -> None:
    reject = decided("reject", "B", "KR-9")  # KR-1 has been called so
    assert ("Suggested link", "B", "KR-2") in asked(reject)
    assert ("Suggested link", "B", "KR-1") not in asked(reject)
    accept = decided("accept", "D", "KR-2")
    assert not [one for one in asked(accept) if one[1] == "D"]
    undo = decided("undo", "D", None, undoes="D-0")
    assert ("No link", "D", "") in asked(accept, undo)


def test_other_work_is_not_asked_about_and_asked_again_when_taken_back() -> None:
    for name in "ABCD":
        assert not [one for one in asked(decided("other", name, None)) if one[1] == name]
    undo = decided("undo", "D", None, undoes="D-0")
    assert ("No link", "D", "") in asked(decided("other", "D", None), undo)


def answered(
    words: dict[tuple[str, str], str], *decisions: dict[str, Any], who: Sequence[str] = ("Mei",)
) -> list[Answer]:
    """The rows about pairs, each with a decision typed in it."""
    grid, names = fresh(), cycle(who)
    for row in grid[1:]:
        parts = token_parts(str(row[COLUMN["token"]])) or ("", "", "", "")
        word = words.get((parts[0].removeprefix("jira:"), parts[1]))
        row[COLUMN["decision"]], row[COLUMN["why"]] = word, "so"
        row[COLUMN["who"]] = next(names) if word else None
    state = tab(grid)
    answers = judge(rows_of(state, layout_of(state)), published(), log_of(*decisions))
    return [one for one in answers if one.row.text("decision")]


def test_other_work_may_be_typed_and_is_recorded_once_for_an_initiative() -> None:
    (one,) = answered({("D", ""): "Other work"})
    assert one.state == "new"
    assert one.decision is not None
    said = {name: one.decision[name] for name in ("action", "key_result_id", "via", "signed")}
    assert said == {
        "action": "other",
        "key_result_id": None,
        "via": "review tab",
        "signed": "not verified",
    }
    both = answered({("A", "KR-2"): "other work", ("A", "KR-3"): "other work"})
    assert sorted(one.state for one in both) == ["new", "recorded"]


def test_other_work_overrules_nobody_in_passing() -> None:
    against = answered({("A", "KR-2"): "other work", ("A", "KR-3"): "accept"})
    assert [one.state for one in against] == ["wrong", "wrong"]
    accepted = decided("accept", "A", "KR-1", claims="KR-1 by field")
    (one,) = answered({("A", "KR-2"): "other work"}, accepted)
    assert "Mei accepted KR-1 for it" in one.problem
    assert "okr links undo D-0" in one.problem
    (late,) = answered({("B", "KR-1"): "accept"}, decided("other", "B", None))
    assert "Mei (other by command" in late.problem


def test_a_conflict_is_answered_with_one_and_what_was_accepted_before_gives_way() -> None:
    accepted = decided("accept", "A", "KR-1", claims="KR-1 by field")
    (one,) = answered({("A", "KR-2"): "accept"}, accepted)
    names = ("action", "key_result_id", "wrong_key_result_id")
    assert one.decision is not None
    assert [one.decision[name] for name in names] == ["correct", "KR-2", "KR-1"]
    (again,) = answered({("A", "KR-2"): "accept"}, accepted, {**one.decision, "decided_by": "Mei"})
    assert again.state == "recorded"
    (twice,) = answered({("A", "KR-2"): "accept"}, accepted, decided("accept", "A", "KR-3"))
    assert "Take that back first" in twice.problem
    knowing = decided("accept", "A", "KR-1", claims="KR-1 by field, KR-2 by mention")
    (late,) = answered({("A", "KR-2"): "accept"}, knowing)
    assert "Mei (accept by command" in late.problem
    (other,) = answered({("A", "KR-3"): "accept"}, accepted)
    assert other.decision is not None
    assert other.decision["action"] == "accept"  # to serve that as well is no either-or


def test_a_conflict_known_to_who_decided_is_not_asked_and_a_new_one_is() -> None:
    knowing = decided("accept", "A", "KR-1", claims="KR-1 by field, KR-2 by mention")
    assert ("Conflict", "A", "KR-2") not in asked(knowing)
    before = decided("accept", "A", "KR-1", claims="KR-1 by field")
    assert ("Conflict", "A", "KR-2") in asked(before)


def test_other_peoples_text_stays_text_in_one_line() -> None:
    row = next(row for row in fresh() if "evil" in str(row[COLUMN["initiative"]]))
    assert row[COLUMN["initiative"]] == f"B: {FORMULA}"
    assert str(row[COLUMN["token"]]).startswith("#")
    assert row[COLUMN["reason"]] == "same team; else KR-2"


def test_a_token_is_new_when_something_was_decided_since() -> None:
    accept, undo = decided("accept", "B", "KR-1"), decided("undo", "B", None, undoes="D-0")
    first = next(iter(questions(published(), log_of())))
    again = next(iter(questions(published(), log_of(accept, undo))))
    assert first.shown == again.shown
    assert first.token != again.token
    assert token_parts("#a|b") is None
    assert token_parts("#sheets:a|b|KR-1|v|c") == ("sheets:a|b", "KR-1", "v", "c")


@settings(max_examples=25)
@given(st.data())
def test_wherever_rows_go_each_decision_is_about_what_its_row_shows(data: st.DataObject) -> None:
    grid = fresh()
    header, rows = grid[0], grid[1:]
    words = {}
    for row in rows:
        word = data.draw(st.sampled_from([None, "accept", "reject", "correct", "nonsense"]))
        row[COLUMN["decision"]], row[COLUMN["who"]], row[COLUMN["why"]] = word, "Mei", "so"
        row[COLUMN["correct"]] = "KR-2" if word == "correct" else None
        words[row[COLUMN["token"]]] = word
    blank: Grid = [[] for _ in range(data.draw(st.integers(0, 2)))]
    moved = data.draw(st.permutations([*rows, *blank]))
    order = data.draw(st.permutations(range(len(HEADERS))))
    shuffled = [[row[place] if row else None for place in order] for row in [header, *moved]]
    state = tab(shuffled)
    answers = judge(rows_of(state, layout_of(state)), published(), log_of())
    straight = judge(rows_of(tab(grid), layout_of(tab(grid))), published(), log_of())
    assert sorted(map(_outcome, answers)) == sorted(map(_outcome, straight))
    for answer in answers:
        shown = str(answer.row.cells["suggested"] or "").partition(":")[0]
        assert answer.key_result_id == shown
        if answer.decision:
            assert words[answer.row.cells["token"]] == (answer.row.text("decision"))
            named = answer.decision["wrong_key_result_id"] or answer.decision["key_result_id"]
            assert named == (shown or "KR-2")


def _outcome(answer: Any) -> tuple[str, ...]:
    decision = answer.decision or {}
    names = ("decision_id", "action", "initiative_id", "key_result_id")
    return (answer.row.text("token"), answer.state, *(str(decision.get(name)) for name in names))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 13)), max_size=4), st.randoms())
def test_rows_put_together_from_several_decide_nothing(
    swaps: list[tuple[int, int]], random: Any
) -> None:
    """Sorting one column alone leaves rows that are nobody's question."""
    grid = fresh()
    for row in grid[1:]:
        row[COLUMN["decision"]], row[COLUMN["who"]], row[COLUMN["why"]] = "reject", "Mei", "so"
    mixed = [list(row) for row in grid]
    own = [COLUMN[name] for name in ("question", "initiative", "present", "suggested", "token")]
    for place, column in swaps:
        other = random.randint(1, len(grid) - 1)
        mixed[place][column], mixed[other][column] = mixed[other][column], mixed[place][column]
    known = {tuple(row[column] for column in own) for row in grid[1:]}
    state = tab(mixed)
    for answer in judge(rows_of(state, layout_of(state)), published(), log_of()):
        whole = tuple(mixed[answer.row.place][column] for column in own) in known
        assert whole or answer.state == "wrong"


@settings(max_examples=25)
@given(st.data())
def test_bringing_up_is_done_after_once_and_spares_every_decision(data: st.DataObject) -> None:
    grid = fresh()
    for row in grid[1:]:
        row[COLUMN["decision"]] = data.draw(st.sampled_from([None, "accept", "reject", "x"]))
        row[COLUMN["who"]] = data.draw(st.sampled_from([None, "Mei"]))
        row[COLUMN["why"]] = data.draw(st.sampled_from([None, "so"]))
    moves = data.draw(
        st.lists(
            st.sampled_from(
                [
                    decided("accept", "B", "KR-1"),
                    decided("reject", "A", "KR-2"),
                    decided("accept", "D", "KR-3"),
                ]
            ),
            max_size=3,
            unique_by=lambda one: one["initiative_id"],
        )
    )
    log = log_of(*moves)
    once = asking(grid, log)
    assert asking(once, log) == once
    kept = {row[COLUMN["token"]]: row for row in once}
    state = tab(grid)
    for answer in judge(rows_of(state, layout_of(state)), published(), log):
        if answer.state in ("new", "wrong", "begun"):
            before, after = grid[answer.row.place], kept[answer.row.text("token")]
            changed = {place for place in range(len(HEADERS)) if before[place] != after[place]}
            assert changed <= ({COLUMN["result"]} if answer.state == "wrong" else set())
        elif answer.state == "recorded":
            assert answer.row.text("token") not in kept
    pairs = [(row[COLUMN["initiative"]], row[COLUMN["suggested"]]) for row in once]
    assert len(pairs) == len(set(pairs))


def test_the_order_of_the_tables_makes_no_difference() -> None:
    there = list(questions(published(), log_of()))
    assert list(questions(tables(-1), log_of())) == there


def test_an_answer_is_the_same_whatever_case_and_blanks_it_is_typed_in() -> None:
    grid = fresh()
    row = dict(zip(HEADERS, grid[1], strict=True))
    typed: dict[str, str | float | None] = {"correct": "kr\u20113 : The 3th", "why": 1.0}
    typed |= {"decision": " Correct ", "who": " Mei  Lin "}
    (answer,) = judge([Row(1, row | typed)], published(), log_of())
    assert answer.decision is not None
    said = [answer.decision[name] for name in ("action", "key_result_id", "decided_by", "why")]
    assert said == ["correct", "KR-3", "Mei Lin", "1"]
