"""A log-in page in a service's place: whichever client asks, it is told as one."""

from pathlib import Path
from unittest import mock

import pytest

from benchmarks.hostile.servers import victims
from connectors.errors import LoginPageError
from connectors.transport.login_pages import is_login_page, is_of_jira, login_page
from connectors.transport.retry import RetryPolicy
from tests.connectors.support.loopback import Reply, serving

PAGE = (
    b"<html><title>Guest\n &amp; Visitor Wi-Fi</title>"
    b"<form>Please sign in <input type='password'></form></html>"
)
PORTAL = "https://portal.example/signin?token=abc"


@pytest.mark.parametrize("name", ["jira", "notion", "sign-in"])
@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(200, PAGE, {"Content-Type": "text/html"}), "log-in page “Guest & Visitor Wi-Fi”"),
        (Reply(302, headers={"Location": PORTAL}), "requires a log-in at portal.example"),
    ],
    ids=["page", "redirect"],
)
def test_it_names_who_answered_and_blames_the_address_alone(
    tmp_path: Path, name: str, reply: Reply, says: str
) -> None:
    with (
        serving(lambda _: reply) as server,
        mock.patch.object(RetryPolicy, "longest_wait", return_value=0.001),
    ):
        source = victims(tmp_path)[name].build(server.url)
        with pytest.raises(LoginPageError, match=says) as told:
            list(source.pull({}))
        source.close()
        host = server.url.partition("://")[2]
    assert host in told.value.message
    assert told.value.blames == ("url",)
    if name != "jira":
        assert "The credential is not the cause." in told.value.remedy


def test_a_long_title_is_cut_and_one_line() -> None:
    page = b"<html><title>" + b"Sign in to \x1b[31m " * 20 + b"</title>"
    said = login_page("notion", "GET x answered 200", "http://x", page).message
    assert said.endswith("…” instead of JSON.")
    assert len(said) < 120
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("target", "is_jiras"),
    [
        ("http://jira.example/login.jsp?x=1", True),
        ("https://id.atlassian.com/login", True),
        ("https://portal.example/login.jsp", False),
        ("https://id.atlassian.com.evil.example/login", False),
        ("", False),
    ],
)
def test_where_a_redirect_leads_tells_jiras_own_page(target: str, is_jiras: bool) -> None:
    assert is_of_jira({}, b"", "http://jira.example/rest", target) is is_jiras


@pytest.mark.parametrize(
    ("content_type", "body", "is_one"),
    [
        ("text/html; charset=utf-8", PAGE, True),
        ("", PAGE, True),
        ("text/html", b"<html>502 Bad gateway</html>", False),
        ("application/json", b'{"message": "please sign in"}', False),
    ],
)
def test_other_bodies_are_not_taken_for_one(content_type: str, body: bytes, is_one: bool) -> None:
    assert is_login_page(content_type, body) is is_one
