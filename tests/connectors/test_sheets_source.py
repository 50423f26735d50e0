"""Nights of pulling Google Sheets, quiet and faulty ones, against scripted answers."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.cells import decode_cells
from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    PermanentError,
    TransientError,
)
from connectors.records import SHEET_ROWS, Message, Present, Problem, Rows
from connectors.retry import RetryPolicy
from connectors.sheets import SheetsSettings, SheetsSource, last_read
from tests.connectors.clock import NOW
from tests.connectors.loopback import Asked, Loopback, Reply, json_reply, serving

EMAIL = "reader@project.iam.gserviceaccount.com"
ACCESS_TOKEN = "ya29.s3cr3t"
FAST = RetryPolicy(attempts=4, base_seconds=0.001)
ONCE = RetryPolicy(attempts=1)


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def spreadsheet(key: str, *tabs: dict[str, Any], **properties: Any) -> dict[str, Any]:
    known = {"title": f"Title of {key}", "locale": "en_US", "timeZone": "Asia/Kuala_Lumpur"}
    return {"spreadsheetId": key, "properties": {**known, **properties}, "sheets": list(tabs)}


def tab(sheet_id: int, title: str, *rows: list[Any], **more: Any) -> dict[str, Any]:
    data = {"rowData": [{"values": [cell(value) for value in row]} if row else {} for row in rows]}
    return {"properties": {"sheetId": sheet_id, "title": title}, "data": [data | more]}


def cell(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, dict):
        return value or {}
    kind = "stringValue" if isinstance(value, str) else "numberValue"
    return {"effectiveValue": {kind: value}, "formattedValue": str(value)}


class Google:
    """Scripted answers of Drive and Sheets; ``tamper`` may answer in their stead."""

    def __init__(self) -> None:
        self.files: list[dict[str, Any]] = []
        self.spreadsheets: dict[str, dict[str, Any]] = {}
        self.tamper: Callable[[Asked], Reply | None] = lambda _: None
        self.page_size = 1000
        self.server: Loopback

    def put(self, served: dict[str, Any], version: str = "1", **more: Any) -> None:
        key = served["spreadsheetId"]
        self.spreadsheets[key] = served
        self.files = [file for file in self.files if file["id"] != key]
        at = "2026-11-20T03:04:05.678Z"
        self.files.append({"id": key, "name": key, "version": version, "modifiedTime": at, **more})

    def answer(self, asked: Asked) -> Reply:
        tampered = self.tamper(asked)
        if tampered:
            return tampered
        parts = urlsplit(asked.path)
        if parts.path == "/token":
            return json_reply({"access_token": ACCESS_TOKEN, "expires_in": 3600})
        signed = {name.lower(): value for name, value in asked.headers.items()}
        assert signed["authorization"] == f"Bearer {ACCESS_TOKEN}"
        if parts.path == "/drive/v3/files":
            return self._list(parse_qs(parts.query))
        served = self.spreadsheets.get(parts.path.removeprefix("/v4/spreadsheets/"))
        return json_reply(served) if served else refusal(404, "NOT_FOUND", "notFound")

    def _list(self, query: dict[str, list[str]]) -> Reply:
        start = int(query.get("pageToken", ["0"])[0])
        answer: dict[str, Any] = {"files": self.files[start : start + self.page_size]}
        if start + self.page_size < len(self.files):
            answer["nextPageToken"] = str(start + self.page_size)
        return json_reply(answer)

    def asked(self) -> list[str]:
        """Paths asked for since the last look."""
        paths = [urlsplit(asked.path).path for asked in self.server.asked]
        self.server.asked.clear()
        return paths


def refusal(status: int, word: str, reason: str) -> Reply:
    error = {"code": status, "message": "no", "status": word, "errors": [{"reason": reason}]}
    return Reply(status, msgspec.json.encode({"error": error}))


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()
    with serving(made.answer) as made.server:
        yield made


@pytest.fixture
def key_file(google: Google, private_key: str, tmp_path: Path) -> Path:
    path = tmp_path / "service-account.json"
    content = {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key": private_key,
        "token_uri": f"{google.server.url}/token",
    }
    path.write_text(json.dumps(content))
    return path


Pull = Callable[..., list[Message]]


@pytest.fixture
def pull(google: Google, key_file: Path) -> Pull:
    def pulled(*spreadsheets: str, cursor: Any = None, **settings: Any) -> list[Message]:
        with source(google, key_file, *spreadsheets, **settings) as made:
            return list(made.pull(cursor or {}))

    return pulled


@contextmanager
def source(
    google: Google, key_file: Path, *spreadsheets: str, **settings: Any
) -> Iterator[SheetsSource]:
    given = {"url": google.server.url, "retry": FAST, **settings}
    made = SheetsSource(SheetsSettings(credentials=key_file, spreadsheets=spreadsheets, **given))
    try:
        yield made
    finally:
        made.close()


def records(messages: list[Message]) -> list[dict[str, Any]]:
    tables = [message.table for message in messages if isinstance(message, Rows)]
    assert all(table.schema == SHEET_ROWS for table in tables)
    return pa.concat_tables(tables).to_pylist()


def last_cursor(messages: list[Message]) -> Any:
    last = messages[-1]
    assert isinstance(last, Rows)
    return last.cursor


def presence(messages: list[Message]) -> dict[str, list[str]]:
    return {m.place: m.ids.to_pylist() for m in messages if isinstance(m, Present)}


def problems(messages: list[Message]) -> list[Problem]:
    return [message for message in messages if isinstance(message, Problem)]


def test_a_row_says_what_it_holds_and_where_it_stands(google: Google, pull: Pull) -> None:
    hidden = [{}, {}, {"hiddenByUser": True}]
    grid = tab(0, "Q4", ["OKRs"], [], [None, "KR-18", 0.5], rowMetadata=hidden)
    google.put(spreadsheet("abc", grid, locale="de_DE"))
    title, row = records(pull("abc"))
    assert (title["row"], title["hidden"]) == (1, False)
    assert row["id"] == "abc:0:3"
    assert row["place"] == "abc/0"
    assert row["url"] == "https://docs.google.com/spreadsheets/d/abc/edit#gid=0&range=A3"
    assert (row["tab"], row["sheet_id"], row["row"], row["hidden"]) == ("Q4", 0, 3, True)
    assert (row["spreadsheet"], row["spreadsheet_title"]) == ("abc", "Title of abc")
    assert row["updated_at"].isoformat() == "2026-11-20T03:04:05.678000+00:00"
    cells = decode_cells(row["cells"])
    assert list(cells) == ["B", "C"]
    assert (cells["B"].text, cells["B"].locale, cells["B"].address) == ("KR-18", "de_DE", "'Q4'!B3")
    assert json.loads(row["raw"])["values"][1]["effectiveValue"] == {"stringValue": "KR-18"}


def test_merged_cells_hold_their_value_once(google: Google, pull: Pull) -> None:
    merge = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    merged = tab(0, "T", ["Title", "left over"], ["left over", None, "own"])
    google.put(spreadsheet("abc", {**merged, "merges": [merge]}))
    held = [
        {key: c.text for key, c in decode_cells(r["cells"]).items()} for r in records(pull("abc"))
    ]
    assert held == [{"A": "Title"}, {"C": "own"}]


def test_a_grid_served_from_further_down_keeps_its_addresses(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"], startRow=9, startColumn=26)))
    (row,) = records(pull("abc"))
    assert (row["row"], decode_cells(row["cells"])["AA"].address) == (10, "T!AA10")


def test_instants_are_in_the_spreadsheets_own_zone(google: Google, pull: Pull) -> None:
    at = {
        "effectiveValue": {"numberValue": 46354.375},
        "effectiveFormat": {"numberFormat": {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm"}},
    }
    google.put(spreadsheet("abc", tab(0, "T", [at])))
    (row,) = records(pull("abc"))
    assert decode_cells(row["cells"])["A"].date == "2026-11-28T09:00:00+08:00"


def test_an_unknown_zone_is_said(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"]), timeZone="Mars/Olympus"))
    messages = pull("abc")
    assert [problem.rule for problem in problems(messages)] == ["unknown time zone"]
    assert len(records(messages)) == 1


def test_charts_have_no_rows_and_cells_out_of_all_dates_are_errors(
    google: Google, pull: Pull
) -> None:
    chart = {"properties": {"sheetId": 7, "title": "Chart", "sheetType": "OBJECT"}}
    far = {
        "effectiveValue": {"numberValue": 1e12},
        "formattedValue": "###",
        "effectiveFormat": {"numberFormat": {"type": "DATE"}},
    }
    google.put(spreadsheet("abc", chart, tab(0, "T", [far, "fine"])))
    messages = pull("abc")
    (row,) = records(messages)
    cells = decode_cells(row["cells"])
    assert (cells["A"].kind, cells["A"].text, cells["B"].text) == ("error", "###", "fine")
    assert list(presence(messages)) == ["abc/0"]


def test_twenty_spreadsheets_three_changed_cost_four_requests(
    google: Google, key_file: Path, pull: Pull
) -> None:
    keys = [f"s{number}" for number in range(20)]
    for key in keys:
        google.put(spreadsheet(key, tab(0, "A", ["x"]), tab(5, "B", ["y"]), tab(6, "C", ["z"])))
    cursor = last_cursor(pull(*keys))
    assert len(google.asked()) == 1 + 1 + 20  # sign in, list, read each
    for key in keys[:3]:
        google.put(spreadsheet(key, tab(0, "A", ["x"])), version="2")
    with source(google, key_file, *keys) as second:
        messages = list(second.pull(cursor))
        reads = [path for path in google.asked() if path != "/token"]
        assert len(reads) == 4
        assert second.figures.requests == 5
        assert second.figures.rows == len(records(messages)) == 3
    assert set(presence(messages)) == {f"{key}/{id}" for key in keys[:3] for id in (0, 5, 6)}
    assert last_cursor(messages)["complete"] is True


def test_an_unchanged_spreadsheet_is_read_again_after_three_days(
    google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["=TODAY()"])))
    cursor = last_cursor(pull("abc"))
    google.server.date = NOW + timedelta(days=3)
    assert records(pull("abc", cursor=cursor)) == []
    google.server.date = NOW + timedelta(days=3, minutes=1)
    assert len(records(pull("abc", cursor=cursor))) == 1


def test_a_removed_tab_and_an_emptied_one_hold_nothing_any_more(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "A", ["x"]), tab(5, "B", ["y"])))
    cursor = last_cursor(pull("abc"))
    google.put(spreadsheet("abc", tab(0, "A", [])), version="2")
    assert presence(pull("abc", cursor=cursor)) == {"abc/0": [], "abc/5": []}


def test_a_renamed_tab_keeps_its_place(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(5, "Old", ["x"])))
    cursor = last_cursor(pull("abc"))
    google.put(spreadsheet("abc", tab(5, "New", ["x"])), version="2")
    (row,) = records(pull("abc", cursor=cursor))
    assert (row["id"], row["place"], row["tab"]) == ("abc:5:1", "abc/5", "New")


def test_a_killed_pull_goes_on_with_the_next_spreadsheet(google: Google, pull: Pull) -> None:
    for key in ("a", "b"):
        google.put(spreadsheet(key, tab(0, "T", [key])))
    committed = next(m.cursor for m in pull("a", "b") if isinstance(m, Rows) and m.cursor)
    assert committed["complete"] is False
    assert [row["spreadsheet"] for row in records(pull("a", "b", cursor=committed))] == ["b"]


def test_ids_are_told_before_the_cursor_that_calls_a_spreadsheet_read(
    google: Google, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.sheets.source.BATCH_ROWS", 2)
    google.put(spreadsheet("a", tab(0, "T", ["1"], ["2"], ["3"])))
    shape = [
        (message.table.num_rows, message.cursor is not None) if isinstance(message, Rows) else "ids"
        for message in pull("a")
    ]
    assert shape == [(2, False), "ids", (1, True), (0, True)]


def test_a_long_listing_is_read_to_its_end(google: Google, pull: Pull) -> None:
    google.page_size = 2
    for number in range(5):
        google.put(spreadsheet(f"s{number}", tab(0, "T", ["x"])))
    cursor = last_cursor(pull("s4"))
    google.asked()
    assert records(pull("s4", cursor=cursor)) == []
    assert google.asked().count("/drive/v3/files") == 3


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
    with pytest.raises(TransientError, match=rf"{status}.*given up after 4 attempts") as caught:
        pull("abc")
    assert google.asked() == ["/token"] * 4
    assert "may take 600 s" in caught.value.message


def test_a_dead_service_is_given_up_within_the_deadline_and_says_so(
    google: Google, pull: Pull
) -> None:
    google.tamper = lambda asked: Reply(500, b"") if asked.path == "/token" else Reply(fault="hang")
    patience = RetryPolicy(attempts=1000, base_seconds=0.05, cap_seconds=0.1, deadline_seconds=1.0)
    started = time.monotonic()
    with pytest.raises(TransientError, match="Attempts and waits may take 1 s"):
        pull("abc", retry=patience)
    assert time.monotonic() - started < 3
    default = SheetsSettings(None, ()).retry
    assert default.deadline_seconds == 75


def test_a_silent_service_is_given_up_within_the_deadline(google: Google, pull: Pull) -> None:
    google.tamper = lambda asked: None if asked.path == "/token" else Reply(fault="hang")
    started = time.monotonic()
    with pytest.raises(TransientError, match="broke off"):
        pull("abc", timeout=0.3, retry=RetryPolicy(attempts=9, deadline_seconds=0.5))
    assert time.monotonic() - started < 3


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
    with pytest.raises(CredentialError, match="no service account key"):
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
    with pytest.raises(TransientError, match="Signing in to Google broke off"):
        pull("abc", retry=ONCE)


def test_silence_is_a_time_out(google: Google, pull: Pull) -> None:
    google.tamper = lambda asked: None if asked.path == "/token" else Reply(fault="hang")
    with pytest.raises(TransientError, match="broke off"):
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


def test_spreadsheets_are_asked_for_at_once_and_handed_on_in_order(
    google: Google, pull: Pull
) -> None:
    keys = [f"s{number}" for number in range(9)]
    for key in keys:
        google.put(spreadsheet(key, tab(0, "T", ["x"])))
    under_way, most = 0, 0

    def tamper(asked: Asked) -> Reply | None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.01 if asked.path[-1] in "02468" else 0.001)
        under_way -= 1
        return None

    google.tamper = tamper
    assert [row["spreadsheet"] for row in records(pull(*keys))] == keys
    assert most > 1


def test_nothing_but_reading_is_asked_for(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"])))
    pull("abc")
    token, listing, grid = google.server.asked
    assertion = parse_qs(token.body.decode())["assertion"][0].split(".")[1]
    claims = msgspec.json.decode(_base64(assertion))
    assert all(scope.endswith("readonly") for scope in claims["scope"].split())
    assert {asked.method for asked in (listing, grid)} == {"GET"}
    assert "version" in parse_qs(urlsplit(listing.path).query)["fields"][0]
    assert "numberFormat" in parse_qs(urlsplit(grid.path).query)["fields"][0]


def _base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
