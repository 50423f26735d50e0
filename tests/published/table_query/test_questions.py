"""Questions to a table: what may be asked, what is found, and the query that is shown."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from okr_model.tables import TABLES
from published.export import csv_text, json_text, records
from published.snapshot import Snapshot
from published.table_query.answer import (
    NoSuchTableError,
    batches,
    count,
    facets,
    page,
    published_table,
    published_tables,
    row_counts,
)
from published.table_query.question import OF_THE_PLACE, UnaskableError, question
from published.table_query.statement import shown
from tests.support.page.published_file import DAY, publish

FINDINGS = [
    {
        "finding_id": f"f{number}",
        "rule": rule,
        "severity": severity,
        "subject_type": "key result",
        "subject_id": f"KR-{number}",
        "sentence": sentence,
        "as_of": DAY,
    }
    for number, rule, severity, sentence in (
        (2, "pace gap", "warning", "Zürich ist hinter dem Pfad"),
        (10, "pace gap", "info", "it's 100 % 'quoted'\nand on a new line"),
        (9, "watermelon", "error", "a?b; DROP TABLE findings--"),
        (1, "stale value", "warning", "\u202eRTL\x00NUL"),
    )
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key_results = [
        {
            "key_result_id": f"KR-{number}",
            "cycle_id": "2026-Q4",
            "signals": signals,
            "target": target,
            "owner": "Ada" if number < 3 else "Bo",
            "stale_since": dt.datetime(2026, 11, number, 1, tzinfo=dt.UTC),
            "computed_confidence": level,
        }
        for number, signals, target, level in (
            (1, ["pace gap"], 0.1, "low"),
            (2, ["pace gap", "treadmill"], 1e-07, "high"),
            (10, [], float("nan"), None),
            (3, None, None, "medium"),
        )
    ]
    path = tmp_path_factory.mktemp("published") / "published.duckdb"
    return publish(path, {"findings": FINDINGS, "key_results": key_results})


@pytest.fixture(scope="module")
def tables(file: Path) -> Snapshot:
    return Snapshot(file)


def found(tables: Snapshot, table: str, *asked: tuple[str, str]) -> list[dict[str, Any]]:
    one = question(published_table(tables, table), asked)
    rows = page(tables, one, one.table.column_names)
    assert count(tables, one) == len(rows)
    return rows


ASKED = [
    ("findings", [], ["KR-9", "KR-1", "KR-2", "KR-10"]),
    ("findings", [("q", "zurich PFAD")], ["KR-2"]),
    ("findings", [("q", "100 %")], ["KR-10"]),
    ("findings", [("q", "a?b;")], ["KR-9"]),
    ("findings", [("q", "'")], ["KR-10"]),
    ("findings", [("sentence", FINDINGS[3]["sentence"])], ["KR-1"]),
    ("findings", [("sentence", FINDINGS[1]["sentence"])], ["KR-10"]),
    ("findings", [("rule", "pace gap"), ("severity", "info")], ["KR-10"]),
    ("findings", [("severity", "info"), ("severity", "error")], ["KR-9", "KR-10"]),
    ("findings", [("rule", "x' OR 1=1 --")], []),
    (
        "findings",
        [("as_of", "2026-11-28"), ("sort", "-subject_id")],
        ["KR-10", "KR-9", "KR-2", "KR-1"],
    ),
    ("key_results", [], ["KR-1", "KR-2", "KR-3", "KR-10"]),
    ("key_results", [("signals", "pace gap")], ["KR-1", "KR-2"]),
    ("key_results", [("target.max", "0.1"), ("target.min", "1e-7")], ["KR-1", "KR-2"]),
    ("key_results", [("target", "0.1")], ["KR-1"]),
    ("key_results", [("target.null", "yes")], ["KR-3"]),
    (
        "key_results",
        [("computed_confidence.null", "no"), ("sort", "computed_confidence")],
        ["KR-2", "KR-3", "KR-1"],
    ),
    ("key_results", [("stale_since.min", "2026-11-03T01:00:00Z")], ["KR-3", "KR-10"]),
    ("key_results", [("stale_since.max", "2026-11-02T00:59:59")], ["KR-1"]),
]


@pytest.mark.parametrize(("table", "asked", "expected"), ASKED)
def test_what_is_asked_is_found_and_the_query_shown_finds_the_same(
    file: Path, tables: Snapshot, table: str, asked: list[tuple[str, str]], expected: list[str]
) -> None:
    rows = found(tables, table, *asked)
    key = "subject_id" if table == "findings" else "key_result_id"
    assert [row[key] for row in rows] == expected
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = shown(question(published_table(tables, table), asked))
        there = connection.sql(query).to_arrow_table().to_pandas(date_as_object=True)
    assert records(there) == rows


def test_every_table_is_there_with_its_columns_and_can_be_asked(tables: Snapshot) -> None:
    assert [table.name for table in published_tables(tables)] == [table.name for table in TABLES]
    assert row_counts(tables)["findings"] == 4
    for table in published_tables(tables):
        asked = question(table, [])
        assert set(asked.shown) <= set(table.column_names)
        assert len(page(tables, asked, asked.shown)) == row_counts(tables)[table.name]
        assert sum(map(len, batches(tables, asked, asked.shown))) == row_counts(tables)[table.name]
        facets(tables, asked)
        # What the address says of the page can mean no column.
        assert not {"q", "sort", "page", "columns", "only"} & set(table.column_names)


def test_a_table_of_an_earlier_version_is_left_out(tmp_path: Path) -> None:
    path = publish(tmp_path / "published.duckdb", {}, without=["rollups"])
    with pytest.raises(NoSuchTableError, match="No table 'rollups' is published"):
        published_table(Snapshot(path), "rollups")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("nope", "1"), "has no column 'nope'"),
        (("rule; DROP", "1"), "has no column"),
        (("sort", "nope"), "has no column"),
        (("columns", "rule,1"), "has no column '1'"),
        (("as_of", "yesterday"), "no day such as"),
        (("page", "0"), "from 1"),
        (("page", "99999999999"), "from 1"),
        (("page", "²"), "from 1"),
        (("rule.null", "maybe"), "yes or no"),
        (("q", "x " * 30), "at most 10 words"),
        (("rule", "x" * 10_000), "at most 1000 characters"),
    ],
)
def test_what_cannot_be_asked_is_said(tables: Snapshot, asked: tuple[str, str], said: str) -> None:
    with pytest.raises(UnaskableError, match=said):
        question(published_table(tables, "findings"), [asked])


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "0x10", "1_0 0", ""])
def test_a_number_is_finite(tables: Snapshot, text: str) -> None:
    with pytest.raises(UnaskableError, match="no number"):
        question(published_table(tables, "key_results"), [("target.min", text)])


@pytest.mark.parametrize("text", ["1.5", str(2**63), "٣", "9" * 30])
def test_a_whole_number_fits(tables: Snapshot, text: str) -> None:
    with pytest.raises(UnaskableError, match="no whole number"):
        question(published_table(tables, "key_results"), [("initiatives", text)])


def test_nothing_is_counted_or_ordered_by_person(tables: Snapshot) -> None:
    table = published_table(tables, "key_results")
    assert not any(facet.column.person for facet in facets(tables, question(table, [])))
    for name in ("owner", "owner.min", "owner.max"):
        with pytest.raises(UnaskableError, match="not chosen by person"):
            question(table, [(name, "Ada")])
    assert question(table, [("owner.null", "yes")]).filters
    with pytest.raises(UnaskableError, match="not ordered by person"):
        question(table, [("sort", "-owner")])


def test_a_facet_counts_under_the_other_filters(tables: Snapshot) -> None:
    asked = question(published_table(tables, "findings"), [("severity", "warning")])
    by_name = {
        facet.column.name: [(value.written, value.rows) for value in facet.values]
        for facet in facets(tables, asked)
    }
    assert by_name["severity"] == [("error", 1), ("warning", 2), ("info", 1)]  # its own is left out
    assert by_name["rule"] == [("pace gap", 1), ("stale value", 1)]


def test_a_question_is_an_address_and_back(tables: Snapshot) -> None:
    from urllib.parse import parse_qsl

    table = published_table(tables, "findings")
    asked = question(
        table, [("q", "a b"), ("rule", "x&y=z"), ("sort", "-rule"), ("columns", "rule,url")]
    )
    assert question(table, parse_qsl(asked.parameters())) == asked
    assert question(table, parse_qsl(asked.parameters(rule=None, q=None))).filters == ()


def test_the_place_of_a_view_is_no_filter_of_a_table_without_such_a_column(
    tables: Snapshot,
) -> None:
    place = [(name, "2026-11-28") for name in sorted(OF_THE_PLACE)]
    asked = question(published_table(tables, "findings"), place)
    assert [one.column.name for one in asked.filters] == ["as_of"]
    assert not question(published_table(tables, "changes"), place).filters


def test_json_has_no_number_it_does_not_know_and_csv_no_formula() -> None:
    rows = [{"a": float("nan"), "b": '=HYPERLINK("x")'}, {"a": 1.5, "b": "\u202eback"}]
    assert json_text(rows[0]) == '{"a": null, "b": "=HYPERLINK(\\"x\\")"}'
    assert csv_text(["a", "b"], rows) == 'a,b\nnan,"\'=HYPERLINK(""x"")"\n1.5,\\u202eback\n'
    assert csv_text(["a"], [{"a": ["-1", "+2"]}], header=False) == "'-1 | +2\n"
