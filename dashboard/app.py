"""The web application: its routes, its templates and what holds for every answer.

What belongs here: putting views together, security headers, errors as pages. What does not: the
views (``views``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from dashboard.access.gate import HEALTH, Access, access_of
from dashboard.access.refusal import Refusal
from dashboard.rendering import render
from dashboard.site import Site
from dashboard.views import (
    company,
    find,
    key_result,
    meeting,
    sign_in,
    tables,
    team,
    tonight,
    when,
)
from dashboard.views.api import lead_routes, routes
from dashboard.views.lead import bulk, cycle, decide, findings, home
from published.errors import UserError
from published.moment import NoSuchDayError
from published.table_query.answer import NoSuchTableError
from published.table_query.question import UnaskableError
from published.tables import NotPublishedError, UnknownKeyResultError

_HERE = Path(__file__).parent
_AT_ONCE = 3
_VIEWS = (
    team,
    company,
    key_result,
    meeting,
    home,
    decide,
    findings,
    bulk,
    cycle,
    tonight,
    tables,
    find,
    when,
    routes,
    lead_routes,
    sign_in,
)
# No script, style or picture of anyone else, and no page that frames this one.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STATUS: dict[type[Exception], int] = {
    NoSuchDayError: 404,
    NoSuchTableError: 404,
    UnknownKeyResultError: 404,
    UnaskableError: 400,
}
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it, browsers do not say of a form that it came from this page.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(site: Site) -> FastAPI:
    """The application for one organization's page."""
    app = FastAPI(
        title="okr-sync",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_few_threads,
    )
    app.state.site = site
    app.state.access = site.access or Access.local(site.user)
    for view in _VIEWS:
        app.include_router(view.router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.middleware("http")(_guarded)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/team")

    @app.get(HEALTH, include_in_schema=False)
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    return app


@asynccontextmanager
async def _few_threads(_: FastAPI) -> AsyncIterator[None]:
    """Answer so many requests at once; more threads would only take memory from each other."""
    current_default_thread_limiter().total_tokens = _AT_ONCE
    yield


async def _with_headers(
    request: Request, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await answer(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer to a request that may be answered; else why not."""
    refusal = access_of(request).admit(request)
    return await answer(request) if refusal is None else _refused(request, refusal)


def _refused(request: Request, refusal: Refusal) -> Response:
    status = {"sign in": 401, "forbidden": 403, "address": 400}[refusal.kind]
    path = str(request.scope["path"])
    if path.startswith("/api/"):
        challenge = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return JSONResponse({"detail": refusal.words}, status, challenge)
    if refusal.kind == "sign in" and access_of(request).sign_in and request.method == "GET":
        wanted = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in/start?{urlencode({'next': wanted})}", 303)
    if refusal.kind == "address":
        return PlainTextResponse(refusal.words, status)
    way = access_of(request).sign_in
    if way is not None:  # somebody else may be signed in with more rights
        told = {"words": refusal.words, "provider": way.openid.provider.host}
        return render(request, "sign_in.html", told, status=status)
    values = {"title": "This cannot be shown", "words": refusal.words, "links": ()}
    return render(request, "trouble.html", values, status=status)


def _user_error(request: Request, error: Exception) -> Response:
    """A problem that the reader, or whoever runs the page, can mend."""
    first = isinstance(error, NotPublishedError)
    title = "Nothing is published yet" if first else "This cannot be shown"
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 503)
    # Where the file lies is said by commands, to whoever runs them.
    words = "The first run publishes the tables: okr sync." if first else str(error)
    near = getattr(error, "nearest", None)
    links = [(f"Go to {near}", _on_day(request, near))] if near else []
    return _trouble(request, status, title, words, links)


def _on_day(request: Request, day: dt.date) -> str:
    """The address of a request on another day."""
    url = request.url.include_query_params(as_of=day.isoformat())
    return f"{url.path}?{url.query}"


def _invalid(request: Request, error: Exception) -> Response:
    """A parameter that cannot be what it says."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    said = (f"{one['loc'][-1]}: {_wrong(one)}." for one in error.errors())
    return _trouble(request, 422, "This cannot be shown", " ".join(said))


def _wrong(one: Mapping[str, Any]) -> str:
    """What is wrong with a parameter; of a day, how one is written."""
    if str(one["type"]).startswith("date"):
        return f"{str(one['input'])[:40]!r} is no day; one is written 2026-11-28"
    return str(one["msg"])


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = "There is no such page" if status == 404 else "This cannot be done"
    words = str(error.detail) if isinstance(error, HTTPException) else ""
    words = "" if words == "Not Found" else words
    answer = _trouble(request, status, title, words, getattr(error, "links", ()))
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


def _trouble(
    request: Request,
    status: int,
    title: str,
    words: str,
    links: Sequence[tuple[str, str]] = (),
) -> Response:
    """Trouble as a page, or for programs as JSON."""
    path = request.url.path
    if path.startswith("/api/") or path.endswith((".json", ".csv")):
        return JSONResponse({"detail": words or title}, status)
    values = {"title": title, "words": words, "links": links}
    return render(request, "trouble.html", values, status=status)
