"""Nights of pulling Notion on which something is refused, broken or down."""

import time
from datetime import timedelta

import msgspec
import pytest

from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    TransientError,
)
from connectors.notion.cursor import last_read
from connectors.notion.source import NotionSettings, NotionSource
from connectors.records import Rows
from connectors.transport.retry import RetryPolicy
from sandbox.server.notion.store import NewDataSource, Property, notion_id
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.notion_workspace import (
    DATABASE,
    FAST,
    KRS,
    PLANS,
    TOKEN,
    Notion,
    last_cursor,
    presence,
    problems,
    pull,
    rows,
    source,
)


def test_an_unreadable_page_is_named_and_the_others_are_read(notion: Notion) -> None:
    notion.add(KRS, "Good")
    bad = {"object": "page", "id": "bad", "url": "https://n/bad", "created_time": "2026-01-01"}

    def tamper(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/query"):
            return None
        reply = notion._app(asked)
        answer = msgspec.json.decode(reply.body)
        answer["results"].insert(0, bad)
        return json_reply(answer)

    notion.tamper = tamper
    messages = pull(notion, None, KRS)
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject, problem.url) == ("unreadable record", "bad", bad["url"])
    assert set(rows(messages)) == {"Good"}
    assert "bad" in presence(messages)[KRS]  # it is there, so it must not count as deleted


def test_a_killed_pull_goes_on_after_the_last_data_source_it_finished(notion: Notion) -> None:
    notion.add(KRS, "One")
    notion.add(PLANS, "Two")
    committed = next(m.cursor for m in pull(notion) if isinstance(m, Rows) and m.cursor is not None)
    assert committed["complete"] is False
    notion.asked()
    messages = pull(notion, committed)
    assert set(rows(messages)) == {"Two"}
    assert notion.asked() == [f"POST /v1/data_sources/{PLANS}/query"]
    assert last_cursor(messages)["done"] == []


def test_what_a_pull_killed_long_ago_had_read_is_read_again(notion: Notion) -> None:
    notion.add(KRS, "One")
    notion.add(PLANS, "Two")
    committed = next(m.cursor for m in pull(notion) if isinstance(m, Rows) and m.cursor is not None)
    notion.clock.advance(13 * 3600)
    assert set(rows(pull(notion, committed))) == {"One", "Two"}


def test_an_unshared_data_source_is_a_problem_and_the_other_is_read(notion: Notion) -> None:
    notion.add(KRS, "One")
    cursor = last_cursor(pull(notion))
    notion.workspace.unshare(PLANS)
    messages = pull(notion, cursor, KRS, PLANS)
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject, problem.severity) == (
        "unreachable place",
        PLANS,
        "error",
    )
    assert "share it with the integration" in problem.sentence
    assert "wrong id" in problem.sentence
    assert set(presence(messages)) == {KRS}  # nothing of it counts as deleted
    assert last_cursor(messages)["complete"] is True


def test_a_data_source_that_moved_within_its_database_is_followed(notion: Notion) -> None:
    notion.add(KRS, "One")
    cursor = last_cursor(pull(notion))
    new = notion_id("source", "New")
    notion.workspace.add_data_source(
        DATABASE, NewDataSource(new, "New", {"Name": Property("title")})
    )
    notion.workspace.unshare(PLANS)
    notion.add(new, "Moved")
    assert set(rows(pull(notion, cursor))) == {"One", "Moved"}


def test_nothing_reachable_fails_and_says_why(notion: Notion) -> None:
    with pytest.raises(MissingError, match="wrong id from one that is not shared"):
        pull(notion, None, notion_id("nowhere"))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "unauthorized", CredentialError),
        (403, "restricted_resource", AccessError),
        (404, "object_not_found", MissingError),
    ],
)
def test_refusals_have_names_and_remedies_and_no_secrets(
    notion: Notion, status: int, code: str, expected: type[ConfigurationError]
) -> None:
    body = {"object": "error", "status": status, "code": code, "message": f"no, {TOKEN}!"}
    notion.tamper = lambda _: Reply(status, msgspec.json.encode(body))
    with pytest.raises(expected) as caught:
        pull(notion)
    assert caught.value.remedy
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert TOKEN not in repr(NotionSettings(token=TOKEN, places=()))


HTML = b"<html><body>Bad gateway</body></html>"


FAULTS = {
    "limit": Reply(429, b'{"code":"rate_limited","message":"slow"}', {"Retry-After": "0.01"}),
    "overload": Reply(529, HTML, {"Content-Type": "text/html"}),
    "html": Reply(502, HTML, {"Content-Type": "text/html"}),
    "page instead of JSON": Reply(200, HTML, {"Content-Type": "text/html"}),
    "unavailable": Reply(503, b""),
    "conflict": Reply(409, b'{"code":"conflict_error","message":"again"}'),
    "reset": Reply(fault="reset"),
    "drop": Reply(fault="drop"),
    "truncated": Reply(200, b'{"object": "list", "results": []}' * 9, fault="truncate"),
}


def test_a_night_full_of_faults_ends_complete(notion: Notion) -> None:
    for number in range(101):
        notion.add(KRS, f"KR {number}")
    faults = list(FAULTS.values())
    turn = iter(range(10_000))

    def tamper(_: Asked) -> Reply | None:
        number = next(turn)
        return (
            None
            if number % 4 == 3 or number // 4 * 3 >= len(faults)
            else faults[number // 4 * 3 + number % 4]
        )

    notion.tamper = tamper
    with source(notion, KRS) as made:
        messages = list(made.pull({}))
        assert len(rows(messages)) == 101
        assert made.figures.retries == len(faults)
        assert made.figures.requests == len(notion.server.asked)
    assert last_cursor(messages)["complete"] is True


@pytest.mark.parametrize("name", FAULTS)
def test_a_service_that_stays_down_is_transient(notion: Notion, name: str) -> None:
    notion.tamper = lambda _: FAULTS[name]
    with pytest.raises(TransientError, match="given up after 4 attempts"):
        pull(notion)


def test_silence_is_a_time_out(notion: Notion) -> None:
    notion.tamper = lambda _: Reply(fault="hang")
    with pytest.raises(TransientError, match="timed out"):
        pull(notion, timeout=0.05, retry=RetryPolicy(attempts=1))


def test_a_list_that_never_ends_is_noticed(notion: Notion) -> None:
    listed = {"object": "list", "results": [], "has_more": True, "next_cursor": "again"}
    notion.tamper = lambda asked: json_reply(listed) if asked.path.endswith("/query") else None
    with pytest.raises(Exception, match="same page twice"):
        pull(notion, None, KRS)


def test_an_address_that_is_none_is_a_setting_to_correct() -> None:
    made = NotionSource(NotionSettings(token=TOKEN, places=("x",), url="notion", retry=FAST))
    with pytest.raises(ConfigurationError, match="not a web address"):
        list(made.pull({}))
    made.close()


def test_a_refusal_slows_everyone_down_and_loses_nothing(notion: Notion) -> None:
    for number in range(301):
        notion.add(KRS, f"KR {number}")
    notion.workspace.refuse_next(3, retry_after=0.05)
    with source(notion) as made:
        assert len(rows(list(made.pull({})))) == 301
        assert made.figures.retries == 3
        assert made.figures.requests == len(notion.server.asked)


def test_a_broken_off_pull_waits_for_nobody(notion: Notion) -> None:
    notion.add(KRS, "One")
    notion.add(PLANS, "Two")

    def tamper(asked: Asked) -> Reply | None:
        if KRS in asked.path and asked.path.endswith("/query"):
            return Reply(401, b'{"code": "unauthorized", "message": "no"}')
        if PLANS in asked.path and asked.path.endswith("/query"):
            return Reply(
                429, b'{"code": "rate_limited", "message": "slow"}', {"Retry-After": "200"}
            )
        return None

    notion.tamper = tamper
    started = time.monotonic()
    with pytest.raises(CredentialError):
        pull(notion, retry=RetryPolicy())
    assert time.monotonic() - started < 100


def test_a_place_reached_again_is_told_and_when_it_was_last_read(notion: Notion) -> None:
    notion.add(KRS, "One")
    notion.add(PLANS, "Two")
    first = last_cursor(pull(notion, None, KRS, PLANS))
    notion.clock.advance(86400)
    notion.workspace.unshare(PLANS)
    second = last_cursor(pull(notion, first, KRS, PLANS))
    assert last_read(second, KRS) == NOW + timedelta(days=1)
    assert last_read(second, PLANS.replace("-", "")) == NOW
    notion.workspace.share(PLANS)
    messages = pull(notion, second, KRS, PLANS)
    assert problems(messages) == []
    assert PLANS in presence(messages)
    database = last_cursor(messages) | {"unreachable": [DATABASE]}
    assert presence(pull(notion, database, DATABASE))[DATABASE] == set()
