"""The lake and the landing: nothing lost, nothing doubled, whenever a run is killed."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import TransientError
from connectors.jira.streams import JIRA_CHANGES
from connectors.notion.streams import NOTION_PAGES
from connectors.records import Cursor, Figures, Message, Present, Problem, ProblemRule, Rows
from connectors.registry import STREAMS
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake

NIGHT = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


class Script:
    """A source that says what it is told to, from a page on."""

    def __init__(self, pages: list[Mapping[str, str]], gone: tuple[str, ...] = ()) -> None:
        self.name = "notion"
        self.figures = Figures()
        self.pages = pages
        self.gone = gone
        self.problems: list[Problem] = []
        self.certain = False
        self.place = "db"
        self.fail_at: int | None = None
        self.said: list[Cursor] = []

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        self.said.append(cursor)
        start = 0 if cursor.get("complete") else int(cursor.get("page", 0))
        for number in range(start, len(self.pages)):
            if number == self.fail_at:
                raise TransientError("notion", "HTTP 503.")
            yield Rows("notion_pages", pages_table(self.pages[number]), {"page": number + 1})
        yield from self.problems
        ids = [id_ for page in self.pages for id_ in page]
        yield Present(
            "notion_pages",
            self.place,
            pa.array(ids, pa.string()),
            pa.array(self.gone, pa.string()),
            self.certain,
        )
        yield Rows("notion_pages", pages_table({}), {"complete": True})

    def close(self) -> None:
        """Nothing to let go of."""


def pages_table(page: Mapping[str, str]) -> pa.Table:
    rows = [
        {
            "id": id_,
            "place": "db",
            "url": f"https://n.example/{id_}",
            "texts": [{"role": "text", "field": "Name", "text": text}],
            "cells": "{}",
            "raw": json.dumps({"text": text}),
            "title": text,
        }
        for id_, text in page.items()
    ]
    return pa.Table.from_pylist(rows, schema=NOTION_PAGES)


def land(root: Path, source: Script, at: dt.datetime = NIGHT, lake: Lake | None = None) -> Any:
    return Landing(lake or Lake(root), r"KR-\d+", at).land(source)


def current(root: Path, stream: str = "notion_pages") -> list[dict[str, Any]]:
    query = f"SELECT * EXCLUDE (landed) FROM {Lake(root).scan(stream)} ORDER BY id"  # noqa: S608 - our own files
    return arrow(connect(), query).to_pylist()


def live(root: Path) -> dict[str, str]:
    return {row["id"]: row["title"] for row in current(root) if not row["deleted"]}


def test_a_pull_is_folded_with_its_references(tmp_path: Path) -> None:
    landed = land(tmp_path, Script([{"a": "serves KR-12"}, {"b": "nothing"}]))
    assert (landed.rows, landed.changed, landed.deleted) == (2, 2, 0)
    rows = {row["id"]: row for row in current(tmp_path)}
    assert [r["key"] for r in rows["a"]["references"]] == ["KR-12"]
    assert rows["b"]["references"] == []
    assert rows["a"]["seen_at"] == rows["a"]["first_seen_at"] == NIGHT


def test_an_unchanged_record_is_not_landed_again(tmp_path: Path) -> None:
    source = Script([{"a": "one", "b": "two"}])
    land(tmp_path, source)
    before = current(tmp_path)
    landed = land(tmp_path, source, NIGHT + dt.timedelta(days=1))
    assert (landed.rows, landed.changed, landed.deleted) == (2, 0, 0)
    assert current(tmp_path) == before


def test_a_changed_record_keeps_when_it_was_first_seen(tmp_path: Path) -> None:
    land(tmp_path, Script([{"a": "one", "b": "two"}]))
    later = NIGHT + dt.timedelta(days=1)
    landed = land(tmp_path, Script([{"a": "changed", "b": "two"}]), later)
    assert landed.changed == 1
    rows = {row["id"]: row for row in current(tmp_path)}
    assert rows["a"]["title"] == "changed"
    assert (rows["a"]["first_seen_at"], rows["a"]["seen_at"]) == (NIGHT, later)
    assert rows["b"]["seen_at"] == NIGHT


def test_new_records_leave_the_files_of_the_others_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    land(tmp_path, Script([{"a": "one"}]), lake=lake)
    before = lake.scan("notion_pages").split("'")[1]
    later = NIGHT + dt.timedelta(days=1)
    assert land(tmp_path, Script([{"a": "one", "b": "two"}]), later, lake).changed == 1
    assert live(tmp_path) == {"a": "one", "b": "two"}
    assert before in lake.scan("notion_pages")
    land(tmp_path, Script([{"a": "one", "b": "three"}]), later, lake)
    assert live(tmp_path) == {"a": "one", "b": "three"}


def test_references_are_found_anew_when_ids_are_written_otherwise(tmp_path: Path) -> None:
    source = Script([{"a": "serves KR-12", "b": "serves OKR 7"}, {"c": "nothing"}])
    land(tmp_path, source)
    later = NIGHT + dt.timedelta(days=1)
    before = current(tmp_path)
    landed = Landing(Lake(tmp_path), r"OKR \d+", later).land(source)
    assert (landed.changed, landed.deleted) == (0, 0)
    rows = current(tmp_path)
    assert [[r["key"] for r in row["references"]] for row in rows] == [[], ["OKR 7"], []]
    others = ("references", "digest")
    for old, new in zip(before, rows, strict=True):
        assert {k: v for k, v in old.items() if k not in others} == {
            k: v for k, v in new.items() if k not in others
        }
    version = Lake(tmp_path).landed("notion_pages")
    Landing(Lake(tmp_path), r"OKR \d+", later).reextract_references("notion")
    assert Lake(tmp_path).landed("notion_pages") == version


def test_half_a_pull_is_not_published_by_finding_references_anew(tmp_path: Path) -> None:
    whole = Script([{"a": "serves KR-1"}, {"b": "serves KR-2"}])
    land(tmp_path, whole)
    broken = Script([{"a": "serves KR-3"}, {"b": "serves KR-4"}])
    broken.fail_at = 1
    with pytest.raises(TransientError):
        land(tmp_path, broken)
    Landing(Lake(tmp_path), r"[A-Z]R-\d+", NIGHT).reextract_references("notion")
    assert live(tmp_path) == {"a": "serves KR-1", "b": "serves KR-2"}
    broken.fail_at = None
    Landing(Lake(tmp_path), r"[A-Z]R-\d+", NIGHT).land(broken)
    assert live(tmp_path) == {"a": "serves KR-3", "b": "serves KR-4"}


def test_a_change_back_is_a_change(tmp_path: Path) -> None:
    for text in ("one", "two", "one"):
        land(tmp_path, Script([{"a": text}]))
        assert live(tmp_path) == {"a": text}


def test_what_vanished_becomes_a_tombstone_and_may_come_back(tmp_path: Path) -> None:
    five = {id_: id_ for id_ in "abcde"}
    land(tmp_path, Script([five]))
    landed = land(tmp_path, Script([{k: v for k, v in five.items() if k != "c"}]))
    assert landed.deleted == 1
    assert live(tmp_path).keys() == set("abde")
    land(tmp_path, Script([five]))
    assert live(tmp_path).keys() == set("abcde")


def test_a_mass_disappearance_buries_nobody_and_is_told(tmp_path: Path) -> None:
    land(tmp_path, Script([{id_: id_ for id_ in "abcdefgh"}]))
    three = Script([{id_: id_ for id_ in "abc"}])
    landed = land(tmp_path, three)
    assert landed.deleted == 0
    assert live(tmp_path).keys() == set("abcdefgh")
    problems = Lake(tmp_path).pulls.state("notion").problems
    assert [(p["rule"], p["subject"]) for p in problems] == [("mass disappearance", "db")]
    assert problems[0]["records"] == list("defgh")
    landed = Landing(Lake(tmp_path), r"KR-\d+", NIGHT, mass_share=1.0).land(three)
    assert landed.deleted == 5
    assert Lake(tmp_path).pulls.state("notion").problems == []


def test_a_place_that_lost_all_but_its_header_is_emptied_until_it_is_filled_again(
    tmp_path: Path,
) -> None:
    eight = {id_: id_ for id_ in "abcdefgh"}
    land(tmp_path, Script([eight]))
    assert land(tmp_path, Script([{"a": "a"}])).deleted == 0
    assert live(tmp_path).keys() == set("abcdefgh")
    problems = Lake(tmp_path).pulls.state("notion").problems
    assert [(p["rule"], p["subject"]) for p in problems] == [("emptied place", "db")]
    land(tmp_path, Script([eight]))
    assert Lake(tmp_path).pulls.state("notion").problems == []


def test_what_the_service_itself_calls_gone_is_buried_however_much_it_is(tmp_path: Path) -> None:
    land(tmp_path, Script([{id_: id_ for id_ in "abcdefgh"}]))
    landed = land(tmp_path, Script([{"a": "a"}], gone=tuple("bcdefgh")))
    assert landed.deleted == 7
    assert live(tmp_path).keys() == {"a"}


def test_a_problem_stands_until_its_record_is_read_again(tmp_path: Path) -> None:
    broken = Script([{"a": "one"}])
    broken.problems = [Problem(ProblemRule.UNREADABLE_RECORD, "x", "Cannot read x.")]
    land(tmp_path, broken)
    land(tmp_path, Script([{"a": "one"}]))
    assert [p["subject"] for p in Lake(tmp_path).pulls.state("notion").problems] == ["x"]
    land(tmp_path, Script([{"a": "one", "x": "mended"}]))
    assert Lake(tmp_path).pulls.state("notion").problems == []


def test_what_was_told_of_a_whole_is_over_when_a_part_of_it_is_read(tmp_path: Path) -> None:
    source = Script([{"a": "one"}])
    source.place = "spreadsheet/0"
    source.problems = [Problem(ProblemRule.UNKNOWN_TIME_ZONE, "spreadsheet", "No such zone.")]
    land(tmp_path, source)
    assert [p["subject"] for p in Lake(tmp_path).pulls.state("notion").problems] == ["spreadsheet"]
    source.problems = []
    land(tmp_path, source)
    assert Lake(tmp_path).pulls.state("notion").problems == []


def test_an_unreachable_place_is_told_only_as_long_as_it_is_one(tmp_path: Path) -> None:
    source = Script([{"a": "one"}])
    source.problems = [Problem(ProblemRule.UNREACHABLE_PLACE, "the database", "Share it again.")]
    for _ in range(2):
        land(tmp_path, source)
        problems = Lake(tmp_path).pulls.state("notion").problems
        assert [problem["subject"] for problem in problems] == ["the database"]
    source.problems = []
    land(tmp_path, source)
    assert Lake(tmp_path).pulls.state("notion").problems == []


def test_where_nothing_can_hide_what_is_missing_is_gone_however_much_it_is(tmp_path: Path) -> None:
    source = Script([{id_: id_ for id_ in "abcdefgh"}])
    land(tmp_path, source)
    source.pages, source.certain = [{"a": "a"}], True
    assert land(tmp_path, source).deleted == 7
    assert live(tmp_path).keys() == {"a"}


def test_a_broken_off_pull_is_not_published_and_resumes_where_it_was(tmp_path: Path) -> None:
    source = Script([{"a": "one"}, {"b": "two"}, {"c": "three"}])
    source.fail_at = 2
    with pytest.raises(TransientError):
        land(tmp_path, source)
    assert current(tmp_path) == []
    source.fail_at = None
    land(tmp_path, source)
    assert source.said[1] == {"page": 2}
    assert live(tmp_path) == {"a": "one", "b": "two", "c": "three"}


def test_change_log_rows_are_kept_once(tmp_path: Path) -> None:
    lake, connection = Lake(tmp_path), connect()
    row = {"id": "1:0", "place": "SUP", "issue_id": "10", "field": "status"}
    table = pa.Table.from_pylist([row, row], schema=JIRA_CHANGES)

    class Jira(Script):
        def pull(self, cursor: Cursor) -> Iterator[Message]:
            yield Rows("jira_changes", table)
            yield Rows("jira_issues", STREAMS["jira_issues"].empty_table(), {"complete": True})

    source = Jira([])
    source.name = "jira"
    land(tmp_path, source)
    land(tmp_path, source)
    assert arrow(connection, f"FROM {lake.scan('jira_changes')}").num_rows == 1


pages = st.lists(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["x", "y"]), max_size=4), max_size=4
)


@pytest.mark.thorough
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(pages, min_size=1, max_size=3), kill_after=st.integers(0, 9))
def test_killed_between_any_two_commits_the_next_run_ends_the_same(
    tmp_path_factory: pytest.TempPathFactory, nights: list[list[dict[str, str]]], kill_after: int
) -> None:
    quiet, killed = tmp_path_factory.mktemp("quiet"), tmp_path_factory.mktemp("killed")
    # A record that stands on two pages is told by the later one, whatever the order of commits.
    for pages_ in nights:
        land(quiet, Script(pages_))
        lake = Mortal(killed, kill_after)
        try:
            land(killed, Script(pages_), lake=lake)
        except Killed:
            land(killed, Script(pages_))
    assert current(killed) == current(quiet)


class Mortal(Lake):
    """A lake whose process dies when it is about to make one commit too many."""

    def __init__(self, root: Path, commits: int) -> None:
        super().__init__(root)
        self._left = commits

    def _about_to_commit(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1
