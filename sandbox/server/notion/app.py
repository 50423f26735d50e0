"""Notion's HTTP interface to a workspace, versions 2025-09-03 and 2026-03-11.

What belongs here: routes, tokens, versions, errors. What does not: the JSON of an object
(``render``, ``values``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.server.notion.answers import Answers, Call
from sandbox.server.notion.errors import NotionError, invalid
from sandbox.server.notion.render import VERSIONS
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.notion.values import Json
from sandbox.server.notion.writes import Writes

Handler = Callable[[Call], Json]
_BODY_METHODS = ("POST", "PATCH")


def notion_app(workspace: NotionWorkspace, tokens: Collection[str]) -> Starlette:
    """The ASGI application; its paths start with ``/v1``.

    Args:
        workspace: The workspace to serve; changes to it take effect at once.
        tokens: The valid bearer tokens.
    """
    answers, writes = Answers(workspace), Writes(workspace)
    table: Sequence[tuple[str, str, Handler]] = (
        ("GET", "/v1/users", answers.users),
        ("GET", "/v1/users/me", answers.me),
        ("GET", "/v1/users/{id}", answers.user),
        ("POST", "/v1/search", answers.search),
        ("POST", "/v1/databases", writes.create_database),
        ("GET", "/v1/databases/{id}", answers.database),
        ("PATCH", "/v1/databases/{id}", writes.update_database),
        ("POST", "/v1/data_sources", writes.create_data_source),
        ("GET", "/v1/data_sources/{id}", answers.data_source),
        ("PATCH", "/v1/data_sources/{id}", writes.update_data_source),
        ("POST", "/v1/data_sources/{id}/query", answers.query),
        ("POST", "/v1/pages", writes.create_page),
        ("GET", "/v1/pages/{id}", answers.page),
        ("PATCH", "/v1/pages/{id}", writes.update_page),
        ("GET", "/v1/pages/{id}/properties/{property_id}", answers.property_item),
        ("GET", "/v1/comments", answers.comments),
        ("POST", "/v1/comments", writes.create_comment),
        ("GET", "/v1/blocks/{id}", answers.block),
        ("DELETE", "/v1/blocks/{id}", writes.delete_block),
        ("GET", "/v1/blocks/{id}/children", answers.children),
        ("PATCH", "/v1/blocks/{id}/children", writes.append_children),
    )
    routes = [
        Route(path, _endpoint(workspace, tokens, handler), methods=[method])
        for method, path, handler in table
    ]
    app = Starlette(routes=routes)
    app.add_exception_handler(404, _unknown_url)
    app.add_exception_handler(405, _unknown_url)
    return app


def _endpoint(
    workspace: NotionWorkspace, tokens: Collection[str], handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            _authorize(request, tokens)
            _refuse_if_told(workspace)
            call = await _read_call(request)
            body = {**handler(call), "request_id": str(uuid.uuid4())}
        except NotionError as error:
            return error.response()
        return JSONResponse(body)

    return answer


def _authorize(request: Request, tokens: Collection[str]) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token not in tokens:
        raise NotionError(401, "unauthorized", "API token is invalid.")


def _refuse_if_told(workspace: NotionWorkspace) -> None:
    if workspace.refusals:
        wait = workspace.refusals.pop(0)
        message = "You have been rate limited. Please try again in a few minutes."
        raise NotionError(429, "rate_limited", message, {"Retry-After": f"{wait:g}"})


async def _read_call(request: Request) -> Call:
    version = request.headers.get("notion-version")
    if version is None:
        message = "Notion-Version header should be defined, instead was `undefined`."
        text = f"Notion-Version header failed validation: {message}"
        raise NotionError(400, "missing_version", text)
    if version not in VERSIONS:
        known = " or ".join(f'`"{each}"`' for each in VERSIONS)
        raise invalid(
            f"Notion-Version header failed validation: should be {known}, instead was "
            f'`"{version}"`.'
        )
    parameters = request.path_params
    return Call(
        version=version,
        id=_checked_uuid(parameters["id"]) if "id" in parameters else "",
        property_id=parameters.get("property_id", ""),
        query=request.query_params,
        body=await _read_body(request) if request.method in _BODY_METHODS else {},
    )


def _checked_uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise invalid(
            f"path failed validation: path.id should be a valid uuid, instead was `{text!r}`."
        ) from None


async def _read_body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise NotionError(400, "invalid_json", "Error parsing JSON body.") from None
    if not isinstance(body, dict):
        raise invalid("body failed validation: body should be an object.")
    return body


async def _unknown_url(_request: Request, _error: Exception) -> Response:
    return NotionError(400, "invalid_request_url", "Invalid request URL.").response()
