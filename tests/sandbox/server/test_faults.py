"""Faults of the line: what a client really sees on its socket."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator

import pytest
import requests

from sandbox.server import Dictated, Fault, Sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(issues=300) as box:
        yield box


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def box(shared: Sandbox) -> Iterator[Sandbox]:
    yield shared
    shared.forget()
    shared.requests.clear()


def _login(box: Sandbox) -> tuple[str, str]:
    settings = box.environment()
    return settings["OKR_JIRA_USER"], settings["OKR_JIRA_TOKEN"]


def _get(box: Sandbox, session: requests.Session) -> requests.Response:
    return session.get(f"{box.jira_url}/rest/api/3/myself", auth=_login(box), timeout=60)


def _wire(box: Sandbox) -> tuple[socket.socket, bytes]:
    """A bare connection, and a request to send on it."""
    host, port = box.jira_url.split("/")[2].split(":")
    login = base64.b64encode(":".join(_login(box)).encode()).decode()
    lines = [
        "GET /jira/rest/api/3/myself HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Basic {login}",
    ]
    request = "\r\n".join([*lines, "", ""])
    return socket.create_connection((host, int(port)), timeout=60), request.encode()


def _everything(wire: socket.socket) -> bytes:
    got = b""
    while part := wire.recv(65536):
        got += part
    return got


def test_a_reset_resets_the_connection(box: Sandbox) -> None:
    box.dictate("jira", Fault("reset"))
    wire, request = _wire(box)
    with wire:
        wire.sendall(request)
        with pytest.raises(ConnectionResetError):
            wire.recv(1)
    assert [seen.status for seen in box.requests] == [0]


def test_a_truncated_answer_promises_more_than_comes(box: Sandbox) -> None:
    box.dictate("jira", Fault("truncate"))
    wire, request = _wire(box)
    with wire:
        wire.sendall(request)
        head, _, body = _everything(wire).partition(b"\r\n\r\n")
    promised = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == promised // 2 > 0
    assert body.startswith(b"{")


def test_a_slow_body_comes_whole_in_its_time(box: Sandbox, session: requests.Session) -> None:
    whole = _get(box, session).json()
    box.dictate("jira", Fault("slow", 0.4))
    begun = time.perf_counter()
    assert _get(box, session).json() == whole
    assert time.perf_counter() - begun >= 0.3


def test_a_fault_hits_its_own_request_alone(
    box: Sandbox, session: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    box.dictate("jira", None, Fault("reset"), Dictated(503), Fault("truncate"))
    assert _get(box, session).status_code == 200
    with pytest.raises(requests.ConnectionError):
        _get(box, session)
    assert _get(box, session).status_code == 503
    with pytest.raises(requests.RequestException):
        _get(box, session)
    assert _get(box, session).status_code == 200
    assert [seen.status for seen in box.requests] == [200, 0, 503, 200, 200]
    assert caplog.records == []  # the server itself takes none of this for its own fault


def test_something_can_be_done_as_a_request_comes_in(
    box: Sandbox, session: requests.Session
) -> None:
    done: list[int] = []
    box.dictate("jira", None, lambda: done.append(len(box.requests)))
    assert [_get(box, session).status_code for _ in range(3)] == [200] * 3
    assert done == [1]


def test_what_was_dictated_can_be_forgotten(box: Sandbox, session: requests.Session) -> None:
    box.dictate("jira", *[Dictated(503)] * 9)
    box.forget()
    assert _get(box, session).status_code == 200


def test_a_client_that_leaves_in_the_middle_of_its_request_is_no_fault(
    box: Sandbox, session: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    wire, request = _wire(box)
    asked = request.replace(b"GET /jira/rest/api/3/myself", b"POST /jira/rest/api/3/search/jql")
    with wire:
        wire.sendall(asked[:-2] + b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
        time.sleep(0.2)
    assert _get(box, session).status_code == 200
    time.sleep(0.2)
    assert caplog.records == []
