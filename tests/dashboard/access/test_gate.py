"""What every request passes: own address, own forms, a role."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse

from dashboard.access import Access, Reader, Signed, csrf_token, require
from dashboard.access.gate import FORM_FIELD, FORM_HEADER
from dashboard.access.refusal import Refusal
from dashboard.app import create_app
from tests.support.page.page_of import HERE, Browser, site


def app_of(tmp_path: Path, access: Access | None = None) -> FastAPI:
    app = create_app(site(tmp_path / "none.duckdb", access))

    @app.get("/token")
    def token(request: Request) -> PlainTextResponse:
        return PlainTextResponse(csrf_token(request))

    @app.post("/decide")
    async def decide(request: Request, by: Signed) -> dict[str, str]:
        return {"by": by.name, "how": by.signed_how, **await request.form()}

    @app.post("/start", dependencies=[])
    def unguarded() -> dict[str, str]:
        return {}

    return app


def known(role: str, name: str = "bo") -> Access:
    return Access(lambda _: Reader(name, role, frozenset(), "test", f"session of {name}"))


def test_the_local_user_decides_with_a_token_of_the_page(tmp_path: Path) -> None:
    page = Browser(app_of(tmp_path))
    form = {FORM_FIELD: page.get("/token").text, "verdict": "accepted"}
    answer = page.post("/decide", data=form)
    assert answer.status_code == 200
    assert answer.json() == {"by": "ada", "how": "on this machine", **form}
    assert page.post("/decide", headers={FORM_HEADER: form[FORM_FIELD]}).status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [(None, 403), ("", 403), ("0" * 64, 403), ("é\udc80", 403)],
)
def test_a_form_without_the_page_s_token_changes_nothing(
    tmp_path: Path, sent: str | None, status: int
) -> None:
    page = Browser(app_of(tmp_path))
    raw = b"" if sent is None else b"csrf_token=" + sent.encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert page.post("/decide", content=raw, headers=headers).status_code == status


def test_a_token_is_of_one_session_and_one_server(tmp_path: Path) -> None:
    secret = b"x" * 32
    one, other = (
        Browser(
            app_of(
                tmp_path,
                Access(lambda _, n=name: Reader(n, "lead", frozenset(), "test", n), secret),
            )
        )
        for name in ("ada", "eve")
    )
    stolen = other.get("/token").text
    assert one.post("/decide", data={FORM_FIELD: stolen}).status_code == 403
    again = Browser(app_of(tmp_path))
    assert again.post("/decide", data={FORM_FIELD: one.get("/token").text}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "https://127.0.0.1:8700",
        "http://127.0.0.1:8700@evil.example",
        "http://[",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/decide", "/start", "/sign-in"])
def test_what_another_site_sends_is_refused_even_where_a_route_forgets_to_ask(
    tmp_path: Path, origin: str, path: str
) -> None:
    page = Browser(app_of(tmp_path))
    form = {FORM_FIELD: page.get("/token").text}
    answer = page.post(path, data=form, headers={"Origin": origin})
    assert answer.status_code == 400
    del page.headers["Origin"]
    assert page.post(path, data=form).status_code == 400


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1/static/?",
        "127.0.0.1:8700/sign-in?x=",
        "127.0.0.1?x=/static/",
        "127.0.0.1#",
        "127.0.0.1/",
        "evil.example",
        "evil.example:8700",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil",
        "",
        "[",
        "0",
    ],
)
def test_a_name_that_only_leads_here_shows_nothing(tmp_path: Path, host: str) -> None:
    page = Browser(app_of(tmp_path))
    for path in ("/token", "/team", "/static/style.css", "/sign-in"):
        answer = page.get(path, headers={"Host": host})
        assert (answer.status_code, "Acme" in answer.text) == (400, False)


@pytest.mark.parametrize("host", ["localhost:8700", "[::1]:8700", "127.0.0.1", "LOCALHOST"])
def test_the_machine_s_own_names_open_it(tmp_path: Path, host: str) -> None:
    assert Browser(app_of(tmp_path)).get("/token", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_nobody_comes_through_a_proxy_as_the_local_user(tmp_path: Path, header: str) -> None:
    answer = Browser(app_of(tmp_path)).get("/token", headers={header: "10.0.0.7"})
    assert answer.status_code == 403
    assert "docs/page-access.md" in answer.text


@pytest.mark.parametrize(
    ("role", "wanted", "status"),
    [
        ("viewer", "viewer", 200),
        ("viewer", "lead", 403),
        ("viewer", "admin", 403),
        ("lead", "viewer", 200),
        ("lead", "lead", 200),
        ("lead", "admin", 403),
        ("admin", "admin", 200),
        ("admin", "lead", 200),
    ],
)
def test_each_role_may_do_what_those_below_it_may(
    tmp_path: Path, role: str, wanted: str, status: int
) -> None:
    app = app_of(tmp_path, known(role))
    app.add_api_route(
        "/do", lambda: {"done": True}, methods=["POST"], dependencies=[Depends(require(wanted))]
    )
    page = Browser(app)
    answer = page.post("/do", data={FORM_FIELD: page.get("/token").text})
    assert answer.status_code == status
    if status == 403:
        assert f"needs the role {wanted}; bo has the role {role}" in answer.text


def test_at_a_public_address_only_that_name_and_origin_count(tmp_path: Path) -> None:
    public = "https://okr.example.com"
    access = Access(known("lead").identify, address=public)
    page = Browser(app_of(tmp_path, access), public)
    form = {FORM_FIELD: page.get("/token").text}
    assert page.post("/decide", data=form).status_code == 200
    assert page.post("/decide", data=form, headers={"Origin": HERE}).status_code == 400
    http = {"Origin": "http://okr.example.com"}
    assert page.post("/decide", data=form, headers=http).status_code == 400
    assert page.get("/token", headers={"Host": "127.0.0.1:8700"}).status_code == 400
    assert page.get("/token", headers={"Host": "okr.example.com:443"}).status_code == 200
    for host in ("okr.example.com:8443", "okr.example.com/static/?", "okr.example.com?/sign-in"):
        assert page.get("/token", headers={"Host": host}).status_code == 400


def test_every_answer_has_the_strict_headers(tmp_path: Path) -> None:
    page = Browser(app_of(tmp_path))
    for answer in (page.get("/token"), page.get("/none"), page.get("/", headers={"Host": "evil"})):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_whether_it_answers_is_told_to_anybody_and_nothing_else(tmp_path: Path) -> None:
    nobody = Access(lambda _: Refusal("sign in", "no"), address="https://okr.example.com")
    page = Browser(app_of(tmp_path, nobody), "https://okr.example.com")
    answer = page.get("/health", headers={"Host": "127.0.0.1:8700"})
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert page.get("/health", headers={"Host": "10.1.2.3"}).status_code == 200
    assert page.post("/health", headers={"Host": "10.1.2.3"}).status_code == 400
    assert page.get("/health/team").status_code == 401
    assert page.get("/token").status_code == 401
