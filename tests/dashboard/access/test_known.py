"""Readers by a proxy's header and by a token, and every route by every role."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from dashboard.access import Access, Reader, reader_of
from dashboard.access.gate import FORM_FIELD, HEALTH, OPEN, SAFE
from dashboard.access.known import ApiToken, TrustedProxy, by_machine, by_proxy
from dashboard.access.reader import ROLES, Role
from dashboard.access.refusal import Refusal
from dashboard.access.require import Require
from dashboard.access.roles import Roles
from dashboard.app import create_app
from tests.support.page.page_of import Browser, site
from tests.support.page.published_file import publish

PAGE = "https://okr.example.com"
SECRET = "s" * 40
TOKEN = "okr_token-of-the-reporting-program"
PROXY = TrustedProxy(SECRET, "X-Okr-Proxy-Secret", "X-Forwarded-User", "X-Forwarded-Groups")
BY_PROXY = by_proxy(PROXY, Roles(("everyone",), ("leads",), ("admins",)))
BELIEVED = {"X-Okr-Proxy-Secret": SECRET, "X-Forwarded-User": "bo"}


def with_who(tmp_path: Path, access: Access, at: str) -> Browser:
    app = create_app(site(tmp_path / "none.duckdb", access))

    @app.get("/who")
    @app.get("/api/who")
    def who(request: Request) -> dict[str, object]:
        one = reader_of(request)
        told = {"name": one.name, "role": one.role, "groups": sorted(one.groups)}
        return told | {"how": one.signed_how, "sees_all": one.sees_all}

    return Browser(app, at)


@pytest.fixture
def behind_proxy(tmp_path: Path) -> Browser:
    token = ApiToken("reporting", hashlib.sha256(TOKEN.encode()).hexdigest(), frozenset({"people"}))
    return with_who(tmp_path, Access(BY_PROXY, b"x" * 32, PAGE, tokens=(token,)), PAGE)


def test_the_proxy_names_reader_and_groups(behind_proxy: Browser) -> None:
    headers = {**BELIEVED, "X-Forwarded-User": "Zoë".encode(), "X-Forwarded-Groups": "leads, x ,"}
    told = behind_proxy.get("/who", headers=headers).json()
    assert told == {
        "name": "Zoë",
        "role": "lead",
        "groups": ["leads", "x"],
        "how": "trusted proxy",
        "sees_all": False,
    }
    assert behind_proxy.get("/who", headers=BELIEVED).json()["role"] == "viewer"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-User": "bo"},
        {"X-Forwarded-User": "bo", "X-Okr-Proxy-Secret": ""},
        {"X-Forwarded-User": "bo", "X-Okr-Proxy-Secret": SECRET[:-1]},
        {"X-Forwarded-User": "bo", "X-Okr-Proxy-Secret": SECRET + "s"},
        {"X-Forwarded-User": "bo", "X-Okr-Proxy-Secret": "é"},
        {"X-Okr-Proxy-Secret": SECRET},
        {"X-Okr-Proxy-Secret": SECRET, "X-Forwarded-User": " "},
        [("X-Okr-Proxy-Secret", SECRET), ("X-Forwarded-User", "bo"), ("X-Forwarded-User", "eve")],
        [*BELIEVED.items(), ("X-Forwarded-Groups", "x"), ("X-Forwarded-Groups", "admins")],
        [*BELIEVED.items(), ("X-Okr-Proxy-Secret", "other")],
    ],
    ids=str,
)
def test_nobody_is_believed_without_the_secret_or_with_two_names(
    behind_proxy: Browser, headers: dict[str, str]
) -> None:
    answer = behind_proxy.get("/who", headers=_encoded(headers))
    assert answer.status_code == 403
    assert "sees_all" not in answer.text


def _encoded(headers: object) -> list[tuple[bytes, bytes]]:
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(name.encode(), value.encode()) for name, value in pairs]


def test_whoever_has_no_role_reads_nothing() -> None:
    roles = Roles(("staff",), ("leads",), ())
    assert roles.of(["x", "leads", "staff"]) == "lead"
    assert roles.of(["Staff"]) is None
    assert Roles(lead=("everyone",)).of([]) == "lead"


def test_a_token_reads_the_api_alone(behind_proxy: Browser) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    told = behind_proxy.get("/api/who", headers=bearer).json()
    assert told["name"] == "reporting"
    assert (told["role"], told["groups"], told["how"]) == ("viewer", ["people"], "API token")
    assert behind_proxy.get("/who", headers=bearer).status_code == 403


@pytest.mark.parametrize(
    "sent",
    ["Bearer ", "Bearer", "", "Basic " + TOKEN, TOKEN, f"Bearer {TOKEN}x", "Bearer é", "bearer 0"],
)
def test_an_unknown_token_is_a_401_in_json_even_for_who_is_known_otherwise(
    behind_proxy: Browser, sent: str
) -> None:
    headers = _encoded({**BELIEVED, "Authorization": sent})
    answer = behind_proxy.get("/api/who", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "This token is not known; see okr serve token."}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_on_this_machine_a_token_reads_with_its_own_rights(tmp_path: Path) -> None:
    token = ApiToken("reporting", hashlib.sha256(TOKEN.encode()).hexdigest().upper())
    access = Access(by_machine("ada"), tokens=(token,))
    page = with_who(tmp_path, access, "http://127.0.0.1:8700")
    assert page.get("/api/who").json()["sees_all"]
    bearer = {"Authorization": f"bearer {TOKEN}"}
    assert not page.get("/api/who", headers=bearer).json()["sees_all"]


def as_role(role: Role | None) -> Access:
    if role is None:
        return Access(lambda _: Refusal("sign in", "Sign in to read this."))
    return Access(lambda _: Reader("bo", role, frozenset(), "test", "session"))


def routes_of(app: FastAPI) -> list[tuple[str, str, Role | None]]:
    """Every method and path of an application, with the role that it needs."""
    found: list[tuple[str, str, Role | None]] = []
    for route in _flat(app.routes):
        assert isinstance(route, Route | Mount), route
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        for method in sorted((route.methods or set()) - {"HEAD"}):
            found.append((method, route.path, _needed(route, method)))
    return found


def _flat(routes: list[object]) -> list[object]:
    """Routes, those of included routers among them."""
    flat = []
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        flat += _flat(inner) if inner is not None else [route]
    return flat


def _needed(route: Route, method: str) -> Role | None:
    if route.path in (*OPEN, HEALTH):
        return None
    declared = [one.call for one in route.dependant.dependencies] if is_api(route) else []
    roles = [call.role for call in declared if isinstance(call, Require)]
    assert roles or method in SAFE, f"{method} {route.path} has no require(role)"
    return max(roles, key=ROLES.index, default="viewer")


def is_api(route: Route) -> bool:
    return isinstance(route, APIRoute)


@pytest.mark.thorough
@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_route_is_open_to_its_role_and_to_no_lesser_one(
    tmp_path: Path, role: Role | None
) -> None:
    access = as_role(role)
    app = create_app(site(publish(tmp_path / "published.duckdb", {}), access))
    page = Browser(app)
    token = access.form_token(Reader("bo", "viewer", frozenset(), "test", "session"))
    routes = routes_of(app)
    assert {"/team", "/sign-out", "/api/openapi.json"} <= {path for _, path, _ in routes}
    for method, path, needed in routes:
        at = path.replace("{", "").replace("}", "").replace(":path", "")
        data = {FORM_FIELD: token} if method not in SAFE else None
        status = page.request(method, at, data=data).status_code
        if needed is None:
            assert status not in (401, 403), (method, path)
        elif role is None:
            assert status == 401, (method, path)
        else:
            refused = ROLES.index(role) < ROLES.index(needed)
            assert (status == 403) == refused, (method, path, role, status)
            assert status != 401
            if method not in SAFE:
                assert page.request(method, at).status_code == 403, (method, path)
