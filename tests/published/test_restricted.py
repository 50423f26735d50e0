"""Restricted Key Results: nothing that is left tells of them, and the rest is as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from okr_model.assemble import build_objectives, build_rollups
from okr_model.tables import BY_NAME, TABLES, Table
from published.restricted import NOTHING, Hidden, Restriction, hidden_from
from published.restricted.mentions import Mentions
from published.restricted.subjects import Subjects
from published.snapshot import Snapshot, Snapshots
from tests.support.company import Company
from tests.support.page.published_file import publish
from tests.support.page.restricted_company import (
    ID,
    LEFT,
    OBJECTIVE,
    READING,
    RECORD,
    STATEMENT,
    URL,
    company,
    key_result,
)


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
    wordless = ("rollups", "runs", "calibration", "cycles", "adoption", "initiative_weeks")
    wordless += ("new_work",)
    assert told or table.name in wordless
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
        ("scores", {"KR-1", "KR-90"}),
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
    weeks = seen.table("initiative_weeks").set_index("initiative_id")
    assert set(weeks.index) == {"jira:1", "jira:4"}
    assert weeks.loc["jira:1", ["key_results", "linked"]].isna().all()
    assert weeks.loc["jira:4", ["key_results", "linked"]].tolist() == [4, True]
    assert seen.table("new_work")["initiative_id"].tolist() == ["jira:1", "jira:4"]
    assert sorted(seen.table("suggestions")["rank"]) == [1, 2]
    assert set(seen.table("suggestion_trials")["initiative_id"]) == {"jira:4"}


def test_findings_about_it_or_that_name_it_are_gone_and_counts_follow(seen: Snapshot) -> None:
    assert set(seen.table("findings")["finding_id"]) == {"f4", "f6", "f7", "f8", "f11"}
    counts = seen.key_results.set_index("key_result_id")["findings"]
    assert counts["KR-1"] == 1  # of two, one named KR-9
    run = seen.last_run
    assert (run["key_results"], run["findings"]) == (4, 5)


def test_decisions_about_it_are_gone_with_what_takes_them_back(seen: Snapshot) -> None:
    rows = seen.table("decisions").set_index("decision_id")
    assert set(rows.index) == {"D-1", "D-6", "D-9", "D-10", "D-13", "D-15"}
    assert rows["key_result_id"].dropna().to_dict() == {"D-1": "KR-1"}


def test_a_wave_that_counts_it_is_gone_and_other_waves_stay(
    tables: Snapshot, seen: Snapshot
) -> None:
    rollout = seen.table("rollout")
    assert rollout["wave"].tolist() == ["", "South"]
    assert rollout["sentence"][0].endswith(f"{LEFT} [restricted] from 2026-12-07 and South")
    why = seen.table("decisions").set_index("decision_id")["why"]
    findings = seen.table("findings").set_index("finding_id")["acknowledged_why"]
    assert findings["f11"] == "[restricted] waits; the Northern team does not."
    assert why["D-13"] == why["D-15"] == "[restricted] waits; the Northern team does not."
    without_people = tables.seen_by(hidden_from([], [Restriction((), ("PEOPLE",), ())]))
    assert without_people.table("rollout")["wave"].tolist() == ["", "North"]
    assert "f9" in set(without_people.table("findings")["finding_id"])


def test_rollups_are_those_of_a_company_without_it(tables: Snapshot, seen: Snapshot) -> None:
    rows = tables.key_results[tables.key_results["key_result_id"] != "KR-9"]
    objectives = build_objectives(tables.table("objectives"), rows)
    expected = build_rollups(objectives, rows, "Acme")
    found = seen.table("rollups")[expected.columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert set(found[found["level"] == "company"]["key_results"]) == {4}


def test_what_key_results_are_together_is_told_where_none_is_hidden(seen: Snapshot) -> None:
    told = seen.table("objectives").set_index("objective_id")["indicators"]
    assert told.dropna().to_dict() == {"O-2": "lagging", "O-3": "lagging"}


def test_a_team_takes_its_objective_kpis_and_calibration_along(tables: Snapshot) -> None:
    seen = tables.seen_by(hidden_from([], [Restriction((), (" people ",), ())]))
    assert set(seen.key_results["key_result_id"]) == {"KR-9", "KR-1", "KR-90", "KR-6"}
    assert set(seen.table("objectives")["objective_id"]) == {"O-1", "O-2"}
    assert seen.table("objectives")["parent_id"].isna().all()
    assert not {"f6", "f8"} & set(seen.table("findings")["finding_id"])  # of it, and with it
    assert not {"D-9", "D-10"} & set(seen.table("decisions")["decision_id"])
    assert not seen.sees_objective("o-3")
    assert set(seen.table("kpis")["kpi_id"]) == {"K-2"}
    assert seen.table("calibration")[["cycle_id", "value"]].to_numpy().tolist() == [
        ["2026-Q3", "Sales"]
    ]
    assert seen.table("adoption")[["cycle_id", "team"]].to_numpy().tolist() == [
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


@pytest.mark.thorough
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
    assert "jira:1" not in other.table("new_work")["initiative_id"].tolist()
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
    assert len(seen.key_results) == len(rows) - len(gone) == 27


def said_of(ids: list[str], texts: list[str]) -> list[bool]:
    """Which texts mention one of the ids."""
    told = Mentions(Subjects(*([] for _ in range(8)), ids, [], []))
    rows = duckdb.sql(
        f"SELECT {told.within(['one'])} AS found, {told.replaced('one')} AS said"  # noqa: S608 - the condition is what is tested
        " FROM (SELECT unnest(?) AS one)",
        params=[texts],
    ).fetchall()
    for text, (found, said) in zip(texts, rows, strict=True):
        assert found == (said != text), text
    return [found for found, _ in rows]


@pytest.mark.parametrize(
    ("ids", "mention", "other"),
    [
        (
            ["KR-9", "KR-12", "Q-007"],
            ["kr 9", "KR-1, KR_9_KR-2", "see KR–012.", "kr9", "KR-1/KR-9", "q7", "KR-3_KR-9"],
            ["KR-90", "KR-1", "OKR-9", "KR-9a", "KR - - 9", "12", "KR-112 KR-", "Q-0077"],
        ),
        # Numbers elsewhere than at the end, no number, a number that is 0, no letters of ours.
        (["2026-KR-9", "1-x-2"], ["x 2026 kr 09", "1-x-1-x-2"], ["2025-KR-9", "1-x-1-x-1"]),
        (["Revenue-up"], ["revenue up!"], ["revenues up", "Revenue"]),
        (["ÄÖ-5", "Ziel-٣"], ["äö 5", "ziel ٣"], ["ÄÖ-55", "Ziel-4"]),
    ],
)
def test_ids_are_found_however_they_are_written_and_no_others(
    ids: list[str], mention: list[str], other: list[str]
) -> None:
    assert said_of(ids, [*mention, *other]) == [True] * len(mention) + [False] * len(other)
