"""Jira Data Center's REST API version 2 as an ASGI application, over the same sites as ``app``.

What belongs here: the differences to Cloud, which are search by offset with a total, complete
change logs inside issues, users with keys and names, rich text as wiki markup, epics as a custom
field, and bearer tokens. Written from recorded responses of such sites and the vendor's
documentation.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.server.jira.fields import chosen_fields, field_list
from sandbox.server.jira.jql import JqlError, matching, parse
from sandbox.server.jira.records import Comment, CustomField, Issue, Json, User
from sandbox.server.jira.shapes import Shapes
from sandbox.server.jira.store import JiraSite

EPIC_LINK = "customfield_10014"
ISSUES_A_PAGE = 1000
VERSION = "9.12.25"

_SEARCH_KEYS = {"jql", "startAt", "maxResults", "validateQuery", "fields", "expand"}
_EPIC_LINK_FIELD: Json = {
    "id": EPIC_LINK,
    "name": "Epic Link",
    "custom": True,
    "orderable": True,
    "navigable": True,
    "searchable": True,
    "clauseNames": [f"cf[{EPIC_LINK.removeprefix('customfield_')}]", "Epic Link"],
    "schema": {
        "type": "any",
        "custom": "com.pyxis.greenhopper.jira:gh-epic-link",
        "customId": int(EPIC_LINK.removeprefix("customfield_")),
    },
}

Handler = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """The request is rejected, with the site's error message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def datacenter_app(
    site: JiraSite, bearer_tokens: Iterable[str], passwords: Mapping[str, str] | None = None
) -> Starlette:
    """The ASGI application.

    Args:
        site: The site to serve.
        bearer_tokens: Personal access tokens.
        passwords: By user name, for basic authentication.
    """
    api = _Api(site)
    credentials = {f"Bearer {token}" for token in bearer_tokens}
    for name, password in (passwords or {}).items():
        credentials.add("Basic " + base64.b64encode(f"{name}:{password}".encode()).decode())
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/search", api.search),
        ("POST", "/search", api.search),
        ("GET", "/field", api.fields),
        ("GET", "/serverInfo", api.server_info),
        ("GET", "/myself", api.myself),
        ("GET", "/issuetype", api.issue_types),
        ("GET", "/project", api.projects),
        ("GET", "/project/{project}", api.project),
        ("GET", "/issue/{issue}", api.issue),
        ("GET", "/issue/{issue}/comment", api.comments),
        ("GET", "/issue/{issue}/remotelink", api.remote_links),
    ]
    return Starlette(
        routes=[
            Route(f"/rest/api/2{path}", _guarded(handler, credentials), methods=[method])
            for method, path, handler in routes
        ]
    )


class DataCenterShapes(Shapes):
    """The JSON of version 2."""

    version = 2
    comments_shown = None

    def issue(self, issue: Issue, fields: Iterable[str]) -> Json:
        """An issue; its text is wiki markup, and a story has its epic's key in a custom field."""
        asked = list(fields)
        shown = super().issue(issue, [name for name in asked if name != EPIC_LINK])
        values = shown.get("fields", {})
        if values.get("description") is not None:
            values["description"] = wiki_text(values["description"])
        parent = None if issue.parent is None else self._site.issue(issue.parent)
        if parent is not None and issue.type.level == 0:
            values.pop("parent", None)
        if EPIC_LINK in asked:
            values[EPIC_LINK] = parent.key if parent and issue.type.level == 0 else None
        if values:
            shown["fields"] = values
        return shown

    def user(self, user: User) -> Json:
        """A person by key and name."""
        name = user.name.lower().replace(" ", ".")
        return {
            "self": f"{self._api}/user?username={name}",
            "name": name,
            "key": f"JIRAUSER{sum(user.account_id.encode()) + 10000}",
            "emailAddress": user.email or "?",
            "avatarUrls": self._avatars(name),
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.time_zone,
        }

    def changelog(self, issue: Issue) -> Json:
        """The complete log, oldest entry first."""
        histories = self._site.histories(issue.index)
        return {
            "startAt": 0,
            "maxResults": len(histories),
            "total": len(histories),
            "histories": [self.history(each, epoch=False) for each in histories],
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment; its body is wiki markup."""
        return {**super().comment(issue, comment), "body": wiki_text(comment.body)}


def wiki_text(document: Any) -> str:
    """An ADF document as wiki markup."""
    if isinstance(document, list):
        return "".join(wiki_text(each) for each in document)
    kind, attributes = document.get("type"), document.get("attrs") or {}
    inner = wiki_text(document.get("content") or [])
    if kind == "text":
        return str(document["text"])
    if kind == "mention":
        return f"[~{attributes.get('text', '').removeprefix('@')}]"
    if kind == "inlineCard":
        return f"[{attributes.get('url')}]"
    if kind in ("tableCell", "tableHeader"):
        return "|" + inner.strip()
    if kind == "tableRow":
        return inner + "|\n"
    if kind == "listItem":
        return "* " + inner
    return inner + "\n" if kind in ("paragraph", "heading") else inner


class _Api:
    def __init__(self, site: JiraSite) -> None:
        self._site = site

    async def search(self, request: Request) -> Response:
        asked = await _search_arguments(request)
        start, size = _number(asked, "startAt", 0), _number(asked, "maxResults", 50)
        size = min(size, ISSUES_A_PAGE)
        query = parse(str(asked.get("jql") or ""))
        self._site.catch_up()
        found = matching(query, self._site, validate=asked.get("validateQuery") is not False)
        fields = _fields(asked.get("fields") or ["*navigable"], self._site.custom_fields)
        shapes, expand = self._shapes(request), asked.get("expand") or []
        page = [self._site.issue(int(index)) for index in found[start : start + size]]
        return _json(
            {
                "expand": "schema,names",
                "startAt": start,
                "maxResults": size,
                "total": len(found),
                "issues": [_shown(shapes, issue, fields, expand) for issue in page],
            }
        )

    async def fields(self, request: Request) -> Response:
        return _json([*field_list(self._site.custom_fields), _EPIC_LINK_FIELD])

    async def server_info(self, request: Request) -> Response:
        base = _base(request)
        return _json(
            {
                "baseUrl": base,
                "version": VERSION,
                "versionNumbers": [int(part) for part in VERSION.split(".")],
                "deploymentType": "Server",
                "buildNumber": 9120025,
                "serverTime": self._shapes(request).time(self._site.clock.now_ms),
                "serverTitle": "Jira",
            }
        )

    async def myself(self, request: Request) -> Response:
        return _json({**self._shapes(request).user(self._site.me), "locale": "en_US"})

    async def issue_types(self, request: Request) -> Response:
        shapes = self._shapes(request)
        return _json([shapes.issue_type(each) for each in self._site.issue_types])

    async def projects(self, request: Request) -> Response:
        shapes = self._shapes(request)
        return _json([shapes.project(each) for each in self._site.visible_projects])

    async def project(self, request: Request) -> Response:
        asked = request.path_params["project"]
        for each in self._site.visible_projects:
            if asked in (each.key, str(each.id)):
                return _json(self._shapes(request).project(each))
        raise RefusedError(404, f"No project could be found with key '{asked}'.")

    async def issue(self, request: Request) -> Response:
        fields = _fields(
            request.query_params.get("fields", "*all").split(","), self._site.custom_fields
        )
        expand = request.query_params.get("expand", "").split(",")
        return _json(_shown(self._shapes(request), self._issue(request), fields, expand))

    async def comments(self, request: Request) -> Response:
        issue, shapes = self._issue(request), self._shapes(request)
        comments = self._site.comments(issue.index)
        asked = dict(request.query_params)
        start, size = _number(asked, "startAt", 0), _number(asked, "maxResults", 1_048_576)
        return _json(shapes.comment_page(issue, comments, start, size))

    async def remote_links(self, request: Request) -> Response:
        issue, shapes = self._issue(request), self._shapes(request)
        return _json([shapes.remote_link(issue, link) for link in issue.remote_links])

    def _issue(self, request: Request) -> Issue:
        issue = self._site.find(request.path_params["issue"])
        if issue is None:
            raise RefusedError(404, "Issue Does Not Exist")
        return issue

    def _shapes(self, request: Request) -> DataCenterShapes:
        return DataCenterShapes(self._site, _base(request))


def _guarded(handler: Handler, credentials: set[str]) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.headers.get("authorization") not in credentials:
            message = "You are not authenticated. Authentication required to perform this operation"
            return _error(401, message)
        try:
            return await handler(request)
        except RefusedError as refused:
            return _error(refused.status, str(refused))
        except JqlError as error:
            return _error(400, str(error))

    return guarded


def _shown(shapes: Shapes, issue: Issue, fields: list[str], expand: Iterable[str]) -> Json:
    shown = shapes.issue(issue, fields)
    if "changelog" in expand:
        shown["changelog"] = shapes.changelog(issue)
    return shown


def _fields(asked: list[str], own: Sequence[CustomField]) -> list[str]:
    epic = EPIC_LINK in asked or "*all" in asked or "*navigable" in asked
    return [*chosen_fields(asked, own), *([EPIC_LINK] if epic else [])]


async def _search_arguments(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        asked: dict[str, Any] = dict(request.query_params)
        for name in ("fields", "expand"):
            asked[name] = [each for each in asked.get(name, "").split(",") if each]
        return asked
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict) or not set(body) <= _SEARCH_KEYS:
        raise RefusedError(400, "Can not construct instance of SearchRequestBean from the body.")
    return body


def _number(asked: Mapping[str, Any], name: str, default: int) -> int:
    try:
        return max(0, int(asked.get(name, default)))
    except (TypeError, ValueError):
        raise RefusedError(400, f"The value of {name} must be a number.") from None


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _json(answer: object) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _error(status: int, message: str) -> Response:
    body = msgspec.json.encode({"errorMessages": [message], "errors": {}})
    return Response(body, status, media_type="application/json")
