"""Nothing counts, groups or orders by person: tables, code, queries of the manual, views, messages.

The contract declares which columns name persons. What is served is compared between the same
company with its people called in two ways: each otherwise, and in the reverse order, two alike.
Whatever orders, groups or counts by person is different in the second.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from dashboard.app import _VIEWS
from dashboard.site import Desk, Site
from okr_model.finding_rules import Rule
from okr_model.links.decisions import LOG_COLUMNS
from okr_model.tables import TABLES, Column, Table
from pipelines.publish.views import VIEWS
from published.audit.decided import Decided
from published.moment import Moment
from published.rituals.agenda import agenda_of
from published.rituals.agenda_text import agenda_markdown
from published.rituals.message_text import message_text
from published.rituals.messages import messages_of
from published.snapshot import Snapshots
from published.table_query.answer import facets
from published.table_query.question import UnaskableError, question
from tests.support.page.page_of import browser, site
from tests.support.page.published_file import AT, DAY, publish
from tests.support.paths import PAGES, ROOT

PERSONS = {c.name for table in TABLES for c in table.columns if c.person} - {"old", "new"}
_TEAMS = {"kpis.team"}  # told as who watches it
_ROOMS = ("connectors", "dashboard", "okr_model", "okr_sync", "pipelines", "published")
_WITHIN = {
    # Tells bulk edits from work, and how many people there were; who they are leaves it nowhere.
    "okr_model/activity/events_by_week.py",
}
_BY = {
    *("groupby", "group_by", "sort_values", "sort", "sort_by", "value_counts", "pivot"),
    *("pivot_table", "crosstab", "rank", "Counter", "nlargest", "nsmallest"),
}
_QUERY = re.compile(r"\b(?:GROUP|ORDER|PARTITION)\s+BY\b([^();`]*)", re.IGNORECASE)
_MENTION = re.compile(rf"(?<![\w'])(?:{'|'.join(sorted(PERSONS))})(?![\w'(])")


# The contract


def undeclared(tables: Sequence[Table]) -> list[str]:
    """Columns that name a person, by their name or meaning, without saying so."""
    named = re.compile(r"(^|_)(owner|author|lead|champion|sponsor|assignee|person|user)$|ed_by$")
    return [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.type in ("text", "text[]") and not column.person and not column.refers
        if column.meaning.startswith("Who ") or named.search(column.name)
        if f"{table.name}.{column.name}" not in _TEAMS | {"key_results_restated.restated_by"}
    ]


def keyed(tables: Sequence[Table]) -> list[str]:
    """Tables of which a person identifies a row."""
    return [t.name for t in tables if {c.name for c in t.columns if c.person} & set(t.key)]


def test_the_contract_declares_persons_and_no_table_has_one_as_its_key() -> None:
    assert undeclared(TABLES) == []
    assert keyed(TABLES) == []
    planted = Table("calls", "person", ("author",), (Column("author", "text", "Who wrote it"),))
    assert undeclared([planted]) == ["calls.author"]
    honest = replace(planted, columns=(replace(planted.columns[0], person=True),))
    assert (undeclared([honest]), keyed([honest])) == ([], ["calls"])


def test_no_published_view_reads_who_it_was() -> None:
    persons = {(t.name, c.name) for t in TABLES for c in t.columns if c.person}
    read = {
        (table, name) for view in VIEWS for table, names in view.reads.items() for name in names
    }
    assert len(read) > 30
    assert not read & persons


# What is written: code and manual


def ranking(tree: ast.AST) -> Iterator[str]:
    """Calls and queries that group, count or order by a column that names persons."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [*node.args, *(word.value for word in node.keywords if word.arg != "key")]
            names = {
                part.value
                for one in given
                for part in ast.walk(one)
                if isinstance(part, ast.Constant)
            }
            if called in _BY and names & PERSONS:
                yield f"{node.lineno}: {called} by {', '.join(sorted(names & PERSONS))}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (f"{node.lineno}: {one}" for one in ranking_queries(node.value))


def ranking_queries(text: str) -> Iterator[str]:
    for found in _QUERY.finditer(text):
        if _MENTION.search(found[1]):
            yield found[0]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("rows.groupby('owner').size()", True),
        ("rows.sort_values(['team', 'author'])", True),
        ("rows.sort_values(by=['team', 'author'])", True),
        ("Counter(row['decided_by'] for row in rows)", True),
        ("'SELECT team FROM t ORDER BY team, owner DESC'", True),
        ("'SELECT count(*) FROM t GROUP BY acknowledged_by'", True),
        ("rows['owner'].groupby(runs).ffill()", False),
        ("'SELECT owner FROM t ORDER BY team'", False),
        ("sorted(rows, key=lambda row: row['team'])", False),
    ],
)
def test_a_planted_ranking_is_found(code: str, found: bool) -> None:
    assert bool(list(ranking(ast.parse(code)))) is found


def test_no_code_and_no_query_of_the_manual_ranks_persons() -> None:
    files = [path for room in _ROOMS for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 400
    told = {
        f"{path.relative_to(ROOT)}:{one}"
        for path in files
        if str(path.relative_to(ROOT)) not in _WITHIN
        for one in ranking(ast.parse(path.read_text("utf-8")))
    }
    told |= {f"{page.name}: {one}" for page in PAGES for one in ranking_queries(page.read_text())}
    assert told == set()


# What is served

_SLOTS = (3, 0, 5, 1, 4, 2)  # neither the order of the rows nor its reverse
_WAYS = {
    "each otherwise": lambda slot: f"Zoe{slot:02}",
    "two alike": lambda slot: f"Zoe{99 - slot // 2:02}",
}
_ID = {"key_result_id": "KR-{}", "initiative_id": "jira:{}", "objective_id": "O-{}"}


def rows_of(table: Table, name: Any) -> list[dict[str, Any]]:
    """Six rows that differ in their ids and persons alone."""
    return [row_of(table, number, name(slot)) for number, slot in enumerate(_SLOTS, 1)]


def row_of(table: Table, number: int, person: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.person:
            found[column.name] = person
        elif column.name in table.key and column.type == "text" and column.name != "cycle_id":
            found[column.name] = _ID.get(column.name, f"{column.name}-{{}}").format(number)
        elif column.name in table.key and column.type == "integer":
            found[column.name] = number
        elif column.one_of and column.required:
            found[column.name] = column.one_of[0]
    given = {
        "cycle_id": "2026-Q4", "cycle_start": dt_day(10, 1), "cycle_end": dt_day(12, 31),
        "due_on": dt_day(12, 31), "team": "Sales", "teams": ["Sales"], "decided_at": AT,
        "initiative": "SUP", "date": DAY, "changed_on": DAY, "rule": str(Rule.PACE_GAP),
        "subject_type": "key result", "sentence": "It is late.", "impediment": "Too few people",
        "impediment_kind": "resource", "next_action": "Hire", "action_due": DAY,
        "acknowledgement": "acknowledged", "acknowledgement_id": "D-1",
        "statement": "Sell more", "url": "https://x.example/1", "state": "active",
        "progress": 0.5, "progress_raw": 0.5, "pace": "on", "expected_progress": 0.5,
        "current_value": 5.0, "target": 10.0, "baseline": 0.0, "kind": "increase",
        "field": "owner" if table.name == "changes" else "x", "title": "Work",
        "computed_confidence": "low", "stated_confidence": "low", "level": "team",
    }  # fmt: skip
    own = {"state": "open"} if table.name == "teams" else {}
    names = set(table.column_names) - set(found)
    key = {"subject_id": f"KR-{number}"} if table.name == "findings" else {}
    return found | {n: v for n, v in (given | own | key).items() if n in names}


def dt_day(month: int, day: int) -> Any:
    return DAY.replace(month=month, day=day)


def log_of(name: Any) -> pd.DataFrame:
    """Decisions that the tables do not contain: a question each, decided by somebody each."""
    rows = [
        {
            **dict.fromkeys(LOG_COLUMNS),
            **{"decision_id": f"D-{n}", "decided_at": AT, "action": "other", "why": "so"},
            **{"initiative_id": f"jira:{n}", "initiative": "SUP", "via": "page", "signed": "x"},
            "decided_by": name(slot),
        }
        for n, slot in enumerate(_SLOTS, 1)
    ]
    return pd.DataFrame(rows, columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)


def desk_of(name: Any) -> Desk:
    decided = Decided(log_of(name))
    return cast("Desk", SimpleNamespace(decided=lambda: decided, next_run=lambda: None))


def company(folder: Path, way: str) -> Site:
    name = _WAYS[way]
    tables = {t.name: rows_of(t, name) for t in TABLES if any(c.person for c in t.columns)}
    tables["teams"] = [row | {"team": f"Team {n}"} for n, row in enumerate(tables["teams"])]
    path = publish(folder / f"{way}.duckdb", tables)
    return replace(site(path), desk=desk_of(name))


def addresses() -> list[str]:
    """Every view and answer that the page has, of everything in the company."""
    given = {
        "team": ["Sales"],
        "key": ["KR-1"],
        "name": [table.name for table in TABLES if any(c.person for c in table.columns)],
        "": [""],
    }
    found = ["/lead?queue=acknowledged", "/lead?queue=idle", "/find?q=Sell"]
    for view in _VIEWS:
        for route in view.router.routes:
            path = re.sub(r":path", "", route.path)
            if "GET" not in (route.methods or ()) or path.startswith("/sign-in"):
                continue
            [*names] = re.findall(r"\{(\w+)\}", path) or [""]
            assert len(names) == 1, path
            found += [path.replace(f"{{{names[0]}}}", one) for one in given[names[0]]]
    needed = {"/lead/all": "?queue=idle", "/api/changes": "?since=2026-11-28", "/find": "?q=KR"}
    return [address + needed.get(address, "") for address in found]


_NAMES = re.compile(r"Zoe\d\d")
_MADE_ONCE = re.compile(r"[0-9a-f]{24,}")


def without_names(text: str) -> str:
    return _MADE_ONCE.sub("once", _NAMES.sub("Zoe", text))


def served(of: Site) -> dict[str, str]:
    page = browser(of)
    answers = {address: page.get(address) for address in addresses()}
    found = {address: without_names(one.text) for address, one in answers.items()}
    tables, words = of.tables.current(), of.organization
    agenda, _ = agenda_of(tables, words, Moment(), "2026-Q4", "Sales")
    found["agenda"] = without_names(agenda_markdown(agenda, words))
    for message in messages_of(tables, words, Moment(), "Sales"):
        found[f"message {message.kind}"] = without_names(
            message_text(message, words.confidence, None)
        )
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    folder = tmp_path_factory.mktemp("people")
    return {way: served(company(folder, way)) for way in _WAYS}


def test_persons_are_told_so_that_an_order_by_them_would_show(
    told: dict[str, dict[str, str]],
) -> None:
    naming = {address for address, text in told["each otherwise"].items() if "Zoe" in text}
    assert {"agenda", "/key-results/KR-1", "/lead?queue=acknowledged", "/lead"} <= naming
    assert {f"/tables/{t.name}.csv" for t in TABLES if any(c.person for c in t.columns)} <= naming


def test_no_view_or_message_orders_groups_or_counts_by_person(
    told: dict[str, dict[str, str]],
) -> None:
    one, other = told.values()
    assert [name for name, text in one.items() if text != other[name]] == []


def test_no_table_can_be_asked_for_in_the_order_of_persons() -> None:
    asked = [(t, c.name) for t in TABLES for c in t.columns if c.person]
    assert len(asked) > 15
    for table, name in asked:
        with pytest.raises(UnaskableError, match="not ordered by person"):
            question(table, [("sort", f"-{name}")])


def test_no_facet_counts_persons(tmp_path: Path) -> None:
    [table] = [one for one in TABLES if one.name == "findings"]
    rows = [row_of(table, number, f"Zoe{number % 2:02}") for number in range(1, 9)]
    for number, row in enumerate(rows):
        row["severity"] = ("info", "warning")[number % 2]
    tables = Snapshots(publish(tmp_path / "some.duckdb", {"findings": rows})).current()
    counted = {one.column.name for one in facets(tables, question(table, []))}
    assert "severity" in counted
    assert not counted & PERSONS
