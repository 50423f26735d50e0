"""Answering findings, on the Lead's home and on a Key Result's page.

What belongs here: from a form that acknowledges or dismisses one, or that closes what an ended
cycle left open, to a decision, and back to where it was sent from. What does not: what is decided
about links (``decide``), recording (handed in with the site).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.access.require import Signed
from dashboard.context import Here
from dashboard.views.lead.decide import FormFields, desk_of, sentence, signature, to_place
from dashboard.views.lead.home import NO_REASON, Place, page
from okr_model.governance.closings import WAYS
from okr_model.review.finding_verdicts import VERDICTS
from okr_model.review.requests import ClosingRequest, FindingRequest
from published.audit.visibility import sees
from published.errors import UserError

router = APIRouter()


@router.post("/lead/finding", include_in_schema=False)
def decide(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Record that a finding is acknowledged or dismissed, then go on."""
    action, finding = form.get("verdict", ""), form.get("finding", "")
    if action not in VERDICTS or not finding:
        raise HTTPException(
            400, "This form says neither acknowledge nor dismiss. Go back and try again."
        )
    try:
        asked = FindingRequest(
            action,
            "",
            "",
            signature(by),
            form.get("why", "")[:2000],
            _until(form.get("until", "")),
            finding,
            form.get("once") or None,
        )
        row = desk_of(here).decide_findings(asked)[0]
    except UserError as error:
        place = Place(form.get("queue"), f"finding:{finding}")
        return page(request, here, place, sentence(error), status=409)
    return _back(form, row["decision_id"])


@router.post("/lead/close", include_in_schema=False)
def close(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Record what becomes of a Key Result or an Objective, then stay at what else is open."""
    way, kind = form.get("verdict", ""), form.get("kind", "")
    if way not in WAYS or kind not in ("key result", "objective"):
        raise HTTPException(
            400, "This form says neither continue, abandon nor done. Go back and try again."
        )
    try:
        asked = ClosingRequest(
            *(form.get("subject", ""), way, signature(by)),
            why=form.get("why", "").strip()[:2000] or NO_REASON,
            lesson=form.get("lesson", "")[:2000],
            cycle=form.get("cycle") or None,
            once=form.get("once") or None,
            kind="objective" if kind == "objective" else "key result",
        )
        row = desk_of(here).close(asked)
    except UserError as error:
        place = Place(form.get("queue"), form.get("item"))
        return page(request, here, place, sentence(error), status=409)
    return to_place(form.get("queue"), form.get("item"), row["decision_id"])


@router.post("/lead/finding/undo", include_in_schema=False)
def undo(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Take a decision about a finding back; it is open again at once."""
    decision = form.get("decision", "")
    made = here.decided.index.by_id.get(decision)
    if made is None or not isinstance(made["finding_rule"], str) or not sees(here.tables, made):
        raise HTTPException(404, f"There is no decision {decision[:40]!r} about a finding.")
    try:
        row = desk_of(here).take_back(decision, signature(by), "taken back on the page")
    except UserError as error:
        place = Place(form.get("queue"), form.get("item"))
        return page(request, here, place, sentence(error), status=409)
    return _back(form | {"next": form.get("item", "")}, row["decision_id"])


def _until(text: str) -> dt.date | None:
    """The day of a date field; None if it is empty.

    Raises:
        UserError: It holds something else.
    """
    try:
        return dt.date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise UserError(f"{text[:40]!r} is no day; write one such as 2026-12-15.") from None


def _back(form: Mapping[str, str], decision_id: str) -> Response:
    """To the Key Result's page that the form was on, else to the next finding."""
    if form.get("key_result"):
        to = f"/key-results/{quote(form['key_result'])}#findings"
        return RedirectResponse(to, status_code=303)
    return to_place(form.get("queue"), form.get("next"), decision_id)
