"""Pages as records: recorded real ones, and what a page may name."""

from typing import Any

import msgspec
import yaml

from connectors.cells import decode_cells
from connectors.notion.pages import decode_page, pages_table
from connectors.notion.schema import Formats, Property, Schema, read_schema
from connectors.notion.streams import NOTION_PAGES
from tests.connectors.support.clock import NOW
from tests.support.paths import shared


def recorded_objects(kind: str) -> list[dict[str, Any]]:
    found = []
    for path in sorted(shared("recorded/notion").glob("*.yaml")):
        for interaction in yaml.safe_load(path.read_text())["interactions"]:
            body = interaction["response"]["body"]["string"]
            if body.startswith("{") and (served := msgspec.json.decode(body))["object"] == kind:
                found.append(served)
    return found


def no_format(_: str) -> None:
    return None


def test_recorded_pages_become_rows() -> None:
    pages = recorded_objects("page")
    assert len(pages) >= 5
    records = [decode_page(page, "ds", no_format) for page in pages]
    table = pages_table(records)
    assert table.schema == NOTION_PAGES
    for page, row in zip(pages, table.to_pylist(), strict=True):
        title = page["properties"]["title"]["title"][0]["plain_text"]
        assert row["title"] == title
        assert decode_cells(row["cells"])["title"].text == title
        assert row["texts"] == [{"role": "text", "field": "title", "text": title}]
        assert row["url"].startswith("https://app.notion.com/p/")
        assert row["updated_at"].utcoffset().total_seconds() == 0
        assert msgspec.json.decode(row["raw"]) == page


def test_recorded_data_sources_become_schemas() -> None:
    sources = recorded_objects("data_source")
    assert sources
    for source in sources:
        schema = read_schema(source, NOW)
        assert schema.properties == {"title": Property("Name", "title")}
        assert schema.title.startswith("Test Data Source")


def page(**properties: Any) -> dict[str, Any]:
    return {
        "object": "page",
        "id": "p1",
        "url": "https://app.notion.com/p/p1",
        "created_time": "2026-07-04T09:08:00.000Z",
        "last_edited_time": "2026-11-04T09:08:00.000Z",
        "properties": {
            name: {"id": name.lower(), "type": kind, kind: held}
            for name, (kind, held) in properties.items()
        },
    }


def test_a_page_says_where_it_may_name_another_record() -> None:
    mention = {
        "type": "mention",
        "plain_text": "KR-7 Daily users",
        "href": "https://app.notion.com/p/kr7",
    }
    text = {"type": "text", "plain_text": "serves ", "href": None}
    served = page(
        Name=("title", [{"type": "text", "plain_text": "Guides", "href": None}]),
        Brief=("rich_text", [text, mention]),
        Labels=("multi_select", [{"id": "1", "name": "KR-22"}, {"id": "2", "name": "q4"}]),
        Status=("status", {"id": "3", "name": "Done"}),
        Board=("url", "https://example.com/KR-9"),
        Count=("number", 3),
    )
    texts = [
        (t["role"], t["field"], t["text"]) for t in decode_page(served, "d", no_format)["texts"]
    ]
    assert texts == [
        ("text", "Name", "Guides"),
        ("text", "Brief", "serves KR-7 Daily users"),
        ("link", "Brief", "https://app.notion.com/p/kr7"),
        ("property", "Labels", "KR-22"),
        ("property", "Labels", "q4"),
        ("property", "Status", "Done"),
        ("link", "Board", "https://example.com/KR-9"),
    ]


def test_a_page_without_title_has_none_instead_of_failing() -> None:
    record = decode_page(page(Name=("title", [])), "d", no_format)
    assert (record["title"], record["texts"]) == ("", [])


def test_a_schema_notices_a_renamed_retyped_or_deleted_property() -> None:
    known = Schema("T", NOW, {"name": Property("Name", "title"), "a b": Property("A b", "select")})
    served = page(Name=("title", []))
    served["properties"]["A b"] = {"id": "a%20b", "type": "select", "select": None}
    assert known.describes(served)
    retyped = served["properties"] | {"A b": {"id": "a%20b", "type": "status", "status": None}}
    assert not known.describes({**served, "properties": retyped})
    assert not known.describes(page(Name=("title", [])))
    renamed = {"Title": served["properties"]["Name"], "A b": served["properties"]["A b"]}
    assert not known.describes({**served, "properties": renamed})


def test_a_rollup_takes_the_format_of_what_it_rolls_up_unless_it_counts() -> None:
    def rollup(function: str) -> Property:
        return Property("R", "rollup", over="rel", of="num", function=function)

    schemas = {
        "here": Schema(
            "H",
            NOW,
            {
                "avg": rollup("average"),
                "count": rollup("count"),
                "rel": Property("Rel", "relation", to="there"),
            },
        ),
        "there": Schema("T", NOW, {"num": Property("N", "number", format="percent")}),
    }
    formats = Formats(schemas)
    assert formats.number_format("here", "avg") == "percent"
    assert formats.number_format("here", "count") is None
    assert formats.number_format("nowhere", "avg") is None
    assert formats.rollup_relation("here", "avg") == "rel"
