"""Every way an answer can go wrong, given its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    LoginPageError,
    MissingError,
    PermanentError,
    SourceError,
    TransientError,
)
from connectors.records import Figures
from connectors.transport.credential import basic_credential, bearer_credential
from connectors.transport.http import Http, RefusedError
from connectors.transport.retry import RetryPolicy
from tests.connectors.support.clock import NOW, Clock
from tests.connectors.support.loopback import Loopback, Reply, json_reply, script, serving

USER, TOKEN = "mia@example.com", "s3cr3t-t0ken"
HTML = {"Content-Type": "text/html"}
GOOD = json_reply({"answer": 42})
ONCE = RetryPolicy(attempts=1)


@contextmanager
def talking_to(
    *replies: Reply, policy: RetryPolicy | None = None, read_timeout: float = 5.0
) -> Iterator[tuple[Http, Loopback, Clock, Figures]]:
    clock, figures = Clock(), Figures()
    with serving(script(*replies)) as server:
        credential = basic_credential(USER, TOKEN)
        http = Http("jira", credential, figures, policy, (2.0, read_timeout), clock.sleep)
        try:
            yield http, server, clock, figures
        finally:
            http.close()


PASSING = {
    "too many": Reply(429),
    "time-out of the service": Reply(408),
    "bad gateway page": Reply(502, b"<html>Bad gateway</html>", HTML),
    "unavailable": Reply(503, b""),
    "overloaded": Reply(529),
    "page instead of JSON": Reply(200, b"<!doctype html><h1>Back soon</h1>", HTML),
    "empty body": Reply(200, b""),
    "half a JSON": Reply(200, b'{"answer": '),
    "reset": Reply(fault="reset"),
    "dropped": Reply(fault="drop"),
    "truncated": Reply(body=GOOD.body, fault="truncate"),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_asked_again(name: str) -> None:
    with talking_to(PASSING[name], PASSING[name], GOOD) as (http, server, clock, figures):
        assert http.get_json(f"{server.url}/x") == GOOD.body
        assert (figures.requests, figures.retries, len(clock.waits)) == (3, 2, 2)


@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_is_said_to_be_transient(name: str) -> None:
    policy = RetryPolicy(attempts=2)
    with talking_to(PASSING[name], policy=policy) as (http, server, _, figures):
        with pytest.raises(TransientError, match=r"jira: POST http.*after 2 attempts") as caught:
            http.post_json(f"{server.url}/x?secret={TOKEN}", {})
        assert figures.requests == 2
        assert TOKEN not in str(caught.value)


def test_silence_is_a_time_out() -> None:
    hang = Reply(fault="hang")
    with talking_to(hang, GOOD, read_timeout=0.2) as (http, server, _, figures):
        assert http.get_json(server.url) == GOOD.body
        assert figures.retries >= 1


def test_a_port_that_nobody_listens_on_is_transient() -> None:
    with serving(script(GOOD)) as gone:
        address = gone.url
    with talking_to(GOOD, policy=ONCE) as (http, _, _, _), pytest.raises(TransientError):
        http.get_json(address)


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Fri, 27 Nov 2026 18:00:30 GMT"}, 30.0),
        ({"X-RateLimit-Reset": "2026-11-27T18:00:20Z"}, 20.0),
        ({"X-RateLimit-Reset": "2026-11-27T18:00", "Retry-After": "3"}, 3.0),
    ],
)
def test_the_wait_that_was_asked_for_is_kept(headers: dict[str, str], least: float) -> None:
    with talking_to(Reply(429, headers=headers), GOOD) as (http, server, clock, _):
        http.get_json(server.url)
        assert least <= clock.waits[0] <= least + RetryPolicy().base_seconds


def test_a_server_error_may_ask_for_a_wait_too() -> None:
    reply = Reply(503, headers={"Retry-After": "9"})
    with talking_to(reply, policy=ONCE) as (http, server, _, _):
        with pytest.raises(TransientError) as caught:
            http.get_json(server.url)
        assert caught.value.retry_after == 9.0


LOGIN_PAGE = Reply(200, b'<html><form><input type="password"></form></html>', HTML)
FINAL: dict[str, tuple[Reply, type[SourceError]]] = {
    "unauthorized": (Reply(401), CredentialError),
    "taken for a stranger": (
        json_reply({"issues": []}, **{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}),
        CredentialError,
    ),
    "forbidden": (Reply(403), AccessError),
    "not found": (Reply(404), MissingError),
    "gone": (Reply(410), MissingError),
    "moved": (Reply(301, headers={"Location": "https://new.example/x"}), MissingError),
    "refused": (Reply(400), RefusedError),
    "too large": (Reply(413), RefusedError),
    "not implemented": (Reply(501), PermanentError),
}


LOGIN_REPLIES = {
    "page": LOGIN_PAGE,
    "redirect": Reply(302, headers={"Location": "https://portal.example/login?x=1"}),
}
OF_JIRA = {
    "seraph": Reply(200, LOGIN_PAGE.body, HTML | {"X-Seraph-LoginReason": "OUT"}),
    "anonymous": Reply(200, LOGIN_PAGE.body, HTML | {"X-AUSERNAME": "anonymous"}),
    "form": Reply(200, b'<html>Log in <input name="os_username"></html>', HTML),
    "its own redirect": Reply(302, headers={"Location": "/login.jsp?os_destination=x"}),
    "cloud": Reply(302, headers={"Location": "https://id.atlassian.com/login?continue=x"}),
}


@pytest.mark.parametrize("name", OF_JIRA)
def test_jiras_own_log_in_page_means_that_the_credential_was_refused(name: str) -> None:
    with talking_to(OF_JIRA[name]) as (http, server, _, figures):
        with pytest.raises(CredentialError, match="own log-in page"):
            http.get_json(server.url)
        assert figures.requests == 1


@pytest.mark.parametrize("name", LOGIN_REPLIES)
def test_another_log_in_page_is_asked_again_and_then_a_matter_of_the_address(name: str) -> None:
    reply = LOGIN_REPLIES[name]
    with talking_to(reply, GOOD) as (http, server, clock, _):
        assert http.get_json(server.url)
        assert len(clock.waits) == 1
    with talking_to(*[reply] * 6) as (http, server, clock, figures):
        with pytest.raises(LoginPageError, match="given up after 6 attempts") as caught:
            http.get_json(server.url)
        assert "a portal or proxy answers in Jira's place" in caught.value.remedy
        assert ("portal.example" in caught.value.message) == (name == "redirect")
        assert (figures.requests, len(clock.waits)) == (6, 5)


@pytest.mark.parametrize("name", FINAL)
def test_what_will_not_pass_is_asked_once_and_names_a_remedy(name: str) -> None:
    reply, kind = FINAL[name]
    with talking_to(reply) as (http, server, clock, figures):
        with pytest.raises(kind) as caught:
            http.get_json(f"{server.url}/x")
        assert type(caught.value) in (kind, RefusedError)
        assert caught.value.remedy.endswith(".")
        assert (figures.requests, clock.waits) == (1, [])


def test_a_refusal_carries_status_and_the_services_own_words() -> None:
    body = b'{"errorMessages": ["The value \'X\' does not exist."], "errors": {}}'
    with talking_to(Reply(400, body)) as (http, server, _, _):
        with pytest.raises(RefusedError, match="does not exist") as caught:
            http.get_json(server.url)
        assert (caught.value.status, "does not exist" in caught.value.details) == (400, True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_credential_never_follows_a_redirect(status: int) -> None:
    with serving(script(GOOD)) as thief:
        reply = Reply(status, headers={"Location": f"{thief.url}/take?t={TOKEN}"})
        with talking_to(reply) as (http, server, _, _):
            with pytest.raises(MissingError, match="moved to") as caught:
                http.get_json(server.url)
            assert TOKEN not in str(caught.value)
        assert thief.asked == []


def test_an_adopted_session_does_not_follow_either() -> None:
    with serving(script(GOOD)) as thief:
        reply = Reply(302, headers={"Location": thief.url})
        with talking_to(reply) as (http, server, _, figures), requests.Session() as session:
            http.adopt(session)
            with pytest.raises(MissingError):
                http.call("GET it", lambda: session.get(server.url, timeout=60))
            assert server.asked[0].headers["Authorization"].startswith("Basic ")
            assert figures.requests == 1
        assert thief.asked == []


def test_something_that_is_no_address_is_a_matter_of_settings() -> None:
    with talking_to(GOOD) as (http, _, clock, _):
        with pytest.raises(ConfigurationError, match="not a web address"):
            http.get_json("example.atlassian.net/x")
        assert clock.waits == []


def test_the_services_clock_and_the_cost_are_kept() -> None:
    with talking_to(GOOD) as (http, server, _, figures):
        assert http.last_date is None
        http.get_json(server.url, {"a": "b c"})
        assert http.last_date == NOW
        assert figures.bytes == len(GOOD.body)
        assert server.asked[0].path == "/?a=b+c"
        server.date = NOW + timedelta(minutes=1)
        http.post_json(server.url, {"q": [1]})
        assert http.last_date == NOW + timedelta(minutes=1)
        assert server.asked[1].json == {"q": [1]}


def test_a_secret_is_in_no_repr_and_no_error() -> None:
    echo = Reply(400, f'{{"message": "bad token {TOKEN}"}}'.encode())
    with talking_to(echo) as (http, server, _, _):
        address = server.url.replace("http://", f"http://{USER}:{TOKEN}@")
        with pytest.raises(RefusedError) as caught:
            http.get_json(f"{address}/x?key={TOKEN}")
        error = caught.value
        said = f"{error!s} {error!r} {error.details} {error.__cause__!r} {vars(error)}"
        header = server.asked[0].headers["Authorization"].partition(" ")[2]
        for credential in (basic_credential(USER, TOKEN), bearer_credential(TOKEN)):
            said += f"{credential!r} {credential}"
        assert TOKEN not in said
        assert header not in said
        assert "<secret>" in str(error)


@pytest.mark.parametrize("token", ["abc\n", "a\r\nX-Evil: 1", "tökén"])
def test_a_token_no_header_can_carry_is_refused_unquoted(token: str) -> None:
    with pytest.raises(CredentialError) as caught:
        Http("notion", bearer_credential(token), Figures())
    assert token.strip() not in str(caught.value)


def test_a_long_wait_ends_the_call_instead_of_the_night() -> None:
    reply = Reply(429, headers={"Retry-After": "86400"})
    with talking_to(reply) as (http, server, clock, _):
        with pytest.raises(TransientError, match="after 1 attempt"):
            http.get_json(server.url)
        assert clock.waits == []
