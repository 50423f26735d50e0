"""A log-in page in a service's place: whichever client asks, it is told as one."""

from pathlib import Path
from unittest import mock

import pytest

from benchmarks.hostile.servers import victims
from connectors.errors import CredentialError
from connectors.transport.login_pages import ON_LOGIN_PAGE, is_login_page
from connectors.transport.retry import RetryPolicy
from tests.connectors.support.loopback import Reply, serving

PAGE = b"<html><form>Please sign in <input type='password'></form></html>"


@pytest.mark.parametrize("name", ["jira", "notion", "sign-in"])
def test_it_blames_url_and_credential(tmp_path: Path, name: str) -> None:
    reply = Reply(200, PAGE, {"Content-Type": "text/html"})
    with (
        serving(lambda _: reply) as server,
        mock.patch.object(RetryPolicy, "longest_wait", return_value=0.001),
    ):
        source = victims(tmp_path)[name].build(server.url)
        with pytest.raises(CredentialError, match="answered with a log-in page") as told:
            list(source.pull({}))
        source.close()
    assert told.value.remedy == ON_LOGIN_PAGE
    assert {"url", "token", "credentials"} <= set(told.value.blames)


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
