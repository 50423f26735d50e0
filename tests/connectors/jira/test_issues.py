"""One issue, read into columns, cells and texts."""

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cells import Cell, decode_cells
from connectors.jira.api.search import SearchPage
from connectors.jira.decode.cells import read_cell, read_texts
from connectors.jira.decode.fields import Field
from connectors.jira.decode.issues import Issue, IssueReader, issues_table, read_name
from connectors.jira.decode.timestamps import milliseconds, parse_day, parse_instant
from connectors.jira.streams import JIRA_ISSUES
from tests.support.paths import load_shared

SITE = "https://example.atlassian.net"
DOC = {
    "type": "doc",
    "version": 1,
    "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "For KR-1"}]},
        {
            "type": "paragraph",
            "content": [{"type": "inlineCard", "attrs": {"url": "https://example.com/p"}}],
        },
    ],
}
ISSUE: dict[str, Any] = {
    "id": "10001",
    "key": "WEB-1",
    "self": "https://example.atlassian.net/rest/api/3/issue/10001",
    "fields": {
        "summary": "Welcome sequence",
        "description": DOC,
        "issuetype": {"id": "1", "name": "Epic", "subtask": False},
        "project": {"id": "2", "key": "WEB", "name": "Website"},
        "status": {
            "id": "3",
            "name": "En curso",
            "statusCategory": {"id": 4, "key": "indeterminate", "name": "En curso"},
        },
        "priority": {"id": "1", "name": "Highest"},
        "resolution": {"id": "10000", "name": "Done"},
        "labels": ["KR-2", "growth"],
        "parent": {"id": "10000", "key": "WEB-0", "fields": {"summary": "Above"}},
        "assignee": {"accountId": "mia", "displayName": "Mia Krystof", "active": False},
        "creator": {"accountId": "bot", "accountType": "app", "displayName": "Automation"},
        "created": "2026-11-01T09:30:00.123+0800",
        "updated": "2026-11-27T10:00:00.000+0000",
        "resolutiondate": "2026-11-28T01:59:59.999+0800",
        "duedate": "2026-12-31",
        "customfield_1": {"id": "501", "value": "KR-3"},
        "customfield_2": DOC,
    },
}
KEY_RESULT = Field("customfield_1", "Key Result", "option", custom=True)
BRIEF = Field("customfield_2", "Brief", "string", custom=True)


def read(issue: dict[str, Any], *fields: Field) -> Issue:
    return IssueReader(SITE, fields).read(msgspec.Raw(msgspec.json.encode(issue)))


def without(*names: str, **changed: Any) -> dict[str, Any]:
    kept = {name: value for name, value in ISSUE["fields"].items() if name not in names}
    return {**ISSUE, "fields": kept | changed}


def test_every_column_is_read() -> None:
    row = issues_table([read(ISSUE)]).to_pylist()[0]
    raw = row.pop("raw")
    assert json.loads(raw) == ISSUE
    assert row.pop("texts") == [
        {"role": "text", "field": "summary", "text": "Welcome sequence"},
        {"role": "text", "field": "description", "text": "For KR-1"},
        {"role": "link", "field": "description", "text": "https://example.com/p"},
        {"role": "label", "field": "labels", "text": "KR-2"},
        {"role": "label", "field": "labels", "text": "growth"},
    ]
    assert row == {
        "id": "10001",
        "place": "WEB",
        "url": "https://example.atlassian.net/browse/WEB-1",
        "updated_at": datetime(2026, 11, 27, 10, tzinfo=UTC),
        "cells": "{}",
        "key": "WEB-1",
        "project": "WEB",
        "issue_type": "Epic",
        "summary": "Welcome sequence",
        "status": "En curso",
        "status_category": "indeterminate",
        "priority": "Highest",
        "resolution": "Done",
        "labels": ["KR-2", "growth"],
        "parent_id": "10000",
        "assignee_id": "mia",
        "assignee": "Mia Krystof",
        "created_at": datetime(2026, 11, 1, 1, 30, 0, 123000, tzinfo=UTC),
        "resolved_at": datetime(2026, 11, 27, 17, 59, 59, 999000, tzinfo=UTC),
        "due_on": date(2026, 12, 31),
        "project_id": "2",
        "project_name": "Website",
        "issue_type_id": "1",
        "status_id": "3",
        "status_category_name": "En curso",
        "priority_id": "1",
        "resolution_id": "10000",
        "creator_id": "bot",
        "creator_type": "app",
    }


def test_the_raw_text_is_the_very_text_served() -> None:
    served = b'{ "id":"1" ,"key":"A-1","fields":{"summary":"\\u00fcber",  "x":1.10} }'
    assert IssueReader(SITE, ()).read(msgspec.Raw(served)).raw == served.decode()


@pytest.mark.parametrize("name", ["description", "assignee", "parent", "resolution", "labels"])
def test_absent_and_null_are_the_same(name: str) -> None:
    absent, null = read(without(name)), read(without(**{name: None}))
    assert absent._replace(raw="") == null._replace(raw="")


def test_a_person_without_e_mail_and_account_is_still_an_assignee() -> None:
    assert read(without(assignee={"displayName": "Former user"})).assignee == "Former user"


def test_the_project_is_told_from_the_key_when_it_is_not_served() -> None:
    row = read({**without("project"), "key": "MY-APP-7"})
    assert (row.place, row.project) == ("MY-APP", "MY-APP")


@pytest.mark.parametrize(
    "served",
    [
        b'{"id": "1", "key": "A-1"}',
        b'{"id": 1, "key": "A-1", "fields": {}}',
        b'{"id": "1", "key": "A-1", "fields": {"summary": 5}}',
        b'{"id": "1", "key": "A-1", "fields": {"updated": "yesterday"}}',
        b'{"id": "1", "key": "A-1", "fields": {"duedate": "soon"}}',
        b'{"id": "1", "key": "A-1", "fields": {"updated": 1e300}}',
        b'{"id": "1", "key": "A-1", "fields": {"description": '
        + b'{"content":' * 3000
        + b"1"
        + b"}" * 3002
        + b"}",
        b"[]",
    ],
)
def test_what_cannot_be_read_raises_a_value_error(served: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        IssueReader(SITE, ()).read(msgspec.Raw(served))


def test_the_name_of_an_unreadable_issue_is_found_as_far_as_it_goes() -> None:
    assert read_name(msgspec.Raw(b'{"id": 7, "fields": 1}')) == ("7", None)
    assert read_name(msgspec.Raw(b'{"id": {}, "key": "A-1"}')) == (None, "A-1")
    assert read_name(msgspec.Raw(b"3")) == (None, None)


def test_wanted_fields_become_cells_and_texts() -> None:
    row = read(ISSUE, KEY_RESULT, BRIEF)
    assert decode_cells(row.cells) == {
        "customfield_1": Cell(
            "refs", "KR-3", refs=("501",), name="Key Result", address="customfield_1"
        ),
        "customfield_2": Cell("text", "For KR-1", name="Brief", address="customfield_2"),
    }
    assert [one for one in row.texts if one[1].startswith("custom")] == [
        ("property", "customfield_1", "KR-3"),
        ("property", "customfield_2", "For KR-1"),
        ("link", "customfield_2", "https://example.com/p"),
    ]


def test_fields_with_a_column_may_be_wanted_as_cells_too() -> None:
    assignee = Field("assignee", "Assignee", "user")
    row = read(ISSUE, assignee, Field("duedate", "Due date", "date"))
    cells = decode_cells(row.cells)
    assert (cells["assignee"].text, cells["assignee"].refs) == ("Mia Krystof", ("mia",))
    assert (cells["duedate"].kind, cells["duedate"].date) == ("date", "2026-12-31")
    assert row.assignee == "Mia Krystof"
    assert row.texts == read(ISSUE).texts


def test_which_wanted_fields_are_there_is_noted() -> None:
    reader = IssueReader(SITE, (KEY_RESULT, BRIEF))
    issue = without("customfield_2", customfield_1=None)
    row = reader.read(msgspec.Raw(msgspec.json.encode(issue)))
    assert reader.carried == {"customfield_1"}
    assert decode_cells(row.cells)["customfield_1"].kind == "empty"


OPTION = {"self": "https://example.com", "id": "1", "value": "KR-1"}
SPRINTS = [
    {"id": 3, "name": "Sprint 3", "state": "closed", "startDate": "2026-11-01T00:00:00.000Z"},
    {"id": 4, "name": "Sprint 4", "state": "future"},
]
VALUES: list[tuple[str, Any, str, Cell]] = [
    ("nothing", None, "string", Cell("empty")),
    ("empty text", "", "string", Cell("empty")),
    ("empty list", [], "array", Cell("empty")),
    ("text", "KR-1", "string", Cell("text", "KR-1")),
    ("text like a number", "007", "string", Cell("text", "007")),
    ("number", 12.5, "number", Cell("number", "12.5", 12.5)),
    ("whole number", 3, "number", Cell("number", "3", 3.0)),
    ("zero", 0, "number", Cell("number", "0", 0.0)),
    ("yes", True, "any", Cell("bool", "true", 1.0)),
    ("date", "2026-11-27", "date", Cell("date", "2026-11-27", date="2026-11-27")),
    (
        "instant",
        "2026-11-28T02:00:00.000+0800",
        "datetime",
        Cell("datetime", "2026-11-28T02:00:00.000+0800", date="2026-11-27T18:00:00+00:00"),
    ),
    ("no date in a date field", "soon", "date", Cell("text", "soon")),
    ("select", OPTION, "option", Cell("refs", "KR-1", refs=("1",))),
    (
        "multi-select",
        [OPTION, {"id": "2", "value": "KR-2"}, OPTION],
        "array",
        Cell("refs", "KR-1, KR-2, KR-1", refs=("1", "2")),
    ),
    (
        "cascading",
        {**OPTION, "child": {"id": "9", "value": "deep"}},
        "option-with-child",
        Cell("refs", "KR-1 - deep", refs=("1", "9")),
    ),
    ("labels", ["KR-1", "Ümläut"], "array", Cell("refs", "KR-1, Ümläut", refs=("KR-1", "Ümläut"))),
    (
        "person",
        {"accountId": "mia", "displayName": "Mia", "active": True},
        "user",
        Cell("refs", "Mia", refs=("mia",)),
    ),
    ("sprints", SPRINTS, "array", Cell("refs", "Sprint 3, Sprint 4", refs=("3", "4"))),
    (
        "issue",
        {"id": "5", "key": "WEB-5", "fields": {"summary": "x"}},
        "issuelink",
        Cell("refs", "WEB-5", refs=("5",)),
    ),
    ("rich text", DOC, "string", Cell("text", "For KR-1")),
    ("unheard of", {"progress": {"a": 1}}, "novelty", Cell("error", "unsupported novelty")),
]


@pytest.mark.parametrize(
    ("value", "kind", "expected"), [one[1:] for one in VALUES], ids=[one[0] for one in VALUES]
)
def test_each_kind_of_value_becomes_a_cell(value: Any, kind: str, expected: Cell) -> None:
    field = Field("customfield_7", "It", kind, custom=True)
    named = msgspec.structs.replace(expected, name="It", address="customfield_7")
    assert read_cell(value, field) == named


def test_things_in_a_list_never_glue_in_texts() -> None:
    field = Field("customfield_7", "It", "array", custom=True)
    value = [{**OPTION, "child": {"id": "9", "value": "2"}}, OPTION]
    assert [one.text for one in read_texts(value, read_cell(value, field))] == ["KR-1", "2"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "value", "child", "name", "type"]), inner)
        ),
        max_leaves=10,
    ),
    st.sampled_from(["string", "date", "datetime", "array", "option", ""]),
)
def test_no_value_whatever_breaks_a_cell(value: Any, kind: str) -> None:
    cell = read_cell(value, Field("customfield_7", "It", kind))
    assert decode_cells(msgspec.json.encode({"x": cell}).decode()) == {"x": cell}
    assert all(one.text for one in read_texts(value, cell))


INSTANT = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-28T02:00:00.000+0800",
        "2026-11-28T02:00:00+08:00",
        "2026-11-27T18:00:00Z",
        "2026-11-27T18:00:00.000Z",
        "2026-11-27T18:00:00",
        1795802400,
        1795802400000,
        1795802400.0,
        "1795802400",
        "1795802400000",
    ],
)
def test_an_instant_is_the_same_however_it_is_written(written: str | float) -> None:
    assert parse_instant(written) == INSTANT


@pytest.mark.parametrize("written", ["soon", "2026-13-01", float("nan"), float("inf"), 1e300])
def test_what_is_no_instant_says_so(written: str | float) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(written)


def test_no_date_is_none() -> None:
    assert parse_instant(None) is None
    assert parse_instant("") is None
    assert parse_day(None) is None


@given(st.integers(min_value=10**11, max_value=4 * 10**12))
def test_milliseconds_come_back_as_the_same_instant(since_1970: int) -> None:
    instant = parse_instant(since_1970)
    assert instant is not None
    assert milliseconds(instant) == since_1970


def test_issues_recorded_from_a_cloud_site_are_read() -> None:
    recorded = [one["data"] for one in load_shared("recorded/jira/cloud-issues-perceval.json")]
    whole = [one for one in recorded if "fields" in one]
    table = issues_table([read(one, KEY_RESULT) for one in whole])
    assert table.schema.equals(JIRA_ISSUES)
    rows = {row["key"]: row for row in table.to_pylist()}
    assert rows.keys() == {"CONTRIB-5", "CONTRIB-3", "CONTRIB-10", "CONTRIB-11"}
    row = rows["CONTRIB-5"]
    assert row["created_at"] == datetime(2018, 5, 14, 21, 54, 10, 593000, tzinfo=UTC)
    assert (row["place"], row["status_category"]) == ("CONTRIB", "done")
    assert row["parent_id"] is not None
    assert {"role": "text", "field": "description", "text": "here's the description"} in row[
        "texts"
    ]
    for one in recorded:
        if "fields" not in one:  # the recorder had filtered them away
            with pytest.raises(ValueError, match="fields"):
                read(one)


def test_recorded_custom_fields_become_cells() -> None:
    recorded = load_shared("recorded/jira/cloud-issues-perceval.json")[0]["data"]
    # The recorder had wrapped each custom field; Jira serves what it holds.
    fields = {
        name: value["value"] if name.startswith("customfield_") else value
        for name, value in recorded["fields"].items()
    }
    wanted = (
        Field("customfield_10016", "Program", "option", custom=True),
        Field("customfield_10010", "Sprint", "array", "json", custom=True),
        Field("customfield_10011", "Rank", "any", custom=True),
    )
    cells = decode_cells(read({**recorded, "fields": fields}, *wanted).cells)
    assert (cells["customfield_10016"].text, cells["customfield_10016"].refs) == (
        "Unknown/Not sure",
        ("10012",),
    )
    assert cells["customfield_10010"].kind == "empty"
    assert cells["customfield_10011"].text == "1|hzzzan:"


def test_the_issue_examples_of_the_specification_are_read() -> None:
    paths = load_shared("specs/jira-cloud-v3.openapi.json")["paths"]
    found = {}
    for path, method in (("/rest/api/3/search/jql", "post"), ("/rest/api/3/search/jql", "get")):
        content = paths[path][method]["responses"]["200"]["content"]["application/json"]
        page = msgspec.json.decode(content["example"].encode(), type=SearchPage)
        for served in page.issues:
            row = IssueReader(SITE, ()).read(served)
            found[path, method] = row
    single = paths["/rest/api/3/issue/{issueIdOrKey}"]["get"]["responses"]["200"]
    example = single["content"]["application/json"]["example"]
    found["issue"] = IssueReader(SITE, ()).read(msgspec.Raw(example.encode()))
    assert len(found) == 3
    for row in found.values():
        assert (row.id, row.key, row.place) == ("10002", "ED-1", "EX")
        assert row.texts == [("text", "description", "Main order flow broken")]
        assert row.updated_at is not None
    assert issues_table(list(found.values())).num_rows == 3
