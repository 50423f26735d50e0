"""Nights of pulling Notion, against the stand-in: what is read, and what is not read again."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import (
    MissingError,
)
from connectors.notion.cursor import data_sources
from connectors.records import Present, Rows
from sandbox.server.notion.store import Property, Run, notion_id
from tests.connectors.support.gathering import Gathering
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.notion_workspace import (
    DATABASE,
    KRS,
    LONG_AGO,
    PLANS,
    Notion,
    cells,
    last_cursor,
    presence,
    problems,
    pull,
    rows,
    source,
)


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
    notion.tamper = crowd = Gathering(3, "/properties/")
    messages = pull(notion)
    assert crowd.most >= 3
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


def test_a_rollup_whose_property_was_deleted_is_an_error_cell(notion: Notion) -> None:
    kr = notion.add(KRS, "One", Share=0.5)
    notion.add(PLANS, "Plan", **{"Key Results": [kr]})
    cursor = last_cursor(pull(notion))
    notion.workspace.delete_property(KRS, "Share")
    messages = pull(notion, cursor)
    mean = cells(rows(messages)["Plan"])["Mean share"]
    assert (mean.kind, mean.text) == ("error", "unsupported")
    assert problems(messages) == []
