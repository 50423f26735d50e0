"""Restricted Key Results: nothing that is left tells of them, and the rest is as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from okr_model.assemble import build_objectives, build_rollups
from okr_model.tables import BY_NAME, TABLES, Table
from published.restricted import NOTHING, Hidden, Restriction, hidden_from
from published.snapshot import Snapshot, Snapshots
from tests.support.company import Company
from tests.support.published_file import RUN, publish

STATEMENT = "Close the Leeds office without a strike"
RECORD = "rec-secret-9"
URL = "https://notion.example/p/KR-9-Close-the-Leeds-office"
READING = "cell-77:9"
OBJECTIVE = "Leave the north of England"
ID = re.compile(r"kr[\s._–-]*0*9(?!\d)", re.IGNORECASE)
SAID = f"Depends on KR-9, kr_9_old, (KR–009) and kr 9; see {URL}, {RECORD}. {STATEMENT.upper()}!"
LEFT = "KR-90 and XKR-91 stay."
GONE = {"key_result_id": "KR-9", "cycle_id": "2026-Q4"}


def key_result(key: str, team: str, objective: str, **more: Any) -> dict[str, Any]:
    texts = {c.name: f"{SAID} {LEFT}" for c in BY_NAME["key_results"].columns if is_prose(c)}
    return {
        **texts,
        "key_result_id": key,
        "cycle_id": "2026-Q4",
        "statement": f"Statement of {key}",
        "objective_id": objective,
        "objective": f"Title of {objective}",
        "team": team,
        "teams": [team],
        "record_id": f"rec-{key}",
        "source": "files",
        "url": f"https://x.example/{key}",
        "like_examples": ["KR-9 2026-Q3", "KR-90 2026-Q3"],
        "progress": 0.5,
        "expected_progress": 0.4,
        "pace": "on",
        **more,
    }


def is_prose(column: Any) -> bool:
    fixed = ("run_id", "source", "cycle_id", "objective_id", "parent_id", "restated_by", "inputs")
    return column.type == "text" and not column.one_of and column.name not in fixed


def row(table: str, **given: Any) -> dict[str, Any]:
    """A row whose every prose speaks of the hidden Key Result, unless it is given."""
    prose = {c.name: f"{SAID} {LEFT}" for c in BY_NAME[table].columns if is_prose(c)}
    keys = {c.name: f"{c.name}-1" for c in BY_NAME[table].columns if c.name in BY_NAME[table].key}
    return {**prose, **{k: v for k, v in keys.items() if k in prose}, **given}


def company() -> dict[str, list[dict[str, Any]]]:
    secret = {"statement": STATEMENT, "record_id": RECORD, "url": URL, "progress": 0.1}
    rows = [
        key_result("KR-9", "Sales", "O-1", **secret, findings=2),
        key_result("KR-1", "Sales", "O-1", findings=2),
        key_result("KR-90", "Product", "O-2", teams=["Product", "Sales"]),
        key_result("KR-5", "People", "O-3", statement="Pay review for all bands"),
        key_result("KR-6", "People ops", "O-2"),
    ]
    objective = {"source": "files", "key_results": 1, "cycle_id": "2026-Q4", "without_progress": 0}
    links = [
        ("jira:1", "KR-1", 0.5),
        ("jira:1", "KR-9", 0.5),
        ("jira:2", "KR-9", 1.0),
        ("jira:3", "kr-9", 1.0),
        ("jira:4", "KR-90", 1.0),
    ]
    link = {"state": "active", "rule": "field", "confidence": "high", "source": "jira"}
    linked = [
        row("links", initiative_id=i, key_result_id=k, weight=w, cycle_id="2026-Q4", **link)
        for i, k, w in links
    ]
    spans = [
        row("link_history", initiative_id=i, key_result_id=k, weight=w, **link) for i, k, w in links
    ]
    finding = {"severity": "warning", "rule": "pace gap", "evidence": None, "url": None}
    about = [
        ("f1", "key result", "KR-9", "x"),
        ("f2", "initiative", "jira:2", "x"),
        ("f3", "key result", "KR-1", f"{SAID}"),
        ("f4", "key result", "KR-1", "KR-1 is late; KR-90 is not."),
        ("f5", "record", READING, "x"),
        ("f6", "objective", "O-3", "x"),
        ("f7", "team", "People", "x"),
    ]
    found = [
        row("findings", finding_id=i, subject_type=t, subject_id=s, sentence=w, **finding)
        for i, t, s, w in about
    ]
    asked = {"asked_for": "initiative", "initiative": "INI", "score": 1.0, "source": "jira"}
    suggested = [
        row("suggestions", initiative_id="jira:4", key_result_id=k, rank=n, **asked)
        for n, k in enumerate(("KR-9", "KR-1", "KR-5"), 1)
    ]
    tried = [
        row("suggestion_trials", initiative_id=i, key_result_id=k, rank=1, initiative="INI")
        for i, k in (("jira:1", "KR-9"), ("jira:1", "KR-1"), ("jira:4", "KR-90"))
    ]
    each = ("KR-9", "KR-1", "KR-90")
    return {
        "key_results": rows,
        "key_results_daily": [dict(one) for one in rows],
        "key_results_restated": [{**one, "restated_by": RUN} for one in rows],
        "objectives": [
            row("objectives", objective_id="O-1", title="Sell", team="Sales", **objective),
            row("objectives", objective_id="O-2", title="Build", parent_id="O-3", **objective),
            row("objectives", objective_id="O-3", title=OBJECTIVE, team="People", **objective),
        ],
        "rollups": [
            {"level": "company", "subject": "Acme", "cycle_id": "2026-Q4", "method": "mean"}
        ],
        "initiatives": [
            row("initiatives", initiative_id=f"jira:{n}", active_links=2, source="jira")
            for n in range(1, 5)
        ],
        "links": linked,
        "link_history": spans,
        "suggestions": suggested,
        "suggestion_trials": tried,
        "check_ins": [row("check_ins", key_result_id=k, record_id=f"c-{k}") for k in each],
        "measurements": [
            row("measurements", key_result_id=k, record_id=READING if k == "KR-9" else f"m-{k}")
            for k in each
        ],
        "kpis": [
            row("kpis", kpi_id="K-1", team="People", source="files"),
            row("kpis", kpi_id="K-2", team="Sales", source="files"),
        ],
        "findings": found,
        "changes": [row("changes", key_result_id=k, number=1, cycle_id="2026-Q4") for k in each],
        "calibration": [
            row("calibration", cycle_id=c, method="computed", part="team", value=t, state="enough")
            for c in ("2026-Q3", "2026-Q4")
            for t in ("Sales", "People")
        ],
        "sources": [row("sources", source="files", state="complete")],
    }


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    path = publish(tmp_path_factory.mktemp("restricted") / "published.duckdb", company())
    return Snapshots(path).current()


@pytest.fixture(scope="module")
def seen(tables: Snapshot) -> Snapshot:
    return tables.seen_by(hidden_from(["sales"], [Restriction(("works",), (), ("kr–9",))]))


def cells(rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for name in rows:
        for value in rows[name]:
            for text in [value] if isinstance(value, str) else value if is_list(value) else []:
                yield name, str(text)


def is_list(value: object) -> bool:
    return pd.api.types.is_list_like(value)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_cell_of_any_table_tells_of_it(tables: Snapshot, seen: Snapshot, table: Table) -> None:
    told = [text for _, text in cells(tables.table(table.name)) if ID.search(text)]
    assert told or table.name in ("rollups", "runs", "calibration")
    for name, text in cells(seen.table(table.name)):
        assert not ID.search(text), (name, text)
        for secret in (STATEMENT, RECORD, URL, READING):
            assert secret.casefold() not in text.casefold(), (name, text)


@pytest.mark.parametrize(
    ("table", "left"),
    [
        ("key_results", {"KR-1", "KR-90", "KR-5", "KR-6"}),
        ("key_results_daily", {"KR-1", "KR-90", "KR-5", "KR-6"}),
        ("key_results_restated", {"KR-1", "KR-90", "KR-5", "KR-6"}),
        ("links", {"KR-1", "KR-90"}),
        ("link_history", {"KR-1", "KR-90"}),
        ("check_ins", {"KR-1", "KR-90"}),
        ("measurements", {"KR-1", "KR-90"}),
        ("changes", {"KR-1", "KR-90"}),
        ("suggestions", {"KR-1", "KR-5"}),
    ],
)
def test_other_key_results_keep_their_rows_and_their_words(
    seen: Snapshot, table: str, left: set[str]
) -> None:
    rows = seen.table(table)
    assert set(rows["key_result_id"]) == left
    texts = [text for _, text in cells(rows)]
    assert any(LEFT in text for text in texts)
    assert any("Depends on [restricted], [restricted]" in text for text in texts)


def test_work_that_serves_nothing_else_is_gone_and_shared_work_tells_no_share(
    seen: Snapshot,
) -> None:
    work = seen.table("initiatives").set_index("initiative_id")["active_links"]
    assert work.to_dict() == {"jira:1": 1, "jira:4": 1}
    links = seen.table("links").set_index("initiative_id")["weight"]
    assert pd.isna(links["jira:1"])
    assert links["jira:4"] == 1.0
    assert sorted(seen.table("suggestions")["rank"]) == [1, 2]
    assert set(seen.table("suggestion_trials")["initiative_id"]) == {"jira:4"}


def test_findings_about_it_or_that_name_it_are_gone_and_counts_follow(seen: Snapshot) -> None:
    assert set(seen.table("findings")["finding_id"]) == {"f4", "f6", "f7"}
    counts = seen.key_results.set_index("key_result_id")["findings"]
    assert counts["KR-1"] == 1  # of two, one named KR-9
    run = seen.last_run
    assert (run["key_results"], run["findings"]) == (4, 3)


def test_rollups_are_those_of_a_company_without_it(tables: Snapshot, seen: Snapshot) -> None:
    rows = tables.key_results[tables.key_results["key_result_id"] != "KR-9"]
    objectives = build_objectives(tables.table("objectives"), rows)
    expected = build_rollups(objectives, rows, "Acme")
    found = seen.table("rollups")[expected.columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert set(found[found["level"] == "company"]["key_results"]) == {4}


def test_a_team_takes_its_objective_kpis_and_calibration_along(tables: Snapshot) -> None:
    seen = tables.seen_by(hidden_from([], [Restriction((), (" people ",), ())]))
    assert set(seen.key_results["key_result_id"]) == {"KR-9", "KR-1", "KR-90", "KR-6"}
    assert set(seen.table("objectives")["objective_id"]) == {"O-1", "O-2"}
    assert seen.table("objectives")["parent_id"].isna().all()
    assert set(seen.table("kpis")["kpi_id"]) == {"K-2"}
    assert seen.table("calibration")[["cycle_id", "value"]].to_numpy().tolist() == [
        ["2026-Q3", "Sales"]
    ]
    assert "People" not in set(seen.table("rollups")["subject"])
    assert not [
        text for name in BY_NAME for _, text in cells(seen.table(name)) if OBJECTIVE in text
    ]


def test_a_key_result_of_several_teams_is_hidden_with_any_of_them(tables: Snapshot) -> None:
    seen = tables.seen_by(hidden_from([], [Restriction((), ("SALES",), ())]))
    assert set(seen.key_results["key_result_id"]) == {"KR-5", "KR-6"}


def test_all_hidden_leaves_empty_tables(tables: Snapshot) -> None:
    teams = ("Sales", "Product", "People", "People ops")
    seen = tables.seen_by(hidden_from([], [Restriction((), teams, ())]))
    for name in ("key_results", "rollups", "objectives", "links", "measurements"):
        assert seen.table(name).empty


def test_former_ids_are_hidden_with_the_present_one(tables: Snapshot) -> None:
    aliases = {"KR-8": "KR-88", "KR-88": "KR-9"}
    for named in ("KR-9", "KR-8"):
        seen = tables.seen_by(hidden_from([], [Restriction((), (), (named,))], aliases))
        assert not any(seen.sees(key) for key in ("KR-9", "kr-88", "KR-8"))
        assert seen.sees("KR-1")


def test_rights_are_those_of_every_restriction_that_names_it() -> None:
    rules = [Restriction(("a",), (), ("KR-1",)), Restriction(("b", "c"), ("T",), ("KR-1", "KR-2"))]
    assert hidden_from(["a", "c"], rules) == NOTHING
    assert hidden_from(["a"], rules).key_results == {"kr-1", "kr-2"}
    assert hidden_from(["b"], rules).key_results == {"kr-1"}
    assert hidden_from(["A", "B"], rules).teams == {"t"}
    assert not hidden_from([], [])


def test_nothing_hidden_is_the_snapshot_itself_and_rights_share_their_views(
    tables: Snapshot,
) -> None:
    assert tables.seen_by(NOTHING) is tables
    one, other = (tables.seen_by(Hidden(frozenset({name}))) for name in ("sales", "people"))
    assert one is tables.seen_by(Hidden(frozenset({"sales"})))
    assert set(one.key_results["key_result_id"]).isdisjoint({"KR-1", "KR-9"})
    assert "KR-1" in set(other.key_results["key_result_id"])
    with pytest.raises(NotImplementedError):
        one.seen_by(NOTHING)


def test_hiding_what_is_not_there_changes_no_row(tables: Snapshot) -> None:
    seen = tables.seen_by(hidden_from([], [Restriction((), ("Nobody",), ("KR-777",))]))
    for name in set(BY_NAME) - {"rollups", "objectives", "runs", "initiatives"}:
        one, other = (
            of.table(name).sort_values(list(BY_NAME[name].key), ignore_index=True)
            for of in (tables, seen)
        )
        pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_ids_and_statements_that_could_be_code_stay_text(tmp_path: Path) -> None:
    key, statement = "K'R\\E-1 (a|b)*", "It's 100 % \\Q .* ); DROP SCHEMA okr; --"
    rows = [
        key_result(key, "x", "O-1", statement=statement),
        key_result("KR-1", "y", "O-1", rationale=f"{statement} and {key}", measure="Plain"),
    ]
    path = publish(tmp_path / "published.duckdb", {"key_results": rows})
    seen = Snapshots(path).current().seen_by(hidden_from([], [Restriction((), (), (key,))]))
    assert seen.key_results["rationale"].tolist() == ["[restricted] and [restricted]"]
    assert seen.key_results["measure"].tolist() == ["Plain"]


def test_in_the_sample_company_nothing_tells_of_what_is_hidden(published: Company) -> None:
    tables = Snapshots(published.folder / "data" / "published.duckdb").current()
    rows = tables.key_results
    rule = Restriction((), ("People and operations",), ("KR-18",))
    seen = tables.seen_by(hidden_from([], [rule]))
    gone = rows[(rows["team"] == rule.teams[0]) | (rows["key_result_id"] == "KR-18")]
    secrets = [*gone["statement"], *gone["record_id"], *gone["url"].dropna()]
    ids = re.compile(rf"\b(?:{'|'.join(map(re.escape, gone['key_result_id']))})\b")
    for name in BY_NAME:
        for column, text in cells(seen.table(name)):
            assert not ids.search(text), (name, column, text)
            assert not any(re.search(rf"{re.escape(one)}\b", text) for one in secrets), text
    assert len(seen.key_results) == len(rows) - len(gone) == 23
