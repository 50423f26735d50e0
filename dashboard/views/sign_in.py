"""Signing in and out.

What belongs here: the way to the provider and back, and the page of who is signed out. What does
not: checking what the provider says (``dashboard.access.openid``).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.access.gate import access_of
from dashboard.access.known import with_role
from dashboard.access.openid import LASTS, SignInError
from dashboard.access.reader import Reader
from dashboard.access.refusal import Refusal
from dashboard.access.require import require
from dashboard.access.sign_in import SignIn, own_path
from dashboard.rendering import render

router = APIRouter(include_in_schema=False)


def sign_in_of(request: Request) -> SignIn:
    """How people sign in to the page of a request.

    Raises:
        HTTPException: 404; they do not. 429; somebody has tried too often.
    """
    found = access_of(request).sign_in
    if found is None:
        raise HTTPException(404)
    who = request.client.host if request.client else ""
    if not found.attempts.allows(who):
        raise HTTPException(
            429, "Too many sign-ins from here. Wait a minute.", {"Retry-After": "60"}
        )
    found.attempts.count(who)
    return found


Way = Annotated[SignIn, Depends(sign_in_of)]


@router.get("/sign-in")
def signed_out(request: Request) -> HTMLResponse:
    """The page of who has signed out, or wants to sign in."""
    found = access_of(request).sign_in
    if found is None:
        raise HTTPException(404)
    values = {"words": "You are signed out.", "provider": found.openid.provider.host}
    return render(request, "sign_in.html", values)


@router.get("/sign-in/start")
def start(request: Request, way: Way, next: str = "/") -> Response:
    """To the provider."""
    try:
        address, kept = way.openid.begin(own_path(next))
    except SignInError as error:
        return _failed(request, way, str(error), 502)
    answer = RedirectResponse(address, 303)
    way.under_way.put(answer, kept, LASTS)
    return answer


@router.get("/sign-in/callback")
def callback(request: Request, way: Way) -> Response:
    """Back from the provider."""
    try:
        who, wanted = way.openid.finish(request.query_params, way.under_way.of(request))
    except SignInError as error:
        answer = _failed(request, way, str(error), 401)
        way.under_way.drop(answer)
        return answer
    reader = with_role(who.name, who.groups, way.roles, who.signed_how, "")
    if isinstance(reader, Refusal):
        answer = _failed(request, way, reader.words, 403)
        way.under_way.drop(answer)
        return answer
    back = RedirectResponse(own_path(wanted), 303)
    way.under_way.drop(back)
    # Only the groups that mean something here: a cookie holds few.
    way.sessions.begin(back, who.name, set(who.groups) & way.groups, who.signed_how)
    return back


@router.post("/sign-out")
def sign_out(request: Request, _: Annotated[Reader, Depends(require("viewer"))]) -> Response:
    """End the session, for every copy of its cookie."""
    found = access_of(request).sign_in
    if found is None:
        raise HTTPException(404)
    back = RedirectResponse("/sign-in", 303)
    found.sessions.end(request, back)
    return back


def _failed(request: Request, way: SignIn, words: str, status: int) -> HTMLResponse:
    values = {"words": words, "provider": way.openid.provider.host}
    return render(request, "sign_in.html", values, status=status)
