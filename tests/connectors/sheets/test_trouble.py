"""Nights of pulling Google Sheets on which something is refused, broken or down."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    PermanentError,
    TransientError,
)
from connectors.sheets.source import SheetsSettings, SheetsSource, last_read
from connectors.transport.retry import RetryPolicy
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Asked, Reply
from tests.connectors.support.scripted_sheets import (
    ACCESS_TOKEN,
    EMAIL,
    FAST,
    ONCE,
    Google,
    Pull,
    last_cursor,
    presence,
    problems,
    records,
    refusal,
    source,
    spreadsheet,
    tab,
)


def test_a_trashed_file_is_a_problem_though_it_can_be_read(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("a", tab(0, "T", ["x"])))
    google.put(spreadsheet("b", tab(0, "T", ["x"])))
    cursor = last_cursor(pull("a", "b"))
    google.put(google.spreadsheets["b"], version="2", trashed=True)
    messages = pull("a", "b", cursor=cursor)
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject, problem.severity) == ("unreachable place", "b", "error")
    assert "trash" in problem.sentence
    assert presence(messages) == {}  # its rows stand as they were
    assert last_cursor(messages)["complete"] is True


def test_a_file_not_listed_is_asked_for_before_it_is_called_missing(
    google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("open-by-link", tab(0, "T", ["x"])))
    google.files = []
    messages = pull("open-by-link", "gone")
    assert len(records(messages)) == 1
    (problem,) = problems(messages)
    assert problem.subject == "gone"
    assert EMAIL in problem.sentence


def test_when_none_can_be_read_the_night_fails(google: Google, pull: Pull) -> None:
    with pytest.raises(MissingError, match="gone answered 404"):
        pull("gone")


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        (refusal(403, "PERMISSION_DENIED", "forbidden"), AccessError, f"Share .* with {EMAIL}"),
        (refusal(403, "PERMISSION_DENIED", "insufficientPermissions"), AccessError, "a scope"),
        (refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), ConfigurationError, "Enable the"),
        (refusal(400, "FAILED_PRECONDITION", "failedPrecondition"), PermanentError, "Google Sheet"),
        (refusal(401, "UNAUTHENTICATED", "authError"), CredentialError, "its key"),
    ],
)
def test_refusals_have_names_and_remedies_and_no_secrets(
    google: Google, pull: Pull, reply: Reply, expected: type[Exception], words: str
) -> None:
    google.tamper = lambda asked: None if asked.path == "/token" else reply
    with pytest.raises(expected, match=words) as caught:
        pull("abc")
    assert ACCESS_TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_token_refused_twice_has_expired_or_was_revoked(google: Google, pull: Pull) -> None:
    reply = refusal(401, "UNAUTHENTICATED", "authError")
    google.tamper = lambda asked: None if asked.path == "/token" else reply
    with pytest.raises(CredentialError, match="expired or was revoked"):
        pull("abc")
    assert google.asked().count("/token") == 2


def test_a_token_refused_once_is_renewed(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"])))
    replies = [refusal(401, "UNAUTHENTICATED", "authError")]
    google.tamper = lambda asked: None if asked.path == "/token" or not replies else replies.pop()
    assert len(records(pull("abc"))) == 1
    assert google.asked().count("/token") == 2


@pytest.mark.parametrize(
    ("error", "description", "expected", "words"),
    [
        ("invalid_grant", "Invalid JWT Signature.", CredentialError, "key was deleted or revoked"),
        ("invalid_grant", "Invalid grant: account not found", CredentialError, "account was dele"),
        ("invalid_grant", "Token must be a short-lived token", CredentialError, "clock is wrong"),
        ("invalid_grant", "", CredentialError, "Check the clock, then make a new key"),
        ("invalid_scope", "", AccessError, "these scopes"),
        ("invalid_client", "", CredentialError, "Check the service account"),
    ],
)
def test_a_refused_sign_in_says_what_is_wrong_with_the_credential(
    google: Google, pull: Pull, error: str, description: str, expected: type[Exception], words: str
) -> None:
    body = json.dumps({"error": error, "error_description": description}).encode()
    google.tamper = lambda asked: Reply(400, body) if asked.path == "/token" else None
    with pytest.raises(expected, match=f"{EMAIL}.*{words}"):
        pull("abc")
    assert google.asked() == ["/token"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_sign_ins_are_not_repeated_by_two_libraries_at_once(
    google: Google, pull: Pull, status: int
) -> None:
    google.tamper = lambda asked: Reply(status, b"{}") if asked.path == "/token" else None
    with pytest.raises(TransientError, match=rf"{status}.*given up after 4 attempts"):
        pull("abc")
    assert google.asked() == ["/token"] * 4


def test_a_dead_service_is_given_up_within_the_deadline_and_says_so(
    google: Google, pull: Pull
) -> None:
    google.tamper = lambda asked: Reply(500, b"") if asked.path == "/token" else Reply(fault="hang")
    patience = RetryPolicy(attempts=1000, base_seconds=0.05, cap_seconds=0.1, deadline_seconds=1.0)
    with pytest.raises(TransientError, match="given up after"):
        pull("abc", retry=patience)
    assert len(google.asked()) < patience.attempts
    default = SheetsSettings(None, ()).retry
    assert default.deadline_seconds == 75


def test_a_silent_service_is_given_up_within_the_deadline(google: Google, pull: Pull) -> None:
    google.tamper = lambda asked: None if asked.path == "/token" else Reply(fault="hang")
    patience = RetryPolicy(attempts=9, base_seconds=0.001, deadline_seconds=0.5)
    with pytest.raises(TransientError, match="failed"):
        pull("abc", timeout=0.3, retry=patience)
    assert sum("/v4/spreadsheets/" in path for path in google.asked()) < patience.attempts


def test_application_default_credentials_do_as_well(
    google: Google, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    google.put(spreadsheet("abc", tab(0, "T", ["x"])))
    made = SheetsSource(SheetsSettings(None, ("abc",), google.server.url, retry=FAST))
    assert len(records(list(made.pull({})))) == 1
    made.close()


def test_missing_default_credentials_are_said_with_both_remedies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    with pytest.raises(CredentialError, match=r"sources\.sheets\.credentials.*gcloud auth"):
        SheetsSource(SheetsSettings(None, ()))


def test_a_revoked_login_of_a_person_wants_another_login(
    google: Google, pull: Pull, key_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "person.json"
    keys = ("client_id", "client_secret", "refresh_token")
    path.write_text(json.dumps({"type": "authorized_user", **dict.fromkeys(keys, "s3cr3t")}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    told = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    google.tamper = lambda asked: Reply(400, json.dumps(told).encode())
    monkeypatch.setattr(
        "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{google.server.url}/token"
    )
    with pytest.raises(CredentialError, match=r"expired or was revoked\. Sign in again: gcloud"):
        list(SheetsSource(SheetsSettings(None, ("abc",), google.server.url, retry=ONCE)).pull({}))


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"type": "authorized_user"}'])
def test_a_file_that_is_no_key_is_said_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(CredentialError, match="not a service account key"):
        SheetsSource(SheetsSettings(path, ()))
    with pytest.raises(CredentialError, match="cannot be read"):
        SheetsSource(SheetsSettings(tmp_path / "nowhere.json", ()))


def test_secrets_show_in_no_repr(google: Google, key_file: Path) -> None:
    with source(google, key_file, "abc") as made:
        assert "PRIVATE KEY" not in repr(SheetsSettings(key_file, ()))
        assert "PRIVATE KEY" not in repr(vars(made))


HTML = b"<html><body>Bad gateway</body></html>"


FAULTS = {
    "quota of the minute": refusal(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    "quota as 403": refusal(403, "PERMISSION_DENIED", "userRateLimitExceeded"),
    "html": Reply(502, HTML, {"Content-Type": "text/html"}),
    "page instead of JSON": Reply(200, HTML, {"Content-Type": "text/html"}),
    "unavailable": Reply(503, b""),
    "reset": Reply(fault="reset"),
    "drop": Reply(fault="drop"),
    "truncated": Reply(200, b'{"spreadsheetId": "abc"}' * 9, fault="truncate"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_survived(google: Google, key_file: Path, name: str) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"])))
    seen: dict[str, int] = {}

    def tamper(asked: Asked) -> Reply | None:
        path = urlsplit(asked.path).path
        seen[path] = seen.get(path, 0) + 1
        return FAULTS[name] if path != "/token" and seen[path] <= 2 else None

    google.tamper = tamper
    with source(google, key_file, "abc") as made:
        assert len(records(list(made.pull({})))) == 1
        assert made.figures.retries == 4
        assert made.figures.requests == len(google.server.asked) == 7


@pytest.mark.parametrize("name", FAULTS)
def test_a_service_that_stays_down_is_transient(google: Google, pull: Pull, name: str) -> None:
    google.tamper = lambda asked: None if asked.path == "/token" else FAULTS[name]
    with pytest.raises(TransientError, match="given up after 4 attempts"):
        pull("abc")


def test_a_sign_in_that_breaks_off_is_transient(google: Google, pull: Pull) -> None:
    google.tamper = lambda asked: Reply(fault="drop") if asked.path == "/token" else None
    with pytest.raises(TransientError, match="Signing in to Google failed"):
        pull("abc", retry=ONCE)


def test_silence_is_a_time_out(google: Google, pull: Pull) -> None:
    google.tamper = lambda asked: None if asked.path == "/token" else Reply(fault="hang")
    with pytest.raises(TransientError, match="failed"):
        pull("abc", timeout=0.1, retry=ONCE)


def test_a_misshapen_spreadsheet_is_a_problem(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("good", tab(0, "T", ["x"])))
    google.put({"spreadsheetId": "bad", "sheets": []})
    messages = pull("bad", "good")
    assert [problem.subject for problem in problems(messages)] == ["bad"]
    assert len(records(messages)) == 1


def test_a_row_that_cannot_be_read_is_named_and_the_others_are_read(
    google: Google, pull: Pull
) -> None:
    broken = tab(0, "T", ["a"], ["b"], ["c"])
    broken["data"][0]["rowData"][1] = {"values": 7}
    google.put(spreadsheet("abc", broken))
    messages = pull("abc")
    assert [row["row"] for row in records(messages)] == [1, 3]
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject) == ("unreadable record", "abc:0:2")
    assert str(problem.url).endswith("range=A2")
    assert presence(messages) == {"abc/0": ["abc:0:1", "abc:0:2", "abc:0:3"]}


def test_a_place_reached_again_is_told_and_read_again(google: Google, pull: Pull) -> None:
    for key in ("a", "b"):
        google.put(spreadsheet(key, tab(0, "T", ["x"])))
    first = last_cursor(pull("a", "b"))
    google.put(google.spreadsheets["b"], trashed=True)  # Drive need not move the version
    google.server.date = NOW + timedelta(days=1)
    second = last_cursor(pull("a", "b", cursor=first))
    assert last_read(second, "b") == NOW
    google.put(google.spreadsheets["b"])
    messages = pull("a", "b", cursor=second)
    assert presence(messages) == {"b": [], "b/0": ["b:0:1"]}
    assert last_read(last_cursor(messages), "b") == NOW + timedelta(days=1)
