"""The Lead's home: what is owed, one question at a time, decided by one key.

What belongs here: from an address to a question and what stands around it. What does not: which
questions there are (``published.audit.queues``), what is known of one
(``published.audit.question``), verdicts (``decide``), deciding many at once (``bulk``).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.access.reader import Reader
from dashboard.context import Context, Here
from dashboard.not_here import NotHereError
from dashboard.rendering import render, site_of
from okr_model.finding_rules import Rule
from okr_model.review.decision_index import DecisionIndex
from okr_model.tables.records import INITIATIVES
from published.audit.closing import to_close
from published.audit.decided import in_words
from published.audit.question import Candidate, Question, questions_of
from published.audit.queues import (
    ACKNOWLEDGED,
    Item,
    Owed,
    owed,
    queue_names,
)
from published.audit.visibility import names_of
from published.formatting import absent, plain
from published.key_results.lines import Line, lines_of
from published.moment import last_day
from published.records import records
from published.rituals.scores import score_text
from published.table_query.answer import count, published_table, row_counts
from published.table_query.question import question

router = APIRouter()

NO_REASON = "no reason given"
"""What is recorded as the reason of a decision where nobody wrote one."""
_MOST_OFFERED = 500
_SERVING = (
    "SELECT l.initiative, l.rule, i.title FROM links l LEFT JOIN initiatives i"
    " USING (initiative_id) WHERE l.key_result_id = ? AND l.state = 'active' ORDER BY l.initiative"
)
_SAID = (
    "SELECT date, confidence, note FROM check_ins WHERE key_result_id = ? AND cycle_id = ?"
    " AND date <= ? ORDER BY date DESC, number DESC LIMIT 3"
)
_LIKELIEST = {"broken": "reject", "idle": "other"}
"""The verdict that is likeliest in a queue; in all others to accept."""

_VERDICT_OF = {"accepted": "accept", "rejected": "reject", "other": "other"}
"""The verdict that decides the same as a decision in force."""
_DECIDED = {"accept": "Accepted", "reject": "Rejected", "correct": "Corrected"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands on the page.

    Attributes:
        question: The question.
        pick: The chosen answer; None where there is none to choose from.
        against: The claim that accepting the choice rejects; None for none.
        refuted: What ``reject`` is about; None where there is nothing to reject.
        likeliest: The verdict whose button is filled.
        again: The verdicts that say the same as the decision that was contradicted.
    """

    question: Question
    pick: Candidate | None
    against: str | None
    refuted: str | None
    likeliest: str
    again: frozenset[str] = frozenset()


@router.get("/lead", response_class=HTMLResponse, include_in_schema=False)
def lead(
    request: Request,
    here: Here,
    queue: Annotated[str | None, Query()] = None,
    item: Annotated[str | None, Query()] = None,
    pick: Annotated[str | None, Query()] = None,
    said: Annotated[str | None, Query()] = None,
) -> HTMLResponse:
    """What is left to decide, and one question of it."""
    return page(request, here, Place(queue, item, pick, said))


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the Lead's home a reader is: parts of the address."""

    queue: str | None = None
    item: str | None = None
    pick: str | None = None
    said: str | None = None


def page(
    request: Request, here: Context, place: Place, problem: str = "", status: int = 200
) -> HTMLResponse:
    """The Lead's home at a place, with what kept the last form from being recorded."""
    decided = here.decided
    left = owed(here.tables, decided)
    item = _chosen(left, place)
    values = {
        "here": here,
        "owed": left,
        "queues": queue_names(here.own),
        "rules": _rules(left),
        "sums": _sums(here, left),
        "serving_nothing": _serving_nothing(here),
        "acknowledged": ACKNOWLEDGED,
        "item": item,
        "at": _position(left, item),
        "following": left.after(item) if item else None,
        "names": names_of(here.tables),
        "say": lambda row: said_of(here, row),
        "counting": decided.counting(last_day(here.tables)) if left.pending else frozenset(),
        "said": _said(here, left, place),
        "problem": problem,
        "empty": _empty(here, left, place),
        "mine": _own_last(request, left),
        "once": secrets.token_hex(16),
        "no_reason": NO_REASON,
        "link": link_to,
        "can_decide": may_decide(request),
        "may_start": _may_start(request),
        "next_run": here.site.desk.next_run() if here.site.desk else None,
    }
    values |= _of_item(here, item, place, decided.index)
    return render(request, "lead.html", values, status=status)


def said_of(here: Context, row: Mapping[str, Any]) -> str:
    """A row of the log in words."""
    names = names_of(here.tables)
    return in_words(row, names.get(str(row["initiative_id"]), str(row["initiative"])))


def asked_of(question: Question, pick: str | None) -> Asked:
    """A question with one of its answers chosen, by default the best."""
    candidates = question.candidates
    chosen = next((one for one in candidates if one.id == pick), None)
    chosen = chosen or (candidates[0] if candidates else None)
    queue = question.item.queue
    against = question.refuted if queue == "broken" else chosen.against if chosen else None
    refuted = question.refuted
    if refuted is None and chosen and queue != "contradicted":
        refuted = chosen.id  # of a contradicted one, other work alone says the opposite
    likeliest = _LIKELIEST.get(queue, "accept")
    return Asked(question, chosen, against, refuted, likeliest, _again(question, chosen))


def _again(question: Question, chosen: Candidate | None) -> frozenset[str]:
    """The verdicts that decide the same again as the decision that was contradicted."""
    if question.decision is None:
        return frozenset()
    same = {_VERDICT_OF[question.decision["decision"]]} - {"accept"}
    if chosen and chosen.id == question.standing:
        same.add("accept")
    return frozenset(same)


def _chosen(left: Owed, place: Place) -> Item | None:
    """The one of the address, else the first of its queue, or of all questions without one.

    What was decided last may have emptied its queue: the next question is another's.
    """
    if place.item and (found := left.find(place.item)):
        return found
    rows = left.of(place.queue) if place.queue else left.questions
    return next(iter(left.questions if place.said and not rows else rows), None)


def _empty(here: Context, left: Owed, place: Place) -> str:
    """The name of the queue of the address if nothing is left in it but elsewhere; else empty."""
    if not place.queue:
        return ""
    names = queue_names(here.own) | {str(rule): str(rule) for rule in Rule}
    if place.queue not in (*names, ACKNOWLEDGED):
        raise NotHereError(f"There is no queue {place.queue[:60]!r}.", [("All queues", "/lead")])
    if place.said or left.of(place.queue) or not left.questions:
        return ""
    return names.get(place.queue, place.queue)


def _position(left: Owed, item: Item | None) -> tuple[int, int]:
    """Which of how many in its queue a question is."""
    if item is None:
        return 0, 0
    rows = left.of(item.queue)
    return rows.index(item) + 1, len(rows)


def _rules(left: Owed) -> list[tuple[str, int]]:
    """The rules of findings in their order, with how many there are."""
    counts: dict[str, int] = {}
    for one in left.findings:
        counts[one.queue] = counts.get(one.queue, 0) + 1
    return list(counts.items())


def _sums(here: Context, left: Owed) -> str:
    """How the findings of this page and of the last run come to one number, in words."""
    figures, known = here.figures, len(left.acknowledged)
    whole = row_counts(here.tables).get("findings", 0)
    asked = max(whole - len(left.findings) - known, 0)
    if not whole:
        return "The last run left no finding."
    told = f"The last run left {figures.counted(whole, 'finding', 'findings')}"
    rest = [
        (len(left.findings), "open, by rule below"),
        (asked, "asked here as questions about links"),
        (known, "acknowledged or dismissed"),
    ]
    parts = [f"{figures.number(number)} {what}" for number, what in rest if number]
    return f"{told}: {', '.join(parts)}."


def _serving_nothing(here: Context) -> tuple[str, int]:
    """The address of all work that serves no Key Result and was not called other work, counted."""
    given = [("active_links", "0"), ("other_work", "no")]
    asked = question(published_table(here.tables, INITIATIVES.name), given)
    return f"/tables/{INITIATIVES.name}?{asked.parameters()}", count(here.tables, asked)


def _of_item(here: Context, item: Item | None, place: Place, log: DecisionIndex) -> dict[str, Any]:
    """What the middle and the right of the page show."""
    empty: dict[str, Any] = {
        **{"asked": None, "finding": None, "beside": None, "of_team": []},
        "choices": [],
    }
    if item is None:
        return empty
    if item.kind == "finding":
        rows = records(here.tables.table("findings", "finding_id = ?", [item.subject]))
        [row] = here.standing(rows)
        about = row["subject_id"] if row["subject_type"] == "key result" else None
        team = row["subject_id"] if row["subject_type"] == "team" else None
        closing = to_close(here.tables, here.decided, row)
        told = {"finding": row, "closing": closing, "score_text": score_text}
        aside = {"beside": _beside(here, about), "of_team": _lines_of_team(here, team)}
        return empty | told | aside
    [question] = questions_of(here.tables, [item], log, here.site.organization)
    asked = asked_of(question, place.pick)
    shown = item.subject if item.kind == "key result" else asked.pick.id if asked.pick else None
    return empty | {
        "asked": asked,
        "beside": _beside(here, shown),
        "choices": _choices(here, item),
    }


def _lines_of_team(here: Context, team: str | None) -> list[Line]:
    """The Key Results of the cycle that a team answers for, worst first."""
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    return [line for line in lines if team in line.teams]


def _beside(here: Context, key_result_id: str | None) -> dict[str, Any] | None:
    """A Key Result in short; None where there is none of this id in the cycle."""
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    found: Line | None = next(
        (line for line in lines if line.row["key_result_id"] == key_result_id), None
    )
    if found is None or key_result_id is None:
        return None
    work = here.tables.frame(_SERVING, [key_result_id])
    said = here.tables.frame(_SAID, [key_result_id, here.cycle, here.day])
    return {"line": found, "work": records(work), "said": records(said)}


def _choices(here: Context, item: Item) -> list[tuple[str, str]]:
    """What a correction may name: running Key Results or, for one without work, open work."""
    if item.kind == "key result":
        query = (
            "SELECT initiative_id, initiative, title FROM initiatives"
            " WHERE status_category IS DISTINCT FROM 'done' ORDER BY initiative"
        )
        names = names_of(here.tables)
        ids = here.tables.frame(query)["initiative_id"].tolist()
        return [(one, names[one]) for one in ids][:_MOST_OFFERED]
    query = (
        "SELECT key_result_id, statement FROM key_results WHERE cycle_end >= ?"
        " ORDER BY length(key_result_id), key_result_id"
    )
    rows = here.tables.frame(query, [here.day]).to_numpy().tolist()
    return [(key, f"{key} {statement or ''}".strip()) for key, statement in rows][:_MOST_OFFERED]


def _said(here: Context, left: Owed, place: Place) -> tuple[str, str]:
    """What was just decided, in words, then when it counts and where a rejection left its work."""
    log = here.decided.log
    rows = log[log["decision_id"] == place.said]
    if place.said is None or rows.empty:
        return "", ""
    [row] = records(rows)
    if row["action"] == "undo":
        undone = records(log[log["decision_id"] == row["undoes"]])
        what = f"{said_of(here, undone[0])} ({row['undoes']})" if undone else row["undoes"]
        return f"Taken back: {what}", ""
    desk = here.site.desk
    at = desk.next_run() if desk else None
    zone = here.site.organization.zone
    when = f" ({here.figures.short_day(at)} {here.figures.clock_time(at, zone)})" if at else ""
    told = f"{_DECIDED.get(row['action'], 'Decided')}: {said_of(here, row)}"
    why = row["why"]
    reason = "" if absent(why) or why == NO_REASON else f" Why: “{plain(why)}”."
    moved = _moved(here, left, row, place.queue)
    return f"{told}.{reason}", f"Counts from the next run{when}. {moved}".strip()


def _moved(here: Context, left: Owed, row: Mapping[str, Any], queue: str | None) -> str:
    """In which queue a rejection left its work; empty if in none, or it was no rejection."""
    item = left.find(str(row["initiative_id"])) if row["action"] == "reject" else None
    if item is None:
        return ""
    name = f"“{queue_names(here.own)[item.queue]}”"
    told = f"It stays in {name}" if item.queue == queue else f"The work is now in {name}"
    [asked] = questions_of(here.tables, [item], here.decided.index, here.site.organization)
    best = asked.candidates[0].name if asked.candidates else None
    return f"{told}; next best: {best}." if best else f"{told}."


def _own_last(request: Request, left: Owed) -> str | None:
    """The reader's own last decision that is pending, which the key for undo takes back."""
    reader = getattr(request.state, "reader", None)
    own = [
        row["decision_id"]
        for row in left.pending
        if reader and row["decided_by"] == reader.name and row["action"] != "undo"
    ]
    return own[0] if own else None


def may_decide(request: Request) -> bool:
    """Whether a reader may decide here."""
    reader: Reader | None = getattr(request.state, "reader", None)
    return site_of(request).desk is not None and reader is not None and reader.may("lead")


def _may_start(request: Request) -> bool:
    reader: Reader | None = getattr(request.state, "reader", None)
    return site_of(request).operation is not None and reader is not None and reader.may("admin")


def link_to(**parts: str | None) -> str:
    """An address of the Lead's home."""
    given = {name: value for name, value in parts.items() if value}
    return f"/lead?{urlencode(given)}" if given else "/lead"
