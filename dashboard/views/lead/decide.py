"""The verdicts of the Lead's home: from a form to a decision, and on to the next question.

What belongs here: reading forms, what a reader may decide about, confirming what overrules another
decision. What does not: the page itself (``home``), recording (handed in with the site).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.access.reader import Reader
from dashboard.access.require import Signed
from dashboard.context import Context, Here
from dashboard.rendering import render
from dashboard.site import Desk
from dashboard.views.lead.home import NO_REASON, Place, link_to, page
from okr_model.review.requests import Refusal, Signature
from okr_model.review.requests import Request as Decision
from published.audit.visibility import sees
from published.errors import UserError

router = APIRouter()


async def form_of(request: Request) -> dict[str, str]:
    """The fields of the form that was sent."""
    return {name: str(value) for name, value in (await request.form()).items()}


FormFields = Annotated[dict[str, str], Depends(form_of)]


@router.post("/lead/decide", include_in_schema=False)
def decide(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Record a verdict, then go to the next question."""
    place = Place(form.get("queue"), form.get("item"), form.get("pick") or None)
    try:
        row = decide_seen(here, _decision(form, by))
    except UserError as error:
        refusal = getattr(error, "refusal", Refusal.UNKNOWN)
        if refusal == Refusal.OPPOSED:
            return _ask_to_overrule(request, here, form, str(error))  # it begins with a name
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
    decided = here.decided.index.by_id.get(decision)
    if decided is None or not sees(here.tables, decided):
        raise HTTPException(404, f"There is no decision {decision[:40]!r}.")
    try:
        row = desk_of(here).take_back(decision, signature(by), "taken back on the page")
    except UserError as error:
        return page(request, here, Place(queue, item), sentence(error), status=409)
    about = row["initiative_id"] or item
    return to_place(None, about, row["decision_id"])


def decide_seen(here: Context, decision: Decision) -> Mapping[str, Any]:
    """Record a decision; returns the row of the log.

    Raises:
        UserError: It is refused; if that is for what the reader does not see, without telling more.
    """
    try:
        return desk_of(here).decide(decision)
    except UserError as error:
        opposed = getattr(error, "opposed", ())
        if all(here.tables.sees(one["key_result_id"]) for one in opposed):
            raise
        raise UserError(
            "somebody decided otherwise about a Key Result that you may not see. Ask whoever may."
        ) from None


def signature(by: Reader) -> Signature:
    """How a reader's decisions are signed."""
    return Signature(by.name, "page", by.signed_how)


def sentence(error: Exception) -> str:
    """An error's message as a sentence of its own; an address at its beginning stays as it is."""
    words = str(error)
    return words if "://" in words.partition(" ")[0] else words[:1].upper() + words[1:]


def to_place(queue: str | None, item: str | None, said: str | None = None) -> Response:
    """To a place of the Lead's home, so that reloading it sends nothing again."""
    return RedirectResponse(link_to(queue=queue, item=item, said=said), status_code=303)


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
        form.get("why", "").strip()[:2000] or NO_REASON,
        wrong,
        form.get("overrule") == "yes",
        form.get("once") or None,
    )


def _ask_to_overrule(
    request: Request, here: Context, form: Mapping[str, str], told: str
) -> HTMLResponse:
    fields = {name: value for name, value in form.items() if name not in ("csrf_token", "overrule")}
    back = link_to(queue=form.get("queue"), item=form.get("item"))
    values = {"here": here, "told": told, "fields": fields, "back": back}
    return render(request, "lead_overrule.html", values, status=409)


def desk_of(here: Context) -> Desk:
    """Where decisions are recorded.

    Raises:
        HTTPException: 403; this page only reads.
    """
    desk = here.site.desk
    if desk is None:
        raise HTTPException(403, "This page only reads; decide by command: okr links accept.")
    return desk
