"""The review tab as a grid: locating its columns, reading its rows, planning its update.

What belongs here: the mapping between the tab's cells and questions or answers. What does not: the
questions and answers themselves (:mod:`okr_model.review.questions`,
:mod:`okr_model.review.answers`) and talking to Google (``connectors.sheets``).

People may sort, filter, move and add rows and columns: columns are identified by their header and
rows by their token. In a row with a decision, only ``Result`` is ever changed until the decision is
recorded; then the row is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.sheets.tab_requests import Rewrite, TabState, Written
from okr_model.review.answers import WORDS, Answer, Row
from okr_model.review.questions import HEADERS, SHOWN, Question

_HEADER_WITHIN = 20
_MOST_OFFERED = 500  # more than anyone would scroll through


class LayoutError(Exception):
    """The tab's columns cannot be identified; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The row of the header and the position of each column, from 0."""

    header: int
    columns: Mapping[str, int]


NEW = Layout(0, {name: place for place, name in enumerate(HEADERS)})


def layout_of(tab: TabState | None) -> Layout | None:
    """Locate the columns; None if the tab is still empty.

    Raises:
        LayoutError: The tab has other content, or a column is missing or duplicated.
    """
    if tab is None or not tab.rows:
        return None
    best, there = 0, list[str]()
    for place, row in enumerate(tab.rows[:_HEADER_WITHIN]):
        words = [str(cell or "").strip() for cell in row]
        if len(set(words) & set(HEADERS.values())) > len(set(there) & set(HEADERS.values())):
            best, there = place, words
    wrong = [header for header in HEADERS.values() if there.count(header) != 1]
    if wrong:
        raise LayoutError(
            f"the tab “{tab.title}” has no column, or several, with the header "
            f"{', '.join(f'“{header}”' for header in wrong)}. Correct the header, or rename the "
            "tab if it is not the review tab; until then it is neither read nor written."
            if there
            else f"the tab “{tab.title}” has other content. Name another under links: review:."
        )
    return Layout(best, {name: there.index(header) for name, header in HEADERS.items()})


def rows_of(tab: TabState | None, layout: Layout | None) -> list[Row]:
    """The non-empty rows below the header."""
    if tab is None or layout is None:
        return []
    return [
        Row(
            place,
            {name: row[at] for name, at in layout.columns.items() if at < len(row)},
        )
        for place, row in enumerate(tab.rows)
        if place > layout.header and any(cell is not None for cell in row)
    ]


def plan_update(
    tab: TabState | None,
    layout: Layout | None,
    answers: Sequence[Answer],
    questions: Sequence[Question],
    key_results: Sequence[str] = (),
    leaving: Collection[str] | None = None,
) -> Rewrite:
    """Plan how to update the tab's questions without touching unrecorded decisions.

    Args:
        tab: The present tab.
        layout: Its layout; None if it is still empty.
        answers: The answers in its rows.
        questions: The questions that the tab should ask.
        key_results: The dropdown entries for the correct Key Result.
        leaving: The tokens of the rows that findings count on to be gone. Above a decision that is
            not recorded these go and no others, so that it stands where its finding says; the rest
            go after the next reading. None: whatever is done goes.
    """
    if layout is None:
        header = [Written(header, bold=True) for header in HEADERS.values()]
        rows = [_row(question, NEW) for question in questions]
        hidden = frozenset({NEW.columns["token"]})
        return _with_dropdowns(Rewrite(appended=[header, *rows], hidden=hidden), NEW, key_results)
    wanted = {(one.initiative_id, one.key_result_id): one for one in questions}
    covered = {
        (answer.initiative_id, answer.key_result_id)
        for answer in answers
        if answer.state in ("new", "wrong", "begun")
    }
    cells: dict[tuple[int, int], Written] = {}
    removed: set[int] = set()
    named = [one.row.place for one in answers if one.state == "wrong" and leaving is not None]
    for answer in answers:
        place, pair = answer.row.place, (answer.initiative_id, answer.key_result_id)
        is_above = place < max(named, default=-1)
        counted_on = answer.row.text("token") in (leaving or ())
        may_go = counted_on or not is_above
        if answer.state == "wrong":
            cells |= _result_note(answer, layout)
        elif answer.state == "recorded":
            removed |= {place} if may_go else set()
        elif answer.state == "blank" and answer.row.text("token"):
            question = wanted.get((answer.initiative_id or "", answer.key_result_id))
            if question is None or pair in covered or (is_above and counted_on):
                removed |= {place} if may_go else set()
            else:
                cells |= _differences(answer.row, question, layout)
                covered.add(pair)
    appended = [_row(one, layout) for pair, one in wanted.items() if pair not in covered]
    return _with_dropdowns(Rewrite(cells, appended, frozenset(removed)), layout, key_results)


def in_a_sentence(problem: str) -> str:
    """A problem as a sentence for the tab."""
    return problem[:1].upper() + problem[1:]


def _result_note(answer: Answer, layout: Layout) -> dict[tuple[int, int], Written]:
    """The note that tells a person what keeps the decision from being recorded."""
    note = in_a_sentence(answer.problem)
    if answer.row.text("result") == note:
        return {}
    return {(answer.row.place, layout.columns["result"]): Written(note)}


def _differences(row: Row, question: Question, layout: Layout) -> dict[tuple[int, int], Written]:
    wanted = {**question.shown, "token": question.token, "result": None}
    return {
        (row.place, layout.columns[name]): _cell(name, question)
        for name, value in wanted.items()
        if row.cells.get(name) != value
    }


def _row(question: Question, layout: Layout) -> list[Written]:
    cells = [Written(None)] * (max(layout.columns.values()) + 1)
    for name in (*SHOWN, "token"):
        cells[layout.columns[name]] = _cell(name, question)
    return cells


def _cell(name: str, question: Question) -> Written:
    if name == "token":
        return Written(question.token)
    url = question.shown["url"]
    link = str(url) if url and name in ("initiative", "url") else None
    return Written(question.shown.get(name), link)


def _with_dropdowns(wanted: Rewrite, layout: Layout, key_results: Sequence[str]) -> Rewrite:
    offered = {layout.columns["correct"]: key_results[:_MOST_OFFERED]} if key_results else {}
    return replace(wanted, choices={layout.columns["decision"]: WORDS}, offers=offered)
