"""Pulls from services that never end, and records that are too large or of no time."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import records as bounded
from connectors.cells import MOST_CHARACTERS, decode_cells
from connectors.errors import OverdueError, UnreadableResponseError
from connectors.files.source import FilesSettings, FilesSource
from connectors.records import Batch, Rows, as_served
from connectors.transport import bounds
from connectors.transport.bounds import Bounds, without_endless_numbers
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.notion_workspace import KRS, PLANS, Notion, cells
from tests.connectors.support.notion_workspace import pull as pull_notion
from tests.connectors.support.notion_workspace import rows as pages_by_title
from tests.connectors.support.scripted_jira import (
    comment,
    history,
    jira,
    present,
    problems,
    rows,
    site_of,
)
from tests.connectors.support.scripted_sheets import Google, Pull, records, spreadsheet, tab

ENDLESS = b"9" * 5_000
NONE = float("inf")


def test_a_census_that_goes_on_after_what_jira_counts_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.jira.pull._PAGES_SEARCHED", 1)
    site = site_of(20)
    asked_for: list[int] = []

    def endless(asked: Asked) -> Reply | None:
        if asked.path.endswith("/search/approximate-count"):
            assert "order by" not in asked.json["jql"].lower()
            return json_reply({"count": 20})
        if not asked.path.endswith("/search/jql") or asked.json["fields"] != ["key"]:
            return None
        number = len(asked_for)
        asked_for.append(number)
        ids = range(1_000 * number, 1_000 * number + 500)
        issues = [{"id": str(one), "key": f"WEB-{one}"} for one in ids]
        return json_reply({"issues": issues, "nextPageToken": f"page {number}"})

    site.interrupt = endless
    words = "The census of issues goes on after 10,000 entries, and is said to have 20"
    with jira(site, page_size=10) as (source, _), pytest.raises(UnreadableResponseError) as raised:
        list(source.pull({}))
    assert words in raised.value.message
    assert len(asked_for) <= 22  # the next page is always in flight


def test_a_jira_that_does_not_count_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.jira.pull._PAGES_SEARCHED", 1)
    monkeypatch.setattr("connectors.jira.pull._COUNTED_FROM", 2)
    site = site_of(40)
    site.sizes = iter([10] * 100)
    with jira(site, page_size=10) as (source, server):
        found = rows(list(source.pull({})), "jira_issues")
        assert any(one.path.endswith("approximate-count") for one in server.asked)  # it says 404
    assert len(found) == 40


def test_comments_without_end_cost_one_issue_its_comments() -> None:
    site = site_of(2)
    for number in (1, 2):
        site.comments[str(10_000 + number)] = [comment(number, NOW, "hello")]
    site.comments["10001"] *= 30

    def endless(asked: Asked) -> Reply | None:
        if "/issue/10001/comment" not in asked.path:
            return None
        more = [comment(number, NOW, "again") for number in range(500)]
        return json_reply({"comments": more, "total": 10**9})

    site.interrupt = endless
    with jira(site, comments=("Task",)) as (source, server):
        messages = list(source.pull({}))
        assert sum("/comment" in one.path for one in server.asked) == 3
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject) == ("unreadable comments", "10001")
    assert "is said to have 30" in problem.sentence
    assert present(messages, "jira_comments").keys() == {"10002"}


def test_notion_pages_with_nothing_new_end_the_data_source(
    notion: Notion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "BOUNDS", Bounds(barren_pages=5))
    notion.add(PLANS, "One")
    served = 0

    def endless(asked: Asked) -> Reply | None:
        nonlocal served
        if not asked.path.endswith(f"{KRS}/query"):
            return None
        served += 1
        return json_reply({"results": [], "has_more": True, "next_cursor": str(served)})

    notion.tamper = endless
    messages = pull_notion(notion, None, KRS, PLANS, requests_per_minute=100_000)
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject) == ("unreachable place", KRS)
    assert "after 5 pages with nothing new" in problem.sentence
    assert pages_by_title(messages).keys() == {"One"}
    assert served <= 10


@pytest.mark.parametrize("service", ["jira", "notion", "sheets"])
def test_a_pull_that_takes_too_long_as_a_whole_is_ended(
    service: str, notion: Notion, google: Google, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "BOUNDS", Bounds(pull_seconds=-1.0))
    google.put(spreadsheet("a", tab(0, "T", ["x"])))

    def pull_jira() -> None:
        with jira(site_of(1)) as (source, _):
            list(source.pull({}))

    pulls: dict[str, Callable[[], Any]] = {
        "jira": pull_jira,
        "notion": lambda: pull_notion(notion),
        "sheets": lambda: pull("a"),
    }
    with pytest.raises(OverdueError, match=f"{service}: Reading took more than") as raised:
        pulls[service]()
    assert "The next run goes on from there" in raised.value.remedy
    assert bounds.Bounds().pull_seconds >= 8 * 3600  # a first pull takes that long, honestly


@pytest.mark.parametrize("number", [b"1e400", ENDLESS, b"-1E+999"])
def test_a_number_that_no_double_holds_costs_a_cell_of_a_sheet(
    number: bytes, google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("a", tab(0, "T", ["KR", "Value"], ["KR-1", 17], ["KR-2", 5])))
    body = json.dumps(google.spreadsheets["a"]).encode()
    body = body.replace(b'"numberValue": 17', b'"numberValue": ' + number)
    google.tamper = lambda asked: Reply(200, body) if "/v4/" in asked.path else None
    found = [decode_cells(row["cells"]) for row in records(pull("a"))]
    assert [row["A"].text for row in found] == ["KR", "KR-1", "KR-2"]
    assert (found[1]["B"].kind, found[1]["B"].text) == ("error", "a number without end")
    assert found[1]["B"].address == "T!B2"
    assert found[2]["B"].number == 5.0


@pytest.mark.parametrize("number", [b"1e400", ENDLESS, b"-1E+999"])
def test_a_number_that_no_double_holds_costs_a_cell_of_a_page_of_notion(
    number: bytes, notion: Notion
) -> None:
    notion.add(KRS, "Bad", Share=0.17)
    notion.add(KRS, "Good", Share=0.5)

    def tamper(asked: Asked) -> Reply | None:
        body = notion._app(asked).body if asked.path.endswith("/query") else b""
        assert not body or body.count(b"0.17") == 1
        return Reply(200, body.replace(b"0.17", number)) if body else None

    notion.tamper = tamper
    messages = pull_notion(notion, None, KRS)
    assert not problems(messages)
    found = pages_by_title(messages)
    assert cells(found["Bad"])["Share"].text == "a number without end"
    assert cells(found["Good"])["Share"].number == 0.5


@pytest.mark.parametrize(
    ("served", "parsed"),
    [
        (b'{"a": 1e400, "b": [-1E+999]}', {"a": NONE, "b": [NONE]}),
        (b'["1e400", "a \\" ,1e400", 1e308, 1e-999]', ["1e400", 'a " ,1e400', 1e308, 0.0]),
        (b"[" + b"9" * 400 + b", 12]", [NONE, 12]),
        (b'{"a": "x: 1e400", "b":\n1e400}', {"a": "x: 1e400", "b": NONE}),
    ],
)
def test_only_numbers_that_no_double_holds_are_replaced(served: bytes, parsed: Any) -> None:
    assert json.loads(without_endless_numbers(served)) == parsed


@pytest.mark.parametrize("when", ["99999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "soon", 7])
def test_a_spreadsheet_changed_at_no_time_is_read_and_said(
    when: Any, google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("a", tab(0, "T", ["x"])), modifiedTime=when)
    messages = pull("a")
    assert [row["updated_at"] for row in records(messages)] == [None]
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject) == ("unreadable record", "a")


@pytest.mark.parametrize(
    "merge",
    [{"startRowIndex": -(10**12), "endRowIndex": 1}, {"startRowIndex": 0, "endRowIndex": 10**9}],
)
def test_merged_ranges_that_cannot_be_end_in_a_sentence(
    merge: dict[str, int], google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("good", tab(0, "T", ["x"])))
    served = tab(0, "T", ["x"], ["y"])
    served["merges"] = [{**merge, "startColumnIndex": 0, "endColumnIndex": 1}] * 2
    google.put(spreadsheet("bad", served))
    messages = pull("good", "bad")
    assert [one.subject for one in problems(messages)] == ["bad"]
    assert len(records(messages)) == 1


def test_a_record_that_is_too_large_is_named_and_the_others_are_read(
    notion: Notion, google: Google, pull: Pull, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "LARGEST_RECORD", 20_000)
    monkeypatch.setattr("connectors.cells.LARGEST_RECORD", 20_000)
    long = "x" * 21_000
    site = site_of(3)
    site.issues["10002"]["fields"]["summary"] = long
    site.comments["10001"] = [comment(1, NOW, long)]
    with jira(site, comments=("Task",)) as (source, _):
        messages = list(source.pull({}))
    assert rows(messages, "jira_issues").keys() == {"10001", "10003"}
    assert {(one.rule, one.subject) for one in problems(messages)} == {
        ("unreadable record", "WEB-2"),
        ("unreadable comments", "10001"),
    }
    bad = notion.add(KRS, long)
    notion.add(KRS, "Good")
    messages = pull_notion(notion, None, KRS)
    assert [one.subject for one in problems(messages)] == [bad]
    assert pages_by_title(messages).keys() == {"Good"}
    google.put(spreadsheet("a", tab(0, "T", ["one"], [long], ["three"])))
    messages = pull("a")
    assert [one.subject for one in problems(messages)] == ["a:0:2"]
    assert [row["row"] for row in records(messages)] == [1, 3]
    (tmp_path / "weekly.csv").write_text(f"key,value\nA,1\nB,{long}\nC,3\n")
    messages = list(FilesSource(FilesSettings(tmp_path, ("weekly.csv",))).pull({}))
    (problem,) = problems(messages)
    assert problem.sentence.startswith("weekly.csv:3: the row has more than")
    assert rows(messages, "file_rows").keys() == {"weekly.csv:A", "weekly.csv:C"}


def test_a_change_with_an_endless_text_costs_one_issue_its_changes() -> None:
    site = site_of(2)
    site.logs["10001"].append(history(5, NOW - timedelta(days=1), to="x" * (MOST_CHARACTERS + 1)))
    with jira(site) as (source, _):
        messages = list(source.pull({}))
    (problem,) = problems(messages)
    assert (problem.rule, problem.subject) == ("unreadable change log", "10001")
    assert {row["issue_id"] for row in rows(messages, "jira_changes").values()} == {"10002"}


def test_large_records_are_passed_on_before_there_are_many(
    google: Google, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "LARGEST_BATCH", 10_000)
    google.put(spreadsheet("a", tab(0, "T", *[["x" * 4_000] for _ in range(6)])))
    messages = pull("a")
    sizes = [one.table.num_rows for one in messages if isinstance(one, Rows)]
    assert max(sizes) == 2
    assert sum(sizes) == 6
    batch = Batch(3)
    for number in range(3):
        assert not batch.is_full
        batch.add({"raw": "x", "id": number})
    assert batch.is_full
    assert len(batch.take()) == 3
    assert not batch.is_full
    with pytest.raises(ValueError, match="it has 17 MB, and at most 16 are read"):
        as_served(b" " * (17 * 2**20))
