"""The sample company's own address on the sandbox: an index of its records, and edits of them.

Here belongs what a browser and the demo's commands ask for. It stands beside the services' paths,
never within them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.server.jira.records import ISSUE_TYPES, TYPE_BY_NAME
from sandbox.server.jira.store import JiraSite
from sandbox.server.people import html
from sandbox.server.people.addresses import local_address
from sandbox.server.people.issue_page import IssuePages
from sandbox.server.people.notion_page import NotionPages
from sandbox.server.people.play import Play
from sandbox.server.people.spreadsheet_page import SpreadsheetPages

_EPIC = ISSUE_TYPES.index(TYPE_BY_NAME["Epic"])


def company_app(
    title: str,
    site: JiraSite,
    pages: tuple[IssuePages, NotionPages, SpreadsheetPages],
    control: tuple[Play, str, Callable[[], date]],
) -> Starlette:
    """The ASGI application: ``GET /``, ``GET /open?url=``, ``POST /control``.

    Args:
        title: The company's name.
        site: Whose epics the index lists.
        pages: Of the three services.
        control: Who does what is asked, the bearer token that may ask, and the company's day.
    """
    issues, notion, sheets = pages
    play, token, day = control

    async def index(_: Request) -> Response:
        columns = site.columns
        found = np.flatnonzero((columns.type == _EPIC) & site.searchable)
        epics = [issues.link(site.issue(int(number))) for number in found]
        return html.page(
            f"{title}: what its services hold",
            [f"as of {day()}"],
            html.table("Notion", ("Data source",), [(link,) for link in notion.source_links()]),
            html.table("Google Sheets", ("Spreadsheet",), [(link,) for link in sheets.links()]),
            html.table("Jira", ("Epic",), [(link,) for link in epics]),
        )

    async def follow(request: Request) -> Response:
        address = local_address(request.query_params.get("url", ""))
        if not address.startswith(("/notion/", "/google/")):
            return html.missing("record with that address")
        return RedirectResponse(address)

    async def do(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return JSONResponse({"error": "wrong token"}, 401)
        try:
            command = await request.json()
            if not isinstance(command, dict):
                raise ValueError("a command is an object")
            done = play.do(command)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse({**done._asdict(), "day": day().isoformat()})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/open", follow),
            Route("/control", do, methods=["POST"]),
        ]
    )
