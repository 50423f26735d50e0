"""Titles beside keys: what people read in place of ids that nobody knows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from okr_model.entities.initiatives import titled
from published.titles import Titles

PAGE = "97670f00-f56f-579e-b050-f69edf2ed198"
PUBLISHED: dict[str, list[dict[str, Any]]] = {
    "key_results": [{"key_result_id": "KR-17", "statement": "Answer in hours", "record_id": PAGE}],
    "objectives": [{"objective_id": "O-3", "title": "Answer faster", "record_id": "o3"}],
    "initiatives": [
        {"initiative_id": "jira:10003", "initiative": "SUP-3", "title": "Triage rules"},
        {"initiative_id": f"notion:{PAGE}", "initiative": "Buddies", "title": "Buddies"},
    ],
    "measurements": [
        {"record_id": "s:0:7", "key_result_id": "KR-17", "date": dt.date(2026, 11, 6)}
    ],
    "check_ins": [],
}


class Known(Titles):
    """The titles of rows that are at hand."""

    def _rows(self, table: str, *columns: str) -> list[list[Any]]:
        return [[row[name] for name in columns] for row in PUBLISHED[table]]


@pytest.mark.parametrize(
    ("kind", "subject", "shown"),
    [
        ("key result", "KR-17", "key result KR-17 Answer in hours"),
        ("key result", "KR-99", "key result KR-99"),
        ("objective", "O-3", "objective O-3 Answer faster"),
        ("initiative", "jira:10003", "initiative SUP-3 Triage rules"),
        ("initiative", f"notion:{PAGE}", "initiative Buddies"),
        ("initiative", "notion:128a4cbd-10b2-542a-84e5-bf841a4909de", "initiative"),
        ("record", PAGE, "record KR-17 Answer in hours"),
        ("record", "128a4cbd10b2542a84e5bf841a4909de", "record"),
        ("record", "s:0:7", "record measurement of KR-17 on 2026-11-06"),
        ("team", "Sales", "team Sales"),
        ("source", "jira", "source jira"),
    ],
)
def test_a_finding_is_about_something_with_a_name(kind: str, subject: str, shown: str) -> None:
    assert Known(Path("none")).subject(kind, subject) == shown


def test_long_statements_are_cut_in_a_column() -> None:
    assert Known(Path("none")).key_result("KR-17", 8) == "KR-17 Answer…"
    assert Known(Path("none")).initiative("jira:1", "SUP-1") == "SUP-1"


def test_before_the_first_night_a_key_is_all_there_is(tmp_path: Path) -> None:
    titles = Titles(tmp_path / "published.duckdb")
    assert titles.subject("key result", "KR-1") == "key result KR-1"
    assert titles.initiative("jira:1", "SUP-1") == "SUP-1"


def test_work_is_called_by_key_and_title() -> None:
    assert titled("SUP-3", "Triage rules") == "SUP-3 Triage rules"
    assert titled("Guides", "Guides") == "Guides"
    assert titled("SUP-3", None) == "SUP-3"
    assert titled("SUP-3", float("nan")) == "SUP-3"
