"""Deciding all questions of a queue alike: a preview, then the decisions that were left checked.

What belongs here: which decisions a queue's likeliest verdict comes to, and recording those that a
reader confirms. What does not: single questions (``lead``).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.access.require import Signed
from dashboard.context import Context, Here
from dashboard.rendering import render
from dashboard.views.lead.decide import decide_seen, sentence, signature
from dashboard.views.lead.home import NO_REASON, Asked, asked_of, said_of
from okr_model.review.requests import Request as Decision
from published.audit.question import questions_of
from published.audit.queues import owed, queue_names
from published.audit.visibility import names_of
from published.errors import UserError

router = APIRouter()

_EVEN = 0.5
MOST = 200
"""How many questions are decided at once: what somebody can read through."""
_VERDICTS = {
    "broken": ("reject", "correct"),
    "suggested": ("accept", "reject", "other"),
    "conflicting": ("accept",),
    "idle": ("other",),
    "bare": ("accept",),
    "changed": ("accept", "reject"),
}
"""What all questions of a queue can be decided alike, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision of a preview: what a check box stands for."""

    action: str
    initiative: str
    key_result: str | None = None
    wrong: str | None = None


@router.get("/lead/all", response_class=HTMLResponse, include_in_schema=False)
def preview(
    request: Request,
    here: Here,
    queue: Annotated[str, Query()],
    verdict: Annotated[str | None, Query()] = None,
) -> HTMLResponse:
    """What would be decided; nothing is."""
    offered = _VERDICTS.get(queue)
    if offered is None or (verdict is not None and verdict not in offered):
        raise HTTPException(404)
    chosen = verdict or offered[0]
    rows, more = _choices(here, queue, chosen)
    values = {
        "here": here,
        "queue": queue,
        "name": queue_names(here.own)[queue],
        "verdict": chosen,
        "offered": offered,
        "rows": rows,
        "more": more,
        "once": secrets.token_hex(16),
        "no_reason": NO_REASON,
        "done": None,
    }
    return render(request, "lead_all.html", values)


@router.post("/lead/all", response_class=HTMLResponse, include_in_schema=False)
def decide_all(
    request: Request,
    here: Here,
    by: Signed,
    queue: Annotated[str, Form()],
    once: Annotated[str, Form()],
    why: Annotated[str, Form()] = "",
    one: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Record what was left checked; what is refused is said, and the rest recorded."""
    done, refused = [], []
    chosen = [(text, _read(text)) for text in (one or [])[:MOST]]
    for text, choice in chosen:
        decision = Decision(
            choice.action,
            choice.initiative,
            choice.key_result,
            signature(by),
            why.strip()[:2000] or NO_REASON,
            choice.wrong,
            once=f"{once} {text}",
        )
        try:
            done.append(said_of(here, decide_seen(here, decision)))
        except UserError as error:
            name = names_of(here.tables).get(choice.initiative, choice.initiative)
            refused.append((name, sentence(error)))
    values = {
        "here": here,
        "queue": queue,
        "name": queue_names(here.own).get(queue, queue),
        "done": done,
        "refused": refused,
    }
    return render(request, "lead_all.html", values)


def _choices(here: Context, queue: str, verdict: str) -> tuple[list[dict[str, Any]], int]:
    """The decisions that the verdict comes to, one a question, and how many questions follow."""
    decided = here.decided
    items = owed(here.tables, decided).of(queue)
    questions = questions_of(here.tables, items[:MOST], decided.index, here.site.organization)
    asked = [asked_of(question, None) for question in questions]
    found = [_row(here, one, choice) for one in asked if (choice := _choice(one, verdict))]
    return found, max(len(items) - MOST, 0)


def _row(here: Context, asked: Asked, choice: Choice) -> dict[str, Any]:
    """A decision of the preview, and why it might be right."""
    row = {
        "action": choice.action,
        "initiative_id": choice.initiative,
        "initiative": choice.initiative,
        "key_result_id": choice.key_result,
        "wrong_key_result_id": choice.wrong,
    }
    pick = asked.pick if choice.action != "other" else None
    return {
        "value": json.dumps(asdict(choice)),
        "words": said_of(here, row),
        "because": pick.because if pick else asked.question.words,
        "chance": pick.chance if pick else None,
        "checked": _is_checked(choice.action, pick.chance if pick else None),
    }


def _is_checked(action: str, chance: float | None) -> bool:
    """Whether a decision is checked beforehand: what was stated, or is likelier right than not."""
    if chance is None:
        return True
    return chance < _EVEN if action == "reject" else chance > _EVEN


def _choice(asked: Asked, verdict: str) -> Choice | None:
    item, pick = asked.question.item, asked.pick
    if verdict == "other":
        return Choice("other", item.subject)
    if verdict == "reject":
        return Choice("reject", item.subject, asked.refuted) if asked.refuted else None
    if pick is None:
        return None
    if item.kind == "key result":
        return Choice("accept", pick.id, item.subject)
    if asked.against:
        return Choice("correct", item.subject, pick.id, asked.against)
    return Choice("accept", item.subject, pick.id)


def _read(text: str) -> Choice:
    """What a check box stands for.

    Raises:
        HTTPException: 400; no preview of this page wrote it.
    """
    try:
        given: Mapping[str, Any] = json.loads(text)
        choice = Choice(**given)
    except (ValueError, TypeError):
        raise HTTPException(400, "This form cannot be read. Go back and try again.") from None
    if choice.action not in ("accept", "reject", "correct", "other") or not all(
        isinstance(part, str) or part is None for part in asdict(choice).values()
    ):
        raise HTTPException(400, "This form cannot be read. Go back and try again.")
    return choice
