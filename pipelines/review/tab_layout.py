"""The review tab as a grid: where its columns are, what its rows say, and how it is brought up.

What belongs here: between cells and what they mean. What does not: what is asked and what an answer
is worth (:mod:`okr_model.review.questions`, :mod:`okr_model.review.answers`), and speaking to
Google.

People may sort, filter, move and add rows and columns as they like: columns are known by their
header and rows by their token. A row in which somebody has decided is never changed but for its
``Result``, until the decision is recorded; then the row goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.sheets.shared_tab import Rewrite, TabState, Written
from okr_model.review.answers import WORDS, Answer, Row
from okr_model.review.questions import HEADERS, SHOWN, Question

_HEADER_WITHIN = 20
_MOST_OFFERED = 500  # more than anybody looks through


class LayoutError(Exception):
    """The tab's columns cannot be told; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header is and each column; from 0."""

    header: int
    columns: Mapping[str, int]


NEW = Layout(0, {name: place for place, name in enumerate(HEADERS)})


def layout_of(tab: TabState | None) -> Layout | None:
    """Where the columns are; None where nothing is written yet.

    Raises:
        LayoutError: There is something else, or a column is missing or there twice.
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
            "tab and give it back its own: nothing is read from it or written to it until then."
            if there
            else f"the tab “{tab.title}” holds something else. Name another under links: review:."
        )
    return Layout(best, {name: there.index(header) for name, header in HEADERS.items()})


def rows_of(tab: TabState | None, layout: Layout | None) -> list[Row]:
    """The rows below the header that hold anything."""
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
    asks: Sequence[Question],
    key_results: Sequence[str] = (),
) -> Rewrite:
    """What to change so that the tab asks ``asks``, and nobody's unrecorded decision is touched.

    Args:
        tab: The tab as it is.
        layout: Where its columns are; None where nothing is written yet.
        answers: What its rows come to.
        asks: What it should ask.
        key_results: What to offer where the right Key Result is to be named.
    """
    if layout is None:
        header = [Written(header, bold=True) for header in HEADERS.values()]
        rows = [_row(ask, NEW) for ask in asks]
        hidden = frozenset({NEW.columns["token"]})
        return _with_dropdowns(Rewrite(appended=[header, *rows], hidden=hidden), NEW, key_results)
    wanted = {(ask.initiative_id, ask.key_result_id): ask for ask in asks}
    covered = {
        (answer.initiative_id, answer.key_result_id)
        for answer in answers
        if answer.state in ("new", "wrong", "begun")
    }
    cells: dict[tuple[int, int], Written] = {}
    removed: set[int] = set()
    for answer in answers:
        place, pair = answer.row.place, (answer.initiative_id, answer.key_result_id)
        if answer.state == "wrong":
            cells |= _told(answer, layout)
        elif answer.state == "recorded":
            removed.add(place)
        elif answer.state == "blank" and answer.row.text("token"):
            ask = wanted.get((answer.initiative_id or "", answer.key_result_id))
            if ask is None or pair in covered:
                removed.add(place)
            else:
                cells |= _differences(answer.row, ask, layout)
                covered.add(pair)
    appended = [_row(ask, layout) for pair, ask in wanted.items() if pair not in covered]
    return _with_dropdowns(Rewrite(cells, appended, frozenset(removed)), layout, key_results)


def in_a_sentence(problem: str) -> str:
    """A problem as it stands in the tab."""
    return problem[:1].upper() + problem[1:]


def _told(answer: Answer, layout: Layout) -> dict[tuple[int, int], Written]:
    """The note that tells a person what keeps the decision from being recorded."""
    note = in_a_sentence(answer.problem)
    if answer.row.text("result") == note:
        return {}
    return {(answer.row.place, layout.columns["result"]): Written(note)}


def _differences(row: Row, ask: Question, layout: Layout) -> dict[tuple[int, int], Written]:
    wanted = {**ask.shown, "token": ask.token, "result": None}
    return {
        (row.place, layout.columns[name]): _cell(name, ask)
        for name, value in wanted.items()
        if row.cells.get(name) != value
    }


def _row(ask: Question, layout: Layout) -> list[Written]:
    cells = [Written(None)] * (max(layout.columns.values()) + 1)
    for name in (*SHOWN, "token"):
        cells[layout.columns[name]] = _cell(name, ask)
    return cells


def _cell(name: str, ask: Question) -> Written:
    if name == "token":
        return Written(ask.token)
    url = ask.shown["url"]
    link = str(url) if url and name in ("initiative", "url") else None
    return Written(ask.shown.get(name), link)


def _with_dropdowns(wanted: Rewrite, layout: Layout, key_results: Sequence[str]) -> Rewrite:
    offered = {layout.columns["correct"]: key_results[:_MOST_OFFERED]} if key_results else {}
    return replace(wanted, choices={layout.columns["decision"]: WORDS}, offers=offered)
