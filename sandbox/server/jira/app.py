"""Jira Cloud's REST API version 3 as an ASGI application: the endpoints for reading issues.

What belongs here: paths, parameters, limits, errors, authentication, written from the vendor's
OpenAPI specification. What does not: the issues (``store``), their JSON (``shapes``), and JQL
(``jql``).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.server.clock import to_ms
from sandbox.server.jira.fields import chosen_fields, field_list, field_names
from sandbox.server.jira.jql import JqlError
from sandbox.server.jira.pages import Searches, TokenError, changelog_page
from sandbox.server.jira.records import Issue, Json
from sandbox.server.jira.shapes import Shapes
from sandbox.server.jira.store import JiraSite

IDS_A_PAGE = 5000
ISSUES_A_PAGE = 100
BULK_ISSUES = 100
BULK_CHANGELOGS = 1000
CHANGELOGS_A_PAGE = 10_000

_SEARCH_KEYS = {
    "jql",
    "nextPageToken",
    "maxResults",
    "fields",
    "expand",
    "properties",
    "fieldsByKeys",
    "failFast",
    "reconcileIssues",
}
_BULK_KEYS = {"issueIdsOrKeys", "fields", "expand", "properties", "fieldsByKeys"}
_CHANGELOG_KEYS = {"issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"}
_BAD_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."
_NO_ISSUE = "Issue does not exist or you do not have permission to see it."
_REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)

Handler = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """The request is rejected; ``messages`` are Jira's error messages."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages


def jira_app(site: JiraSite, tokens: Mapping[str, str]) -> Starlette:
    """The ASGI application; ``tokens`` maps e-mail addresses to API tokens."""
    api = _Api(site)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/search/jql", api.search),
        ("POST", "/search/jql", api.search),
        ("GET", "/search", api.removed_search),
        ("POST", "/search", api.removed_search),
        ("POST", "/search/approximate-count", api.count),
        ("POST", "/issue/bulkfetch", api.bulk_fetch),
        ("POST", "/changelog/bulkfetch", api.bulk_changelog),
        ("GET", "/field", api.fields),
        ("GET", "/serverInfo", api.server_info),
        ("GET", "/myself", api.myself),
        ("GET", "/project/search", api.projects),
        ("GET", "/issuetype", api.issue_types),
        ("GET", "/project/{project}", api.project),
        ("GET", "/issue/{issue}", api.issue),
        ("GET", "/issue/{issue}/changelog", api.changelog),
        ("GET", "/issue/{issue}/comment", api.comments),
        ("GET", "/issue/{issue}/remotelink", api.remote_links),
    ]
    # Version 2 differs only in rich text, which these endpoints do not return.
    both = {"/search", "/field", "/serverInfo", "/myself", "/project/search", "/issuetype"}
    return Starlette(
        routes=[
            Route(f"/rest/api/{version}{path}", _guarded(handler, tokens), methods=[method])
            for method, path, handler in routes
            for version in ((2, 3) if path in both else (3,))
        ],
        exception_handlers={404: _no_such_path},
    )


def _guarded(handler: Handler, tokens: Mapping[str, str]) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            _authenticate(request, tokens)
            return await handler(request)
        except RefusedError as refused:
            return _error(refused.status, *refused.messages)
        except (JqlError, TokenError) as error:
            return _error(400, str(error))

    return guarded


class _Api:
    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._searches = Searches(site)

    async def search(self, request: Request) -> Response:
        asked = await _search_arguments(request)
        size = _number(asked, "maxResults", 50)
        fields = self._chosen(_strings(asked, "fields"))
        names_only = {name.strip() for name in _strings(asked, "fields")}
        most = ISSUES_A_PAGE if fields else IDS_A_PAGE
        page, token = self._searches.page(
            str(asked.get("jql") or ""), min(size, most), asked.get("nextPageToken")
        )
        shapes = self._shapes(request)
        expand = set(str(asked.get("expand") or "").split(","))
        if not fields and not names_only & {"key", "self"}:
            issues = [{"id": str(self._site.issue(index).id)} for index in page]
        else:
            issues = [self._shown(shapes, self._site.issue(i), fields, expand) for i in page]
        answer: Json = {"issues": issues, "isLast": token is None}
        if token is not None:
            answer["nextPageToken"] = token
        if "names" in expand:
            answer["names"] = field_names(fields, self._site.custom_fields)
        return _json(answer)

    async def removed_search(self, request: Request) -> Response:
        return _error(410, _REMOVED)

    async def count(self, request: Request) -> Response:
        asked = await _body(request, {"jql"})
        return _json({"count": self._searches.count(str(asked.get("jql") or ""))})

    async def bulk_fetch(self, request: Request) -> Response:
        asked = await _body(request, _BULK_KEYS)
        wanted = _ids(asked, BULK_ISSUES)
        fields = self._chosen(_strings(asked, "fields") or ["*navigable"])
        found = {issue.id: issue for each in wanted if (issue := self._site.find(each))}
        shapes = self._shapes(request)
        expand = set(_strings(asked, "expand"))
        issues = [self._shown(shapes, found[each], fields, expand) for each in sorted(found)]
        return _json({"issues": issues, "issueErrors": []})

    async def bulk_changelog(self, request: Request) -> Response:
        asked = await _body(request, _CHANGELOG_KEYS)
        field_ids = _strings(asked, "fieldIds")
        if len(field_ids) > 10:
            raise RefusedError(400, "No more than 10 field IDs may be given.")
        size = _number(asked, "maxResults", 1000)
        if not 1 <= size <= CHANGELOGS_A_PAGE:
            raise RefusedError(400, f"maxResults must be between 1 and {CHANGELOGS_A_PAGE}.")
        wanted = [self._site.find(each) for each in _ids(asked, BULK_CHANGELOGS)]
        indexes = [issue.index for issue in wanted if issue is not None]
        entries, token = changelog_page(
            self._site, indexes, field_ids, size, asked.get("nextPageToken")
        )
        shapes = self._shapes(request)
        by_issue: dict[int, list[Json]] = {}
        for index, history in entries:
            shown = shapes.history(history, epoch=not self._site.iso_changelogs)
            by_issue.setdefault(index, []).append(shown)
        answer: Json = {
            "issueChangeLogs": [
                {"issueId": str(self._site.issue(index).id), "changeHistories": histories}
                for index, histories in by_issue.items()
            ]
        }
        if token is not None:
            answer["nextPageToken"] = token
        return _json(answer)

    async def fields(self, request: Request) -> Response:
        return _json(field_list(self._site.custom_fields))

    async def server_info(self, request: Request) -> Response:
        base = _base(request)
        return _json(
            {
                "baseUrl": base,
                "displayUrl": base,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100290,
                "buildDate": self._shapes(request).time(to_ms(self._site.clock.now) - 86_400_000),
                "serverTime": self._shapes(request).time(self._site.clock.now_ms),
                "scmInfo": "0000000000000000000000000000000000000000",
                "serverTitle": "Jira",
            }
        )

    async def myself(self, request: Request) -> Response:
        return _json({**self._shapes(request).user(self._site.me), "locale": "en_US"})

    async def projects(self, request: Request) -> Response:
        asked = dict(request.query_params)
        start, size = _number(asked, "startAt", 0), min(_number(asked, "maxResults", 50), 100)
        keys = set(request.query_params.getlist("keys"))
        found = [each for each in self._site.visible_projects if not keys or each.key in keys]
        page = found[start : start + size]
        shapes = self._shapes(request)
        return _json(
            {
                "self": str(request.url),
                "startAt": start,
                "maxResults": size,
                "total": len(found),
                "isLast": start + size >= len(found),
                "values": [shapes.project(each) for each in page],
            }
        )

    async def issue_types(self, request: Request) -> Response:
        shapes = self._shapes(request)
        return _json([shapes.issue_type(each) for each in self._site.issue_types])

    async def project(self, request: Request) -> Response:
        asked = request.path_params["project"]
        for each in self._site.visible_projects:
            if asked in (each.key, str(each.id)):
                return _json(self._shapes(request).project(each))
        raise RefusedError(404, f"No project could be found with key '{asked}'.")

    async def issue(self, request: Request) -> Response:
        asked = request.query_params
        fields = self._chosen(",".join(asked.getlist("fields")).split(","))
        if not asked.get("fields"):
            fields = self._chosen(["*all"])
        expand = set(asked.get("expand", "").split(","))
        shapes = self._shapes(request)
        shapes.comments_shown = None
        shown = self._shown(shapes, self._issue(request), fields, expand)
        if "names" in expand:
            shown["names"] = field_names(fields, self._site.custom_fields)
        return _json(shown)

    async def changelog(self, request: Request) -> Response:
        issue = self._issue(request)
        histories = self._site.histories(issue.index)
        asked = dict(request.query_params)
        start, size = _number(asked, "startAt", 0), min(_number(asked, "maxResults", 100), 100)
        shapes = self._shapes(request)
        page = histories[start : start + size]
        answer: Json = {
            "self": str(request.url),
            "startAt": start,
            "maxResults": size,
            "total": len(histories),
            "isLast": start + size >= len(histories),
            "values": [shapes.history(each, epoch=False) for each in page],
        }
        if not answer["isLast"]:
            url = request.url.include_query_params(startAt=start + size, maxResults=size)
            answer["nextPage"] = str(url)
        return _json(answer)

    async def comments(self, request: Request) -> Response:
        issue = self._issue(request)
        comments = self._site.comments(issue.index)
        asked = dict(request.query_params)
        start, size = _number(asked, "startAt", 0), min(_number(asked, "maxResults", 100), 5000)
        shapes = self._shapes(request)
        return _json(shapes.comment_page(issue, comments, start, size))

    async def remote_links(self, request: Request) -> Response:
        issue = self._issue(request)
        shapes = self._shapes(request)
        return _json([shapes.remote_link(issue, link) for link in issue.remote_links])

    def _issue(self, request: Request) -> Issue:
        issue = self._site.find(unquote(request.path_params["issue"]))
        if issue is None:
            raise RefusedError(404, _NO_ISSUE)
        return issue

    def _chosen(self, asked: list[str]) -> list[str]:
        return chosen_fields(asked, self._site.custom_fields)

    def _shapes(self, request: Request) -> Shapes:
        return Shapes(self._site, _base(request))

    def _shown(self, shapes: Shapes, issue: Issue, fields: list[str], expand: set[str]) -> Json:
        shown = shapes.issue(issue, fields)
        if "changelog" in expand:
            shown["changelog"] = shapes.changelog(issue)
        return shown


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _authenticate(request: Request, tokens: Mapping[str, str]) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        email, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        email, token = "", ""
    if scheme.lower() != "basic" or not token or tokens.get(email) != token:
        raise RefusedError(401, "Client must be authenticated to access this resource.")


async def _search_arguments(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        return await _body(request, _SEARCH_KEYS)
    asked: dict[str, Any] = dict(request.query_params)
    asked["fields"] = ",".join(request.query_params.getlist("fields")).split(",")
    return asked


async def _body(request: Request, known: set[str]) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise RefusedError(400, _BAD_PAYLOAD) from None
    if not isinstance(body, dict) or not set(body) <= known:
        raise RefusedError(400, _BAD_PAYLOAD)
    return body


def _number(asked: Mapping[str, Any], name: str, default: int) -> int:
    try:
        number = int(asked.get(name, default))
    except (TypeError, ValueError):
        raise RefusedError(400, f"The value of {name} must be a number.") from None
    if number < 0:
        raise RefusedError(400, f"The value of {name} must not be negative.")
    return number


def _strings(asked: Mapping[str, Any], name: str) -> list[str]:
    value = asked.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise RefusedError(400, _BAD_PAYLOAD)
    return value


def _ids(asked: Mapping[str, Any], most: int) -> list[str]:
    ids = _strings(asked, "issueIdsOrKeys")
    if not ids:
        raise RefusedError(400, "issueIdsOrKeys must not be empty.")
    if len(ids) > most:
        raise RefusedError(400, f"No more than {most} issues can be requested at once.")
    return ids


def _json(answer: object) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _error(status: int, *messages: str) -> Response:
    body = msgspec.json.encode({"errorMessages": list(messages), "errors": {}})
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'OAuth realm="jira"'
        headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
    return Response(body, status, headers, media_type="application/json")


async def _no_such_path(request: Request, _: Exception) -> Response:
    message = f"null for uri: {request.url.path}"
    body = f"<status><status-code>404</status-code><message>{message}</message></status>"
    return Response(body, 404, media_type="application/xml")
