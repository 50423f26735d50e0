"""What an OKR Lead owes, as JSON: the queues of the page's Lead home.

What belongs here: its routes. What does not: the queues (``published.audit``), deciding, which the
API does not do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response

from dashboard.context import Context, Here
from dashboard.rendering import address
from dashboard.views.api import answers
from dashboard.views.api.routes import PROBLEMS, answer
from dashboard.views.lead.home import said_of
from published.audit.question import Question, questions_of
from published.audit.queues import LINK_QUEUES, Owed, owed
from published.export import for_json
from published.records import records

_PAGE = 200  # as many as the page decides at once
_CANDIDATE = ("id", "name", "title", "because", "chance")
_DECISION = ("decision_id", "decided_at", "decided_by", "via", "action", "why")
router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["published"])

Number = Annotated[int, Query(ge=1, le=1_000_000, description="200 rows a page, from 1.")]


@router.get("/lead", response_model=answers.Lead)
def lead(
    here: Here,
    queue: Annotated[
        str | None, Query(description="Only the questions of this queue; see queues.")
    ] = None,
    page: Number = 1,
) -> Response:
    """What is left to decide about links, the most urgent first; of the last run."""
    left = _left(here)
    if queue is not None and queue not in LINK_QUEUES:
        names = ", ".join(LINK_QUEUES)
        raise HTTPException(404, f"There is no queue {queue[:80]!r}. There are: {names}.")
    items = left.of(queue) if queue else list(left.questions)
    part = items[(page - 1) * _PAGE : page * _PAGE]
    counts = Counter(one.queue for one in left.findings)
    told = here.site.organization.in_english()
    questions = questions_of(here.tables, part, here.decided.index, told)
    return answer(
        here,
        total=len(items),
        page=page,
        queues=[
            {"queue": one, "name": name, "left": len(left.of(one)), "asked": left.asked[one]}
            for one, name in LINK_QUEUES.items()
        ],
        questions=[_question(one) for one in questions],
        rules=[{"rule": rule, "open": number} for rule, number in counts.items()],
        acknowledged=len(left.acknowledged),
        pending=[_decision(here, row) for row in left.pending],
    )


@router.get("/lead/findings", response_model=answers.LeadFindings)
def lead_findings(
    here: Here,
    rule: Annotated[str | None, Query(description="Only of this rule.")] = None,
    acknowledged: Annotated[
        bool, Query(description="Those that somebody acknowledged or dismissed; else open ones.")
    ] = False,
    page: Number = 1,
) -> Response:
    """Findings beside the questions, with what is decided about them but not published yet."""
    left = _left(here)
    ids = [one.subject for one in (left.acknowledged if acknowledged else left.findings)]
    rows = records(here.tables.table("findings", "list_contains(?, finding_id)", [ids]))
    by_id = {row["finding_id"]: row for row in rows}
    wanted = [by_id[one] for one in ids if rule is None or by_id[one]["rule"] == rule]
    part = wanted[(page - 1) * _PAGE : page * _PAGE]
    return answer(here, total=len(wanted), page=page, findings=here.standing(part))


def _left(here: Context) -> Owed:
    if not here.moment.latest:
        raise HTTPException(404, "What is left to decide is told of the last run alone.")
    return owed(here.tables, here.decided)


def _question(one: Question) -> dict[str, Any]:
    return {
        "queue": one.item.queue,
        "kind": one.item.kind,
        "subject": one.item.subject,
        "key_result_id": one.item.key or None,
        "title": one.title,
        "words": one.words,
        "url": address(one.work["url"]) if one.work else None,
        "claims": for_json(list(one.claims)),
        "candidates": [
            {name: getattr(candidate, name) for name in _CANDIDATE} for candidate in one.candidates
        ],
    }


def _decision(here: Context, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: row[name] for name in _DECISION}, "words": said_of(here, row)}
