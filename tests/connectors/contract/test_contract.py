"""What every connector must do, whatever it reads; see ``docs/write-a-connector.md``."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from connectors.cells import decode_cells
from connectors.errors import CredentialError, TransientError
from connectors.records import Rows, Source
from connectors.registry import STREAMS
from connectors.transport.retry import RetryPolicy
from sandbox.server import Dictated, Fault, Sandbox
from tests.connectors.contract.held import Held, Records
from tests.connectors.contract.subjects import NIGHT, SUBJECTS, Subject

HTML = {"Content-Type": "text/html"}
CUTS = 6
PASSING = [
    Dictated(429, headers={"Retry-After": "0"}),
    Dictated(429, headers={"Retry-After": "0.01"}),
    Dictated(500, b"<html>Oops</html>", HTML),
    Dictated(503, headers={"Retry-After": "Fri, 27 Nov 2026 18:00:00 GMT"}),
    Dictated(529, b"{}"),
    Dictated(408),
    Dictated(502, b"<html>Bad gateway</html>", HTML),
    Dictated(200, b"<html>Down for maintenance</html>", HTML),
    Fault("reset"),
    Fault("truncate"),
]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(issues=300) as box:
        yield box


@pytest.fixture
def box(shared: Sandbox) -> Iterator[Sandbox]:
    """The services, well again after each test; nobody waits long to ask them again."""
    with mock.patch.object(RetryPolicy, "longest_wait", return_value=0.005):
        yield shared
    shared.forget()
    for service in ("jira", "notion", "google"):
        shared.switch_on(service)


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest, box: Sandbox, tmp_path: Path) -> Subject:
    made: Subject = SUBJECTS[request.param](box, tmp_path)
    return made


@pytest.fixture(params=[name for name, made in SUBJECTS.items() if made.service])
def web(request: pytest.FixtureRequest, box: Sandbox, tmp_path: Path) -> Subject:
    """A connector that speaks HTTP."""
    made: Subject = SUBJECTS[request.param](box, tmp_path)
    return made


def whole(subject: Subject) -> Records:
    """What a pull from nothing finds now."""
    held = Held()
    held.pull(subject.source())
    return held.records


def change_overnight(subject: Subject, box: Sandbox, held: Held) -> tuple[str, str]:
    """Edit a record and delete another one; returns their ids."""
    box.clock.advance(NIGHT)
    changed = subject.edit(held), subject.delete(held)
    box.clock.advance(NIGHT)
    return changed


def test_rows_are_as_their_stream_declares(subject: Subject) -> None:
    source, held = subject.source(), Held()
    for message in source.pull({}):
        held.take(message)
        if isinstance(message, Rows):
            assert message.table.schema.equals(STREAMS[message.stream])
            message.table.validate(full=True)
            for column in ("id", "place"):
                assert message.table[column].null_count == 0
            for row in message.table.to_pylist():
                assert isinstance(decode_cells(row.get("cells") or "{}"), dict)
                json.loads(row.get("raw") or "{}")
    source.close()
    assert held.records[subject.stream]
    assert held.problems == []
    assert source.figures.rows >= len(held.records[subject.stream])
    assert (source.figures.requests > 0) == (subject.service is not None)


def test_the_last_message_completes_the_pull_and_no_earlier_one(subject: Subject) -> None:
    source = subject.source()
    cursors = [m.cursor for m in source.pull({}) if isinstance(m, Rows) and m.cursor is not None]
    source.close()
    assert [bool(cursor.get("complete")) for cursor in cursors[:-1]] == [False] * (len(cursors) - 1)
    assert cursors[-1]["complete"] is True


def test_a_cursor_is_json_and_does_not_change_once_it_was_said(subject: Subject) -> None:
    source = subject.source()
    said = [
        (message.cursor, json.dumps(message.cursor))
        for message in source.pull({})
        if isinstance(message, Rows) and message.cursor is not None
    ]
    source.close()
    assert [json.dumps(cursor) for cursor, _ in said] == [text for _, text in said]


def test_a_quiet_night_changes_nothing_and_costs_no_more(subject: Subject) -> None:
    first, held = subject.source(), Held()
    held.pull(first)
    before = copy.deepcopy(held.records)
    second = subject.source()
    held.pull(second)
    assert held.records == before
    assert subject.rereads or not held.delivered
    assert second.figures.requests <= first.figures.requests


def test_the_next_night_brings_what_changed_and_buries_what_is_gone(
    subject: Subject, box: Sandbox
) -> None:
    held = Held()
    held.pull(subject.source())
    before = copy.deepcopy(held.records[subject.stream])
    edited, deleted = change_overnight(subject, box, held)
    held.pull(subject.source())
    now = held.records[subject.stream]
    assert before.keys() - now.keys() == {deleted}
    assert edited in held.delivered
    assert now[edited] != before[edited]
    assert held.records == whole(subject) | {k: held.records[k] for k in _logs(held)}


@pytest.mark.thorough
@pytest.mark.parametrize("night", ["first", "second"])
def test_killed_after_any_message_the_next_pull_ends_the_same(
    subject: Subject, box: Sandbox, night: str
) -> None:
    start = Held()
    if night == "second":
        start.pull(subject.source())
        change_overnight(subject, box, start)
    expected = copy.deepcopy(start)
    messages = expected.pull(subject.source())
    for cut in sorted({1 + round(n * (messages - 2) / (CUTS - 1)) for n in range(CUTS)}):
        held = copy.deepcopy(start)
        held.pull(subject.source(), most=cut)
        held.pull(subject.source())
        assert held.records == expected.records, f"cut after message {cut} of {messages}"
        assert held.cursor["complete"] is True


def test_pulling_twice_from_the_same_cursor_is_the_same(subject: Subject, box: Sandbox) -> None:
    held = Held()
    held.pull(subject.source())
    change_overnight(subject, box, held)
    once, twice = copy.deepcopy(held), copy.deepcopy(held)
    once.pull(subject.source())
    twice.pull(subject.source())
    twice.cursor = held.cursor
    twice.pull(subject.source())
    assert once.records == twice.records


def test_passing_faults_are_outlived(web: Subject, box: Sandbox) -> None:
    expected = whole(web)
    assert web.service is not None
    box.dictate(web.service, *[answer for fault in PASSING for answer in (fault, None)])
    source, held = web.source(), Held()
    held.pull(source)
    assert held.records == expected
    assert held.problems == []
    assert source.figures.retries > 0


@pytest.mark.parametrize("fault", PASSING)
def test_no_fault_of_the_very_first_request_ends_a_pull(
    web: Subject, box: Sandbox, fault: Dictated | Fault
) -> None:
    assert web.service is not None
    box.requests.clear()
    box.dictate(web.service, fault)
    source = web.source()
    Held().pull(source)
    assert source.figures.requests == len(box.requests)  # what is counted is what was sent


def test_a_slow_answer_is_waited_for(web: Subject, box: Sandbox) -> None:
    expected = whole(web)
    assert web.service is not None
    box.dictate(web.service, *[Fault("slow", 0.2)] * 3)
    source, held = web.source(), Held()
    held.pull(source)
    assert held.records == expected
    assert source.figures.retries == 0


def test_a_service_that_is_down_ends_the_pull_and_a_later_one_goes_on(
    web: Subject, box: Sandbox
) -> None:
    expected = whole(web)
    assert web.service is not None
    source, held = web.source(), Held()
    box.dictate(web.service, None, None, *[Dictated(503)] * 200)
    with pytest.raises(TransientError, match="given up after"):
        held.pull(source)
    assert not held.cursor.get("complete")
    box.forget()
    held.pull(web.source())
    assert held.records == expected


def test_a_refused_credential_is_named_and_never_shown(web: Subject, box: Sandbox) -> None:
    assert web.service is not None
    box.dictate(web.service, *[Dictated(401, b'{"message": "no"}')] * 20)
    with pytest.raises(CredentialError) as caught:
        Held().pull(web.source())
    shown = f"{caught.value} {caught.value!r} {caught.value.args} {caught.value.remedy}"
    assert not any(secret in shown for secret in web.secrets)
    assert caught.value.__cause__ is None


def test_secrets_are_in_no_repr(subject: Subject) -> None:
    source: Source = subject.source()
    shown = f"{source!r} {subject.settings()!r} {source.figures!r}"
    source.close()
    assert not any(secret in shown for secret in subject.secrets)


def _logs(held: Held) -> set[str]:
    """Streams that keep what a deleted record once said."""
    return held.records.keys() & {"jira_changes", "jira_remote_links", "jira_comments"}
