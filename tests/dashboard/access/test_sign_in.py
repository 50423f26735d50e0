"""Signing in against a provider that runs: who gets in as what, and what is refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from joserfc.jwk import OctKey

from dashboard.access import Access
from dashboard.access.attempts import Attempts
from dashboard.access.known import by_session
from dashboard.access.openid import OpenId
from dashboard.access.openid import Provider as Known
from dashboard.access.roles import Roles
from dashboard.access.seals import seal
from dashboard.access.sessions import Cookie, Sessions
from dashboard.access.sign_in import SignIn, own_path
from dashboard.app import create_app
from tests.support.page.openid_provider import CLIENT, SECRET, Provider, new_key, running
from tests.support.page.page_of import Browser, site

PAGE = "https://okr.example.com"
KEY = b"k" * 48
ROLES = Roles(("staff",), ("leads",), ("admins",))
SESSION = "__Host-okr_session"
UNDER_WAY = "__Host-okr_sign_in"


class Clock:
    """A clock that a test can put forward; the provider's is the real one."""

    def __init__(self) -> None:
        self.later = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.later


@pytest.fixture(scope="module")
def provider_there() -> Iterator[Provider]:
    with running() as one:
        yield one


@pytest.fixture
def provider(provider_there: Provider) -> Provider:
    one = provider_there
    one.person = {"email": "bo@example.com", "groups": ["staff", "leads"]}
    one.change, one.header, one.facts, one.answers = {}, {}, {}, {}
    one.key = one.published[0]
    one.published = [one.key]
    return one


@pytest.fixture
def clock() -> Clock:
    return Clock()


def access_with(provider: Provider, clock: Clock, secret: bytes = KEY) -> Access:
    known = Known(provider.issuer, CLIENT, SECRET)
    sessions = Sessions(secret, clock, dt.timedelta(hours=12), secure=True)
    way = SignIn(
        OpenId(known, f"{PAGE}/sign-in/callback", secret, clock),
        sessions,
        ROLES,
        frozenset({"staff", "leads", "admins"}),
        Cookie("okr_sign_in", secure=True),
        Attempts(60, dt.timedelta(minutes=1), clock),
    )
    return Access(by_session(sessions, ROLES), secret, PAGE, sign_in=way)


@pytest.fixture
def page(tmp_path: Path, provider: Provider, clock: Clock) -> Browser:
    return browser_at(tmp_path, access_with(provider, clock))


def browser_at(tmp_path: Path, access: Access) -> Browser:
    return Browser(create_app(site(tmp_path / "none.duckdb", access)), PAGE)


def at_provider(page: Browser, wanted: str = "/team?cycle=2026-Q4") -> str:
    """Begin at a page, sign in at the provider; the address that it sends the browser back to."""
    first = page.get(wanted)
    assert first.status_code == 303
    to_provider = page.get(first.headers["location"])
    assert to_provider.status_code == 303
    return through_provider(to_provider)


def through_provider(to_provider: httpx.Response) -> str:
    address = to_provider.headers["location"]
    return requests.get(address, allow_redirects=False, timeout=10).headers["location"]


def signed_in(page: Browser, wanted: str = "/team?cycle=2026-Q4") -> httpx.Response:
    return page.get(at_provider(page, wanted))


def test_a_reader_signs_in_and_lands_where_they_wanted(page: Browser) -> None:
    back = signed_in(page)
    assert (back.status_code, back.headers["location"]) == (303, "/team?cycle=2026-Q4")
    shown = page.get("/team")
    assert shown.status_code == 503  # nothing is published here, but the reader is known
    assert "bo@example.com" in shown.text
    assert 'title="lead, OpenID Connect, 127.0.0.1' in shown.text


def test_cookies_are_out_of_reach_of_scripts_other_sites_and_other_hosts(page: Browser) -> None:
    back = signed_in(page)
    kept = [one for one in back.headers.get_list("set-cookie") if one.startswith(SESSION)]
    assert len(kept) == 1
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert word in kept[0]
    assert "Domain" not in kept[0]


@pytest.mark.parametrize(
    ("groups", "status", "words"),
    [
        (["staff"], 303, ""),
        ("admins", 303, ""),
        (["nobody", "<b>"], 403, "Your groups: &lt;b&gt;, nobody"),
        ([], 403, "Your groups: none"),
        (None, 403, "Your groups: none"),
        ({"staff": 1}, 403, "Your groups: none"),
        (["everyone"], 403, "Your groups: everyone"),
    ],
)
def test_only_groups_of_the_settings_let_in(
    page: Browser, provider: Provider, groups: object, status: int, words: str
) -> None:
    provider.person["groups"] = groups
    back = signed_in(page)
    assert back.status_code == status
    assert words in back.text
    assert (SESSION in page.cookies) == (status == 303)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another-page"},
        {"aud": ["another-page"]},
        {"aud": None},
        {"aud": [CLIENT, "another-page"], "azp": "another-page"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_an_id_token_that_proves_nothing_lets_nobody_in(
    page: Browser, provider: Provider, change: dict[str, object]
) -> None:
    provider.change = change
    back = signed_in(page)
    assert back.status_code == 401
    assert "does not prove who you are" in back.text
    assert SESSION not in page.cookies


@pytest.mark.parametrize("forgery", ["another key", "none", "hmac with the public key", "nothing"])
def test_a_forged_signature_lets_nobody_in(
    page: Browser, provider: Provider, forgery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = provider.published[0].as_pem(private=False)
    if forgery == "another key":
        provider.key = new_key(provider.published[0].kid)
    elif forgery == "none":
        monkeypatch.setattr(Provider, "id_token", lambda self, nonce: unsigned(self, nonce))
    elif forgery == "nothing":
        monkeypatch.setattr(Provider, "id_token", lambda *_: "")
    else:
        provider.header = {"alg": "HS256"}
        provider.key = OctKey.import_key(base64.b64encode(public))
    assert signed_in(page).status_code == 401
    assert SESSION not in page.cookies


def unsigned(provider: Provider, nonce: str) -> str:
    claims = {"iss": provider.issuer, "aud": CLIENT, "sub": "x", "nonce": nonce}
    claims |= {"iat": 1, "exp": 9_000_000_000, "groups": ["admins"], "email": "eve@example.com"}
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def test_new_keys_of_the_provider_are_read_when_they_are_needed(
    page: Browser, provider: Provider, clock: Clock
) -> None:
    assert signed_in(page).status_code == 303
    fresh = new_key("two")
    provider.key, provider.published = fresh, [fresh]
    page.cookies.clear()
    clock.later = dt.timedelta(seconds=65)
    provider.change = {"exp": 9_000_000_000}
    assert signed_in(page).status_code == 303
    assert provider.answers["keys"] == 2
    provider.key = new_key("three")
    page.cookies.clear()
    assert signed_in(page).status_code == 401
    assert provider.answers["keys"] == 2  # nobody makes this server ask and ask


def test_a_sign_in_ends_once_and_in_the_browser_that_began_it(
    tmp_path: Path, provider: Provider, clock: Clock
) -> None:
    access = access_with(provider, clock)
    victim, thief = (browser_at(tmp_path, access) for _ in range(2))
    back = at_provider(thief)
    assert victim.get(back).status_code == 401  # it did not begin it: no login in another's name
    at_provider(victim)
    assert victim.get(back).status_code == 401  # nor with a sign-in of its own under way
    kept = thief.cookies[UNDER_WAY]
    assert thief.get(back).status_code == 303
    thief.cookies.clear()
    thief.cookies.set(UNDER_WAY, kept, domain="okr.example.com")
    again = thief.get(back)
    assert again.status_code == 401
    assert "over already" in again.text


def test_a_sign_in_that_takes_too_long_is_over(page: Browser, clock: Clock) -> None:
    back = at_provider(page)
    clock.later = dt.timedelta(minutes=11)
    assert page.get(back).status_code == 401


def test_what_the_provider_refuses_is_told(page: Browser) -> None:
    state = parse_qs(urlsplit(at_provider(page)).query)["state"][0]
    back = page.get(f"/sign-in/callback?error=access_denied&state={state}")
    assert back.status_code == 401
    assert "did not sign you in" in back.text


def test_a_session_ends_by_time_and_by_signing_out_for_every_copy(
    page: Browser, clock: Clock
) -> None:
    signed_in(page)
    assert page.get("/team").status_code == 503
    copy = page.cookies[SESSION]
    out = page.send_form("/team", "/sign-out", {})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert SESSION not in page.cookies
    page.cookies.set(SESSION, copy, domain="okr.example.com")
    assert page.get("/team").status_code == 303
    page.cookies.clear()
    signed_in(page)
    clock.later = dt.timedelta(hours=12, seconds=1)
    assert page.get("/team").status_code == 303


@pytest.mark.parametrize("forgery", ["changed", "other secret", "other purpose", "expired", "junk"])
def test_a_forged_or_old_cookie_is_no_session(page: Browser, clock: Clock, forgery: str) -> None:
    signed_in(page)
    body, _, mark = page.cookies[SESSION].rpartition(".")
    told = {"id": "x", "name": "eve", "groups": ["admins"], "how": "x"}
    later, before = clock() + dt.timedelta(hours=1), clock() - dt.timedelta(seconds=1)
    changed = json.loads(base64.urlsafe_b64decode(body)) | {"groups": ["admins"]}
    sent = {
        "changed": f"{base64.urlsafe_b64encode(json.dumps(changed).encode()).decode()}.{mark}",
        "other secret": seal(b"o" * 48, "session", told, later),
        "other purpose": seal(KEY, "sign-in", told, later),
        "expired": seal(KEY, "session", told, before),
        "junk": "x" * 9000,
    }[forgery]
    page.cookies.clear()
    page.cookies.set(SESSION, sent, domain="okr.example.com")
    assert page.get("/team").status_code == 303
    assert page.get("/api/openapi.json").status_code == 401


def test_who_has_lost_every_role_reads_nothing_and_may_sign_in_anew(
    tmp_path: Path, provider: Provider, clock: Clock
) -> None:
    access = access_with(provider, clock)
    page = browser_at(tmp_path, access)
    signed_in(page)
    assert access.sign_in is not None
    fewer = replace(access, identify=by_session(access.sign_in.sessions, Roles(("others",))))
    later = browser_at(tmp_path, fewer)
    later.cookies.set(SESSION, page.cookies[SESSION], domain="okr.example.com")
    answer = later.get("/team")
    assert answer.status_code == 403
    assert "no group of yours may read this page" in answer.text
    assert "/sign-in/start" in answer.text


def test_a_post_without_a_session_is_no_redirect(page: Browser) -> None:
    assert page.post("/sign-out").status_code == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "",
        "evil",
        "/a\r\nSet-Cookie: x=1",
        "/\\\\evil.example",
        "/sign-in/start",
    ],
)
def test_nobody_is_sent_on_to_another_site(page: Browser, wanted: str) -> None:
    assert own_path(wanted) == "/"
    back = through_provider(page.get("/sign-in/start", params={"next": wanted}))
    assert page.get(back).headers["location"] == "/"


def test_who_tries_too_often_waits(page: Browser, clock: Clock) -> None:
    answers = [page.get("/sign-in/callback?state=x&code=y").status_code for _ in range(61)]
    assert answers == [401] * 60 + [429]
    assert page.get("/sign-in/start").headers["retry-after"] == "60"
    clock.later = dt.timedelta(seconds=61)
    assert page.get("/sign-in/start").status_code == 303


@pytest.mark.parametrize(
    "facts",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "ftp://x"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_provider_that_describes_another_is_not_followed(
    page: Browser, provider: Provider, facts: dict[str, object]
) -> None:
    provider.facts = facts
    answer = page.get("/sign-in/start")
    assert answer.status_code == 502
    assert "does not describe itself as the issuer" in answer.text


def test_a_provider_that_is_down_is_told(tmp_path: Path, provider: Provider, clock: Clock) -> None:
    away = replace(provider, issuer="http://127.0.0.1:9")
    answer = browser_at(tmp_path, access_with(away, clock)).get("/sign-in/start")
    assert answer.status_code == 502
    assert "did not answer as it should" in answer.text


def test_a_new_secret_ends_every_session(tmp_path: Path, provider: Provider, clock: Clock) -> None:
    page = browser_at(tmp_path, access_with(provider, clock))
    signed_in(page)
    other = browser_at(tmp_path, access_with(provider, clock, b"n" * 48))
    other.cookies.set(SESSION, page.cookies[SESSION], domain="okr.example.com")
    assert other.get("/team").status_code == 303


def test_an_unverified_address_signs_nothing(page: Browser, provider: Provider) -> None:
    provider.person["email_verified"] = False
    signed_in(page)
    shown = page.get("/team").text
    assert "bo@example.com" not in shown
    assert "u-1" in shown
