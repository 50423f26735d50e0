"""Sending to a webhook and a mail server on this machine."""

import json

import pytest
from pydantic import SecretStr

from connectors.secrets import remember
from pipelines.alerts.senders import Address, addresses_of, ping, send
from pipelines.settings import AlertSettings
from tests.support.services.receivers import mail_server, webhook

# apprise imports it for its encryption of mail.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_a_webhook_is_sent_title_and_body() -> None:
    with webhook() as (port, got):
        assert (
            send(Address("to[0]", f"json://127.0.0.1:{port}/hook"), "Do this.", "It is so.") is None
        )
    assert [json.loads(one)["title"] for one in got] == ["Do this."]
    assert json.loads(got[0])["message"] == "It is so."


def test_a_mail_has_the_remedy_as_its_subject() -> None:
    with mail_server() as (port, got):
        url = f"mailto://127.0.0.1:{port}?to=ops@example.com&from=okr@example.com&mode=insecure"
        assert send(Address("to[0]", url), "Do this.", "It is so.") is None
    assert len(got) == 1
    assert "Subject: Do this." in got[0]


def test_a_failure_is_said_without_the_address() -> None:
    key = "kept-secret-0123456789"
    remember(key)
    with webhook(500) as (port, _):
        reason = send(Address("to[0]", f"json://127.0.0.1:{port}/{key}"), "Do this.", "It is so.")
    assert reason
    assert key not in reason


def test_what_is_not_set_or_no_address_is_said() -> None:
    unset, none = addresses_of(AlertSettings(to=(SecretStr("${CHAT}"), SecretStr("nonsense"))))
    assert send(unset, "t", "b") == "the environment variable CHAT is not set."
    assert "none that apprise knows" in str(send(none, "t", "b"))
    assert [unset.label, none.label] == ["alerts: to[0] (not set)", "alerts: to[1] (not set)"]
    assert "nonsense" not in repr(none)


def test_a_ping_is_asked_for_and_its_failure_is_said() -> None:
    with webhook() as (port, got):
        assert ping(f"http://127.0.0.1:{port}/ping") is None
    assert got == [b"/ping"]
    with webhook(404) as (port, _):
        assert ping(f"http://127.0.0.1:{port}/ping") == "HTTP 404."
