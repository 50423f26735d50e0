"""Finding by key and by words."""

from __future__ import annotations

import pytest

from published.search import MOST, find
from published.snapshot import Snapshot
from tests.support.page.published_file import publish


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    key_results = [
        {"key_result_id": "KR-1", "cycle_id": "2026-Q3", "statement": "Old one"},
        {
            "key_result_id": "KR-12",
            "cycle_id": "2026-Q4",
            "statement": "Umsatz in Zürich",
            "team": "Sales",
            "owner": "Mei Tan",
        },
        {
            "key_result_id": "KR-120",
            "cycle_id": "2026-Q4",
            "statement": "Another rate",
            "team": "İzmir",
            "teams": ["İzmir", "Sales"],
        },
    ]
    rows = {
        "key_results": key_results,
        "objectives": [
            {"objective_id": "O-1", "cycle_id": "2026-Q4", "title": "Grow", "level": "company"}
        ],
        "initiatives": [
            {"initiative_id": f"jira:{n}", "initiative": f"SUP-{n}", "title": "Triage rate"}
            for n in range(1, 31)
        ],
        "findings": [
            {
                "finding_id": "f",
                "rule": "pace gap",
                "severity": "info",
                "subject_id": "KR-12",
                "sentence": "Behind",
            }
        ],
    }
    return Snapshot(publish(tmp_path_factory.mktemp("search") / "published.duckdb", rows))


@pytest.mark.parametrize(
    ("typed", "kind", "one"),
    [
        ("kr-12", "Key Result", "KR-12"),
        ("  ＫＲ–12 ", "Key Result", "KR-12"),
        ("o-1", "Objective", "O-1"),
        ("sup-3", "initiative", "jira:3"),
        ("jira:3", "initiative", "jira:3"),
        ("SALES", "team", "Sales"),
        ("izmir", "team", "İzmir"),
    ],
)
def test_a_key_is_one_thing(tables: Snapshot, typed: str, kind: str, one: str) -> None:
    exact = find(tables, typed).exact
    assert exact is not None
    assert (exact.kind, exact.id) == (kind, one)


def test_words_are_found_whatever_their_case_and_accents(tables: Snapshot) -> None:
    found = find(tables, "ZURICH umsatz")
    assert found.exact is None
    assert [hit.key for hit in found.hits["Key Result"]] == ["KR-12"]


def test_the_key_stands_before_longer_ones_and_titles_before_other_texts(tables: Snapshot) -> None:
    found = find(tables, "KR-1")
    assert [hit.key for hit in found.hits["Key Result"]] == ["KR-1", "KR-12", "KR-120"]
    assert [hit.title for hit in found.hits["finding"]] == ["Behind"]


def test_many_hits_are_counted_and_the_first_told(tables: Snapshot) -> None:
    found = find(tables, "rate")
    assert found.numbers == {"Key Result": 1, "initiative": 30}
    assert len(found.hits["initiative"]) == MOST


@pytest.mark.parametrize(
    "typed", ["", "  ", "\u202e", "no such thing", "%", "' OR 1=1 --", "x" * 10_000]
)
def test_what_nothing_has_finds_nothing(tables: Snapshot, typed: str) -> None:
    found = find(tables, typed)
    assert found.exact is None
    assert not found.hits


def test_nothing_is_found_and_counted_by_its_owner(tables: Snapshot) -> None:
    assert find(tables, "Mei Tan").numbers == {}
    assert find(tables, "Umsatz").numbers == {"Key Result": 1}
