"""The cycle: its checklist, the steps before the next one, and the roll-out if there is one.

What belongs here: the template's values, and attesting an item. What does not: computing the items
and judging the steps (``published.rituals``), recording (handed in with the site).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.access.require import Signed
from dashboard.context import Context, Here
from dashboard.rendering import render
from dashboard.views.lead.decide import FormFields, desk_of, sentence, signature
from dashboard.views.lead.home import may_decide
from okr_model.governance.preparation import STEPS
from okr_model.languages.folding import same_id
from published.audit.visibility import sees
from published.errors import UserError
from published.rituals.adoption.rollout import (
    TITLES,
    NoRolloutError,
    OfARollout,
    attested_steps,
    by_part,
    rollout_of,
)
from published.rituals.checklist import NoChecklistError, checklist_of, pending_attestations
from published.rituals.preparation import (
    NothingToPrepareError,
    StepOfATeam,
    cycle_to_prepare,
    missing_cycle,
    preparation_of,
)

router = APIRouter()
_Told = tuple[OfARollout, Mapping[str, Any] | None]


@router.get("/cycle", response_class=HTMLResponse, include_in_schema=False)
def cycle(
    request: Request, here: Here, prepare: Annotated[str | None, Query()] = None
) -> HTMLResponse:
    """The checklist of the cycle, and the steps before a coming one."""
    return _page(request, here, prepare)


@router.post("/lead/attest", include_in_schema=False)
def attest(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Record that somebody attests an item of the checklist, or a step of a wave."""
    why = form.get("why", "").strip()[:2000]
    item, wave = form.get("item", ""), form.get("wave", "")
    try:
        if not why:
            raise UserError("an attestation needs a reason: say how you know it.")
        desk = desk_of(here)
        if wave:
            desk.attest_step(item, wave, signature(by), why)
        else:
            desk.attest(item, form.get("cycle", ""), signature(by), why)
    except UserError as error:
        return _page(request, here, None, sentence(error), status=409)
    return _back(here, item, wave)


@router.post("/lead/attest/undo", include_in_schema=False)
def undo(request: Request, here: Here, by: Signed, form: FormFields) -> Response:
    """Take an attestation back."""
    made = here.decided.index.by_id.get(form.get("decision", ""))
    try:
        if made is None or not sees(here.tables, made) or made["action"] != "attest":
            raise UserError("this attestation is not there any more.")
        desk_of(here).take_back(made["decision_id"], signature(by), "taken back on the page")
    except UserError as error:
        return _page(request, here, None, sentence(error), status=409)
    wave = made.get("wave")
    return _back(here, str(made["item"]), wave if isinstance(wave, str) else "")


def _back(here: Context, item: str, wave: str) -> Response:
    place = "rollout" if wave else _anchor(item)
    return RedirectResponse(f"{here.link('/cycle')}#{place}", status_code=303)


def _page(
    request: Request, here: Context, prepare: str | None, problem: str = "", status: int = 200
) -> HTMLResponse:
    organization = here.site.organization
    items, trouble = _items(here)
    chosen = prepare or cycle_to_prepare(organization, here.day)
    steps, nothing = _steps(here, chosen)
    values = {
        "here": here,
        "problem": problem,
        "items": items,
        "no_checklist": trouble,
        "counts": Counter(one["state"] for one in items),
        "can_decide": may_decide(request) and here.moment.latest,
        "prepared": chosen,
        "cycles": [one.id for one in organization.cycles],
        "steps": list({one.step: one for one in steps}.values()),
        "about": STEPS,
        "teams": _by_team(steps),
        "no_steps": nothing,
        "missing": None if prepare else missing_cycle(organization, here.day),
        "anchor": _anchor,
        "rollout": _rollout(here),
        "titles": TITLES,
    }
    return render(request, "cycle.html", values, status=status)


def _items(here: Context) -> tuple[list[dict[str, Any]], str]:
    """Each item as it is published, with an attestation that counts from the next run."""
    try:
        found = checklist_of(here.tables, here.site.organization, here.cycle)
    except NoChecklistError as error:
        return [], sentence(error)
    newer = pending_attestations(found, here.decided.log, here.cycle)
    return [
        {name: getattr(one, name) for name in one.__slots__}
        | {"pending": newer.get(one.item), "taken_back": newer.get(one.item, one) is None}
        for one in found
    ], ""


def _steps(here: Context, chosen: str) -> tuple[Sequence[StepOfATeam], str]:
    try:
        return preparation_of(here.tables, here.site.organization, chosen, here.day), ""
    except NothingToPrepareError as error:
        return [], sentence(error)


def _rollout(here: Context) -> Mapping[tuple[str, str], Sequence[_Told]]:
    """Each row of the roll-out, with the attestation of it that is in force."""
    try:
        rows = by_part(rollout_of(here.tables))
    except NoRolloutError:
        return {}
    made = attested_steps(here.decided.log)
    return {
        part: [
            (one, made.get((same_id(one.wave), one.item)) if one.is_for_a_person else None)
            for one in mine
        ]
        for part, mine in rows.items()
    }


def _by_team(steps: Sequence[StepOfATeam]) -> Mapping[str, list[StepOfATeam]]:
    found: dict[str, list[StepOfATeam]] = {}
    for one in steps:
        found.setdefault(one.team, []).append(one)
    return found


def _anchor(item: str) -> str:
    return item.replace(" ", "-")
