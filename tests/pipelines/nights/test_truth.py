"""What a night publishes against the company's definition, which knows nothing of the pipeline."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from okr_model.finding_rules import Rule
from okr_model.tables import BY_NAME
from sandbox.company.truth import Definition, load
from tests.support.company import Company

# The first night has nothing to compare with.
_MAY_BE_EMPTY = {"calibration", "changes", "decisions", "key_results_restated"}


@pytest.fixture(scope="module")
def truth() -> Definition:
    return load()


def test_every_value_is_the_true_one(published: Company, truth: Definition) -> None:
    rows = published.table("key_results").set_index("key_result_id")
    assert set(rows.index) == set(truth.key_results)
    for key_result_id in truth.key_results:
        true, row = truth.value(key_result_id, truth.as_of), rows.loc[key_result_id]
        assert true is not None
        assert row["current_value"] == pytest.approx(true.value, rel=1e-9), key_result_id
        assert row["unit"] == true.unit
        assert row["value_state"] == "measured"


def test_every_definition_is_the_true_one(published: Company, truth: Definition) -> None:
    rows = published.table("key_results").set_index("key_result_id")
    for key_result_id, true in truth.key_results.items():
        row = rows.loc[key_result_id]
        assert row["cycle_id"] == true.cycle
        assert row["objective_id"] == true.objective
        assert row["objective"] == truth.objectives[true.objective].title
        assert (None if pd.isna(row["team"]) else row["team"]) == truth.team_of(key_result_id)
        assert (None if pd.isna(row["owner"]) else row["owner"]) == (
            truth.people[true.owner].name if true.owner else None
        )
        assert row["kind"] == true.kind
        assert row["target"] == pytest.approx(true.target)
        assert row["ambition"] == true.ambition
        if true.baseline is None:
            assert row["baseline_source"] == "first measurement of the cycle"
        else:
            assert row["baseline"] == pytest.approx(true.baseline)


def test_every_progress_can_be_worked_out_by_hand(published: Company, truth: Definition) -> None:
    for row in published.table("key_results").to_dict("records"):
        whole = row["target"] - row["baseline"]
        assert row["progress_raw"] == pytest.approx(
            (row["current_value"] - row["baseline"]) / whole
        )
        assert row["progress"] == pytest.approx(min(1.0, max(0.0, row["progress_raw"])))


def test_every_link_is_the_true_one(published: Company, truth: Definition) -> None:
    links = published.table("links")
    found = {
        (row["initiative"], row["key_result_id"]): (
            row["rule"],
            row["state"],
            tuple(row["also_by"] if row["also_by"] is not None else ()),
        )
        for row in links.to_dict("records")
    }
    expected = {
        (link.initiative, link.key_result): (link.rule, link.state, link.also_by)
        for link in truth.links()
    }
    assert found == expected
    weights = links[links["state"] == "active"].groupby("initiative_id")["weight"].sum()
    assert weights.to_numpy() == pytest.approx(1.0)
    assert links["evidence"].notna().all()
    assert links["url"].str.startswith("http").all()


def test_orphans_both_ways_are_the_true_ones(published: Company, truth: Definition) -> None:
    orphans = truth.orphans()
    initiatives = published.table("initiatives")
    unlinked = initiatives.loc[initiatives["active_links"] == 0, "initiative"]
    assert sorted(unlinked) == sorted(orphans.initiatives)
    rows = published.table("key_results")
    assert set(orphans.key_results) <= set(rows.loc[rows["initiatives"] == 0, "key_result_id"])
    assert len(initiatives) == len(truth.initiatives)


def test_conflicts_and_broken_links_are_exactly_those_of_the_definition(
    published: Company, truth: Definition
) -> None:
    findings = published.table("findings")
    names = published.table("initiatives").set_index("initiative_id")["initiative"]
    for state, rule in (("overruled", "conflicting links"), ("broken", "broken link")):
        subjects = findings.loc[findings["rule"] == rule, "subject_id"]
        true = sorted(link.initiative for link in truth.links() if link.state == state)
        assert sorted(names[subjects]) == true, rule
    assert "decision contradicted" not in set(findings["rule"])


def test_every_finding_is_of_a_known_rule(published: Company) -> None:
    rules = set(published.table("findings")["rule"])
    assert len(rules) > 5
    assert rules <= set(Rule)


def test_suggestions_are_for_orphans_alone_and_count_nowhere(
    published: Company, truth: Definition
) -> None:
    rows, orphans = published.table("suggestions"), truth.orphans()
    asked = rows[rows["asked_for"] == "initiative"]
    assert set(asked["initiative"]) <= set(orphans.initiatives)
    bare = rows[rows["asked_for"] == "key result"]
    assert set(bare["key_result_id"]) <= set(orphans.key_results)
    assert (rows["reason"].str.len() > 0).all()
    links = published.table("links")
    active = {
        (row["initiative_id"], row["key_result_id"])
        for row in links.to_dict("records")
        if row["state"] == "active"
    }
    suggested = set(zip(rows["initiative_id"], rows["key_result_id"], strict=True))
    assert not suggested & active
    assert len(active) == sum(link.state == "active" for link in truth.links())


def test_every_check_in_is_read(published: Company, truth: Definition) -> None:
    words = dict(zip(truth.confidence, ("high", "medium", "low"), strict=True))
    found = sorted(
        (row["key_result_id"], row["date"], row["confidence"])
        for row in published.table("check_ins").to_dict("records")
    )
    expected = sorted((c.key_result, c.day, words[c.confidence]) for c in truth.check_ins)
    assert found == expected


def test_planted_faults_are_findings_that_name_the_cell(published: Company) -> None:
    findings = published.table("findings")
    unreadable = findings[findings["rule"] == "unreadable value"].set_index("subject_id")
    assert set(unreadable.index) == {"KR-22", "KR-28"}
    assert "#REF!" in unreadable.loc["KR-22", "sentence"]
    assert unreadable["url"].str.contains("range=").all()
    broken = findings[findings["rule"] == "broken link"]["sentence"].str.cat()
    assert "KR-99" in broken
    assert "KR-160" in broken


@pytest.mark.parametrize("name", list(BY_NAME))
def test_every_published_table_is_as_declared(published: Company, name: str) -> None:
    table, rows = BY_NAME[name], published.table(name)
    assert list(rows.columns) == table.column_names
    assert not rows.duplicated(list(table.key)).any()
    assert len(rows) > 0 or name in _MAY_BE_EMPTY


def test_a_story_reads_as_it_was_told(published: Company) -> None:
    watermelon = published.key_result("KR-20")
    assert (watermelon["stated_confidence"], watermelon["computed_confidence"]) == ("high", "low")
    assert watermelon["pace"] == "behind"
    treadmill = published.key_result("KR-22")
    assert treadmill["activity_28d"] > 100
    assert treadmill["progress"] < 0.1


def test_explain_prints_the_chain_down_to_each_issue(published: Company, truth: Definition) -> None:
    said = json.loads(published.okr_here("explain", "kr-17", "--json").stdout)[0]
    hours = sorted(issue["hours"] for issue in said["issues"])
    true = truth.value("KR-17", truth.as_of)
    assert true is not None
    middle = len(hours) // 2
    median = hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2
    assert median == pytest.approx(true.value)
    text = published.okr_here("explain", "KR-25").stdout
    assert "Weekly!C" in text
    assert "range=" in text
    assert "(2.65 − 2) / (3 − 2)" in text
