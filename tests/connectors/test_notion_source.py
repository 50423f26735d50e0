"""Nights of pulling Notion, against the stand-in, quiet and faulty ones."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from connectors.cells import Cell, decode_cells
from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    TransientError,
)
from connectors.notion import NotionSettings, NotionSource, data_sources, last_read
from connectors.records import NOTION_PAGES, Message, Present, Problem, Rows
from connectors.retry import RetryPolicy
from sandbox.server.clock import Clock
from sandbox.server.notion import notion_app
from sandbox.server.notion_store import NewDataSource, NotionWorkspace, Property, Run, notion_id
from tests.connectors.asgi import answering
from tests.connectors.clock import NOW
from tests.connectors.loopback import Asked, Loopback, Reply, json_reply, serving

TOKEN = "ntn_s3cr3t"
DATABASE = notion_id("database", "OKRs")
KRS = notion_id("source", "Key Results")
PLANS = notion_id("source", "Projects")
FAST = RetryPolicy(attempts=4, base_seconds=0.001)
LONG_AGO = NOW - timedelta(days=30)


class Notion:
    """A small workspace behind a server; ``tamper`` may answer in its stead."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        self.workspace = NotionWorkspace(self.clock)
        self.tamper: Callable[[Asked], Reply | None] = lambda _: None
        self.server: Loopback
        self._app = answering(notion_app(self.workspace, [TOKEN]))
        results = NewDataSource(
            KRS,
            "Key Results",
            {
                "Name": Property("title"),
                "Key": Property("unique_id", prefix="KR"),
                "Share": Property("number", number_format="percent"),
            },
        )
        plans = NewDataSource(
            PLANS,
            "Projects",
            {
                "Name": Property("title"),
                "Brief": Property("rich_text"),
                "Key Results": Property("relation", to=KRS),
                "People": Property("people"),
                "Mean share": Property(
                    "rollup", relation="Key Results", target="Share", function="average"
                ),
                "Shares": Property("rollup", relation="Key Results", target="Share"),
            },
        )
        self.workspace.add_database(DATABASE, "OKRs", [results, plans], created_at=LONG_AGO)

    def answer(self, asked: Asked) -> Reply:
        self.server.date = self.clock.now
        return self.tamper(asked) or self._app(asked)

    def add(self, source: str, name: str, **properties: Any) -> str:
        values = {"Name": name, **properties}
        key = notion_id("page", source, name)
        self.workspace.add_page(source, key, values, created_at=LONG_AGO)
        return key

    def asked(self) -> list[str]:
        """Paths asked for since the last look."""
        paths = [f"{asked.method} {asked.path}" for asked in self.server.asked]
        self.server.asked.clear()
        return paths


@pytest.fixture
def notion() -> Iterator[Notion]:
    made = Notion()
    with serving(made.answer) as made.server:
        yield made


@contextmanager
def source(notion: Notion, *places: str, **settings: Any) -> Iterator[NotionSource]:
    settings = {"token": TOKEN, "url": notion.server.url, "retry": FAST, **settings}
    made = NotionSource(NotionSettings(places=places or (DATABASE,), **settings))
    try:
        yield made
    finally:
        made.close()


def pull(notion: Notion, cursor: Any = None, *places: str, **settings: Any) -> list[Message]:
    with source(notion, *places, **settings) as made:
        return list(made.pull(cursor or {}))


def rows(messages: list[Message]) -> dict[str, dict[str, Any]]:
    """Records by title."""
    tables = [message.table for message in messages if isinstance(message, Rows)]
    assert all(table.schema == NOTION_PAGES for table in tables)
    return {record["title"]: record for record in pa.concat_tables(tables).to_pylist()}


def cells(record: dict[str, Any]) -> dict[str, Cell]:
    """Cells by property name."""
    return {cell.name: cell for cell in decode_cells(record["cells"]).values()}


def last_cursor(messages: list[Message]) -> Any:
    last = messages[-1]
    assert isinstance(last, Rows)
    return last.cursor


def problems(messages: list[Message]) -> list[Problem]:
    return [message for message in messages if isinstance(message, Problem)]


def presence(messages: list[Message]) -> dict[str, set[str]]:
    return {m.place: set(m.ids.to_pylist()) for m in messages if isinstance(m, Present)}


def test_both_data_sources_of_a_database_are_read(notion: Notion) -> None:
    kr = notion.add(KRS, "Daily users", Share=0.58)
    plan = notion.add(PLANS, "Dashboard", **{"Key Results": [kr]})
    messages = pull(notion)
    records = rows(messages)
    assert {title: record["place"] for title, record in records.items()} == {
        "Daily users": KRS,
        "Dashboard": PLANS,
    }
    share = cells(records["Daily users"])["Share"]
    assert (share.kind, share.text, share.number) == ("percent", "58%", 0.58)
    held = cells(records["Dashboard"])
    assert held["Key Results"].refs == (kr,)
    assert (held["Mean share"].kind, held["Mean share"].number) == ("percent", 0.58)
    assert records["Dashboard"]["created_at"] == LONG_AGO
    assert presence(messages) == {KRS: {kr}, PLANS: {plan}}
    cursor = last_cursor(messages)
    assert cursor["complete"] is True
    assert data_sources(cursor, DATABASE.replace("-", "")) == (KRS, PLANS)
    assert data_sources(cursor, "elsewhere") == ()


def test_a_quiet_night_costs_no_more_than_the_pages_themselves(notion: Notion) -> None:
    for number in range(201):
        notion.add(KRS, f"KR {number}")
    cursor = last_cursor(pull(notion, None, KRS))
    first = notion.asked()
    assert len(first) == 4  # one list of all data sources with their schemas; three pages
    with source(notion, KRS) as second:
        messages = list(second.pull(cursor))
        assert second.figures.requests == len(notion.asked()) == 3
        assert second.figures.rows == len(rows(messages)) == 201
        assert second.figures.bytes > 100_000


def test_rows_come_in_batches_of_thousands_and_only_the_last_has_a_cursor(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.notion.source.BATCH_ROWS", 2)
    for number in range(5):
        notion.add(KRS, f"KR {number}")
    messages = pull(notion, None, KRS)
    shape = [
        (message.table.num_rows, message.cursor is not None) if isinstance(message, Rows) else "ids"
        for message in messages
    ]
    assert shape == [(2, False), (2, False), "ids", (1, True), (0, True)]


def test_more_than_25_references_are_read_to_the_end(notion: Notion) -> None:
    keys = [notion.add(KRS, f"KR {number}", Share=number / 1000) for number in range(130)]
    users = [notion.workspace.add_user(notion_id("u", str(n)), f"P{n}").id for n in range(30)]
    brief = [Run(f"KR-{number} ", page=keys[number]) for number in range(40)]
    related = {"Key Results": keys, "People": users, "Brief": brief}
    notion.add(PLANS, "Everything", **related)
    cursor = last_cursor(pull(notion))
    notion.asked()
    messages = pull(notion, cursor)
    record = rows(messages)["Everything"]
    held = cells(record)
    assert held["Key Results"].refs == tuple(keys)
    assert held["People"].refs == tuple(users)
    assert held["Brief"].text.endswith("KR-39 ")
    assert held["Mean share"].number == pytest.approx(sum(range(130)) / 130 / 1000)
    assert held["Shares"].text.count(",") == 129
    assert sum(text["role"] == "link" for text in record["texts"]) == 40
    extra = [path for path in notion.asked() if "/properties/" in path]
    # Two pages of relations, one each of people and mentions; the rollups of a relation that was
    # cut off are asked for too.
    assert len(extra) == 2 + 1 + 1 + 2 + 2
    assert problems(messages) == []


def test_ten_thousand_and_one_rows_all_arrive(notion: Notion) -> None:
    # The service's own limit, served here in small: a query ends after 3 pages of 2.
    created = [LONG_AGO + timedelta(minutes=minute // 3) for minute in range(14)]
    pages = [
        {
            "object": "page",
            "id": f"p{number}",
            "url": None,
            "created_time": at.isoformat(),
            "last_edited_time": at.isoformat(),
            "properties": {"Name": {"id": "title", "type": "title", "title": []}},
        }
        for number, at in enumerate(created)
    ]

    def tamper(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/query"):
            return None
        question = asked.json
        since = question.get("filter", {}).get("created_time", {}).get("on_or_after", "")
        found = [page for page in pages if page["created_time"] >= since]
        start = int(question.get("start_cursor") or 0)
        more = start + 2 < min(6, len(found))
        answer: dict[str, Any] = {
            "object": "list",
            "results": found[:6][start : start + 2],
            "has_more": more,
            "next_cursor": str(start + 2) if more else None,
        }
        if len(found) > 6:
            answer["request_status"] = {
                "type": "incomplete",
                "incomplete_reason": "query_result_limit_reached",
            }
        return json_reply(answer)

    notion.tamper = tamper
    messages = pull(notion, None, KRS)
    (present,) = presence(messages).values()
    assert present == {f"p{number}" for number in range(14)}
    read = [m.table.num_rows for m in messages if isinstance(m, Rows)]
    assert sum(read) == 14  # nothing twice, though windows overlap by a minute
    for page in pages:
        page["created_time"] = LONG_AGO.isoformat()
    with pytest.raises(Exception, match="more pages created in the minute"):
        pull(notion, None, KRS)


def test_a_changed_percent_format_is_noticed_with_the_first_edit(notion: Notion) -> None:
    notion.add(KRS, "Untouched", Share=0.1)
    edited = notion.add(KRS, "Edited", Share=58)
    cursor = last_cursor(pull(notion))
    notion.clock.advance(3600)
    notion.workspace.change_property(KRS, "Share", Property("number", number_format="number"))
    notion.workspace.edit_page(edited, Share=58)
    records = rows(pull(notion, cursor))
    assert cells(records["Edited"])["Share"].kind == "number"
    assert cells(records["Untouched"])["Share"].kind == "number"  # the first page is read again


def test_without_any_edit_the_schema_is_read_again_after_three_days(notion: Notion) -> None:
    notion.add(KRS, "Untouched", Share=0.1)
    cursor = last_cursor(pull(notion, None, KRS))
    notion.workspace.change_property(KRS, "Share", Property("number", number_format="number"))
    notion.clock.advance(3 * 86400)
    assert cells(rows(pull(notion, cursor, KRS))["Untouched"])["Share"].kind == "number"


def test_a_renamed_property_keeps_its_id_and_shows_its_new_name(notion: Notion) -> None:
    notion.add(KRS, "One", Share=0.1)
    first = pull(notion)
    notion.workspace.rename_property(KRS, "Share", "Portion")
    second = pull(notion, last_cursor(first))
    before, after = cells(rows(first)["One"])["Share"], cells(rows(second)["One"])["Portion"]
    assert (before.address, before.number) == (after.address, after.number)
    assert after.kind == "percent"


def test_a_deleted_property_is_no_longer_there(notion: Notion) -> None:
    notion.add(PLANS, "One", Brief="text")
    cursor = last_cursor(pull(notion))
    notion.workspace.delete_property(PLANS, "Brief")
    assert "Brief" not in cells(rows(pull(notion, cursor))["One"])


def test_a_trashed_page_vanishes_and_comes_back_restored(notion: Notion) -> None:
    kept, lost = notion.add(KRS, "Kept"), notion.add(KRS, "Lost")
    cursor = last_cursor(pull(notion, None, KRS))
    notion.workspace.trash_page(lost)
    assert presence(pull(notion, cursor, KRS)) == {KRS: {kept}}
    notion.workspace.restore_page(lost)
    assert presence(pull(notion, cursor, KRS)) == {KRS: {kept, lost}}


def test_a_page_that_the_service_calls_trashed_is_gone_and_no_row(notion: Notion) -> None:
    page = {"object": "page", "id": "p1", "in_trash": True, "created_time": "x", "properties": {}}
    listed = {"object": "list", "results": [page], "has_more": False, "next_cursor": None}
    notion.tamper = lambda asked: json_reply(listed) if asked.path.endswith("/query") else None
    messages = pull(notion, None, KRS)
    (present,) = [message for message in messages if isinstance(message, Present)]
    assert (present.ids.to_pylist(), present.gone.to_pylist()) == ([], ["p1"])
    assert rows(messages) == {}


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
    assert len(notion.asked()) == 1
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


@pytest.mark.parametrize("version", ["2025-09-03", "2026-03-11"])
def test_both_versions_that_know_data_sources_are_spoken(notion: Notion, version: str) -> None:
    notion.add(KRS, "One")
    lost = notion.add(KRS, "Lost")
    notion.workspace.trash_page(lost)
    messages = pull(notion, None, version=version)
    assert set(rows(messages)) == {"One"}
    assert {asked.headers["Notion-Version"] for asked in notion.server.asked} == {version}
    queries = [asked.json for asked in notion.server.asked if asked.path.endswith("/query")]
    assert all(query["page_size"] == 100 and query["sorts"] for query in queries)
    notion.workspace.databases[DATABASE].in_trash = True
    with pytest.raises(MissingError, match="trash"):
        pull(notion, None, version=version)


def test_data_sources_and_properties_are_read_at_once_and_handed_on_in_order(
    notion: Notion,
) -> None:
    keys = [notion.add(KRS, f"KR {number}") for number in range(230)]
    names = [f"Plan {number}" for number in range(40)]
    for name in names:
        notion.add(PLANS, name, **{"Key Results": keys[:30]})
    under_way, most = 0, 0

    def tamper(asked: Asked) -> Reply | None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.002 if len(asked.path) % 2 else 0.006)  # answers overtake each other
        under_way -= 1
        return None

    notion.tamper = tamper
    messages = pull(notion)
    assert most > 2
    in_order = [m.table.column("title").to_pylist() for m in messages if isinstance(m, Rows)]
    assert in_order[:2] == [[f"KR {number}" for number in range(230)], names]
    assert all(
        len(cells(row)["Key Results"].refs) == 30 for row in list(rows(messages).values())[230:]
    )


def test_only_what_settings_name_is_read_beyond_25_references(notion: Notion) -> None:
    keys = [notion.add(KRS, f"KR {number}", Share=number / 100) for number in range(30)]
    notion.add(PLANS, "Everything", **{"Key Results": keys})
    held = cells(rows(pull(notion, fields=("mean  share",)))["Everything"])
    assert held["Mean share"].number == pytest.approx(sum(range(30)) / 30 / 100)
    assert held["Key Results"].kind == "error"
    assert "only partly read" in held["Key Results"].text
    assert sum("/properties/" in path for path in notion.asked()) == 1


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
            return Reply(429, b'{"code": "rate_limited", "message": "slow"}', {"Retry-After": "30"})
        return None

    notion.tamper = tamper
    started = time.monotonic()
    with pytest.raises(CredentialError):
        pull(notion, retry=RetryPolicy())
    assert time.monotonic() - started < 5


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


def test_a_rollup_whose_property_was_deleted_is_an_error_cell(notion: Notion) -> None:
    kr = notion.add(KRS, "One", Share=0.5)
    notion.add(PLANS, "Plan", **{"Key Results": [kr]})
    cursor = last_cursor(pull(notion))
    notion.workspace.delete_property(KRS, "Share")
    messages = pull(notion, cursor)
    mean = cells(rows(messages)["Plan"])["Mean share"]
    assert (mean.kind, mean.text) == ("error", "unsupported")
    assert problems(messages) == []
