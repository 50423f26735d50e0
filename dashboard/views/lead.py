"""The Lead's home: what is owed, one question at a time, decided by one key.

What belongs here: from an address to a question and from a form to a decision. What does not: which
questions there are (``published.queues``), what is known of one (``published.question``), deciding
many at once (``lead_bulk``), recording (handed in with the site).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.access.reader import Reader
from dashboard.access.require import Signed
from dashboard.context import Context, Here
from dashboard.rendering import render, site_of
from dashboard.site import Desk
from okr_model.languages.folding import same_id, same_ids
from okr_model.links.decisions import empty_log
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.requests import Refusal, Signature
from okr_model.review.requests import Request as Decision
from published.decided import Decided, in_words
from published.errors import UserError
from published.lines import Line, lines_of
from published.question import Candidate, Question, questions_of
from published.queues import LINK_QUEUES, Item, Owed, names_of, owed, sees
from published.records import records
from published.selection import find_initiative, find_key_result

router = APIRouter()

WHY = "seen on the page"
"""The reason that stands in its field before somebody writes another."""
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands on the page.

    Attributes:
        question: The question.
        pick: The chosen answer; None where there is none to choose from.
        against: The claim that accepting the choice rejects; None for none.
        refuted: What ``reject`` is about; None where there is nothing to reject.
        likeliest: The verdict whose button is filled.
    """

    question: Question
    pick: Candidate | None
    against: str | None
    refuted: str | None
    likeliest: str


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
    decided = decided_by(here)
    left = owed(here.tables, decided)
    item = _chosen(left, place)
    values = {
        "here": here,
        "owed": left,
        "queues": LINK_QUEUES,
        "rules": _rules(left),
        "item": item,
        "at": _position(left, item),
        "following": left.after(item) if item else None,
        "names": names_of(here.tables),
        "say": lambda row: said_of(here, row),
        "said": _said(here, decided, place.said),
        "problem": problem,
        "mine": _own_last(request, left),
        "once": secrets.token_hex(16),
        "why": WHY,
        "link": _link,
        "can_decide": _may_decide(request),
        "may_start": _may_start(request),
        "next_run": here.site.desk.next_run() if here.site.desk else None,
    }
    values |= _of_item(here, item, place, decided.index)
    return render(request, "lead.html", values, status=status)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of the form that was sent."""
    return {name: str(value) for name, value in (await request.form()).items()}


FormFields = Annotated[dict[str, str], Depends(form_of)]


@router.post("/lead/decide", include_in_schema=False)
def decide(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Record a verdict, then go to the next question."""
    place = Place(form.get("queue"), form.get("item"), form.get("pick") or None)
    try:
        row = decide_seen(request, here, _decision(form, by))
    except UserError as error:
        refusal = getattr(error, "refusal", Refusal.UNKNOWN)
        if refusal == Refusal.OPPOSED:
            return _ask_to_overrule(request, here, form, sentence(error))
        return page(request, here, place, sentence(error), status=409)
    return to_place(form.get("queue"), form.get("next"), row["decision_id"])


@router.post("/lead/undo", include_in_schema=False)
def undo(
    request: Request,
    here: Here,
    by: Signed,
    decision: Annotated[str, Form()],
    queue: Annotated[str, Form()] = "",
    item: Annotated[str, Form()] = "",
) -> Response:
    """Take a decision back; the question stands again at once."""
    decided = decided_by(here).index.by_id.get(decision)
    if decided is None or not sees(here.tables, decided):
        raise HTTPException(404, f"There is no decision {decision[:40]!r}.")
    try:
        row = desk_of(here).take_back(decision, signature(by), "taken back on the page")
    except UserError as error:
        return page(request, here, Place(queue, item), sentence(error), status=409)
    return to_place(None, str(row["initiative_id"]), row["decision_id"])


def decide_seen(request: Request, here: Context, decision: Decision) -> Mapping[str, Any]:
    """Record a decision about what its reader may see; returns the row of the log.

    Raises:
        UserError: It is refused, or about something that the reader does not see.
    """
    desk, tables = desk_of(here), here.tables
    # By its id, as the page's own forms have it, else by what it may be called.
    found = tables.table("initiatives", "initiative_id = ?", [decision.initiative])
    named = found if len(found) else tables.table("initiatives")
    found = find_initiative(named, decision.initiative)
    claims = tables.table("links", "initiative_id = ?", [found["initiative_id"]])
    claimed = set(same_ids(claims["key_result_id"]))
    for key in (decision.key_result, decision.wrong):
        if key and not (tables.sees(key) and same_id(key) in claimed):
            find_key_result(tables.key_results, key)
    try:
        return desk.decide(decision)
    except UserError as error:
        opposed = getattr(error, "opposed", ())
        if all(tables.sees(one["key_result_id"]) for one in opposed):
            raise
        raise UserError(
            "somebody decided otherwise about a Key Result that you may not see. Ask whoever may."
        ) from None


def decided_by(here: Context) -> Decided:
    """What people decided so far; nothing if the page only reads tables."""
    return here.site.desk.decided() if here.site.desk else Decided(empty_log())


def signature(by: Reader) -> Signature:
    """How a reader's decisions are signed."""
    return Signature(by.name, "page", by.signed_how)


def sentence(error: Exception) -> str:
    """An error's message as a sentence of its own."""
    words = str(error)
    return words[:1].upper() + words[1:]


def said_of(here: Context, row: Mapping[str, Any]) -> str:
    """A row of the log in words."""
    names = names_of(here.tables)
    return in_words(row, names.get(str(row["initiative_id"]), str(row["initiative"])))


def to_place(queue: str | None, item: str | None, said: str | None = None) -> Response:
    """To a place of the Lead's home, so that reloading it sends nothing again."""
    return RedirectResponse(_link(queue=queue, item=item, said=said), status_code=303)


def asked_of(question: Question, pick: str | None) -> Asked:
    """A question with one of its answers chosen, by default the best."""
    candidates = question.candidates
    chosen = next((one for one in candidates if one.id == pick), None)
    chosen = chosen or (candidates[0] if candidates else None)
    queue = question.item.queue
    against = question.refuted if queue == "broken" else None
    if queue == "conflicting" and chosen is not None:
        others = [one.id for one in candidates if one.id != chosen.id]
        against = others[0] if len(others) == 1 else None  # a decision rejects one at most
    refuted = question.refuted or (chosen.id if chosen else None)
    return Asked(question, chosen, against, refuted, _LIKELIEST.get(queue, "accept"))


def _decision(form: Mapping[str, str], by: Reader) -> Decision:
    """The decision that a form asks for."""
    verdict, about = form.get("verdict", ""), form.get("about", "")
    pick, against, refuted = (form.get(name) or None for name in ("pick", "against", "refuted"))
    right: str | None = pick
    wrong, action = None, verdict
    if verdict == "accept" and against:
        action, wrong = "correct", against
    elif verdict == "reject":
        right = refuted
    elif verdict == "correct":
        right = form.get("to") or None
        wrong = form.get("claim") or None
        action = "correct" if wrong else "accept"
    elif verdict == "other":
        right = None
    elif verdict != "accept":
        raise HTTPException(400, "This form says neither accept nor reject. Go back and try again.")
    initiative = about
    if form.get("kind") == "key result":  # its answers are initiatives
        initiative, right = right or "", about
    return Decision(
        action,
        initiative,
        right,
        signature(by),
        form.get("why", "")[:2000],
        wrong,
        form.get("overrule") == "yes",
        form.get("once") or None,
    )


def _ask_to_overrule(
    request: Request, here: Context, form: Mapping[str, str], told: str
) -> HTMLResponse:
    fields = {name: value for name, value in form.items() if name not in ("csrf_token", "overrule")}
    back = _link(queue=form.get("queue"), item=form.get("item"))
    values = {"here": here, "told": told, "fields": fields, "back": back}
    return render(request, "lead_overrule.html", values, status=409)


def _chosen(left: Owed, place: Place) -> Item | None:
    """The one of the address, else the first of its queue, else the first of all questions."""
    if place.item and (found := left.find(place.item)):
        return found
    of_queue = left.of(place.queue) if place.queue else []
    return next(iter((*of_queue, *left.questions)), None)


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


def _of_item(here: Context, item: Item | None, place: Place, log: DecisionIndex) -> dict[str, Any]:
    """What the middle and the right of the page show."""
    empty: dict[str, Any] = {"asked": None, "finding": None, "beside": None, "choices": []}
    if item is None:
        return empty
    if item.kind == "finding":
        [row] = records(here.tables.table("findings", "finding_id = ?", [item.subject]))
        about = row["subject_id"] if row["subject_type"] == "key result" else None
        return empty | {"finding": row, "beside": _beside(here, about)}
    [question] = questions_of(here.tables, [item], log)
    asked = asked_of(question, place.pick)
    shown = item.subject if item.kind == "key result" else asked.pick.id if asked.pick else None
    return empty | {
        "asked": asked,
        "beside": _beside(here, shown),
        "choices": _choices(here, item),
    }


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


def _said(here: Context, decided: Decided, decision_id: str | None) -> str:
    """What was just decided, in words."""
    rows = decided.log[decided.log["decision_id"] == decision_id]
    if decision_id is None or rows.empty:
        return ""
    [row] = records(rows)
    words = said_of(here, row)
    return f"Taken back: {row['undoes']}" if row["action"] == "undo" else f"Pending: {words}"


def _own_last(request: Request, left: Owed) -> str | None:
    """The reader's own last decision that is pending, which the key for undo takes back."""
    reader = getattr(request.state, "reader", None)
    own = [
        row["decision_id"]
        for row in left.pending
        if reader and row["decided_by"] == reader.name and row["action"] != "undo"
    ]
    return own[0] if own else None


def _may_decide(request: Request) -> bool:
    reader: Reader | None = getattr(request.state, "reader", None)
    return site_of(request).desk is not None and reader is not None and reader.may("lead")


def _may_start(request: Request) -> bool:
    reader: Reader | None = getattr(request.state, "reader", None)
    return site_of(request).operation is not None and reader is not None and reader.may("admin")


def desk_of(here: Context) -> Desk:
    """Where decisions are recorded.

    Raises:
        HTTPException: 403; this page only reads.
    """
    desk = here.site.desk
    if desk is None:
        raise HTTPException(403, "This page only reads; decide by command: okr links accept.")
    return desk


def _link(**parts: str | None) -> str:
    """An address of the Lead's home."""
    given = {name: value for name, value in parts.items() if value}
    return f"/lead?{urlencode(given)}" if given else "/lead"
