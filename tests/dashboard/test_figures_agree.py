"""Each figure of each Key Result is the published one, wherever somebody reads it."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from okr_model.links.decisions import empty_log
from okr_model.progress.kinds import is_held
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.questions import Published, questions
from pipelines.cli.assistant.server import library_of
from pipelines.cli.assistant.tools import key_results as asked_by_assistant
from pipelines.project import Project
from published.export import machine, records
from published.formatting import chance_of, level, share, target_of, value_of
from published.tables import PublishedTables
from tests.support.company import Company

CYCLE = "2026-Q4"
LEVELS = ("High", "Challenge", "Critical")
EXACT = (
    *("current_value", "target", "progress", "progress_raw", "expected_progress"),
    *("attainment_probability", "computed_confidence", "stated_confidence", "initiatives"),
    *("baseline", "value_age_days"),
    "findings",
)
Row = Mapping[str, Any]


def text_of(part: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def call_of(stated: Any) -> str:
    return "No call" if pd.isna(stated) else level(stated, LEVELS)


@pytest.fixture(scope="module")
def tables(published: Company) -> PublishedTables:
    return PublishedTables(published.folder / "data" / "published.duckdb")


@pytest.fixture(scope="module")
def rows(tables: PublishedTables) -> list[dict[str, Any]]:
    found = tables.frame("key_results", "cycle_id = ?", [CYCLE])
    assert len(found) > 10
    return found.to_dict("records")


@pytest.fixture(scope="module")
def alone(page: TestClient, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each Key Result as the API answers for it."""
    keys = [row["key_result_id"] for row in rows]
    return {key: page.get(f"/api/key-results/{key}").json() for key in keys}


def check_line(row: Row, told: str) -> None:
    """A line of a view: value, target, progress, path, chance, both calls."""
    assert value_of(row) in told
    assert f"→ {target_of(row)}" in told
    if not pd.isna(row["progress_raw"]):
        assert share(row["progress_raw"]) in told
        if not pd.isna(row["expected_progress"]) and not is_held(row):
            assert re.search(rf"path(?: is at)? {re.escape(share(row['expected_progress']))}", told)
    if not pd.isna(row["attainment_probability"]):
        assert chance_of(row) in told
    assert call_of(row["stated_confidence"]) in told
    assert call_of(row["computed_confidence"]) in told


def check_done(row: Row, told: str) -> None:
    """What is done is what a roll-up counts; a raw figure stands beside it where it differs."""
    if not pd.isna(row["progress"]):
        assert f"{share(row['progress'])} done" in told
        cut = row["progress_raw"] != row["progress"]
        assert (f"raw {share(row['progress_raw'])}" in told) == cut


def test_a_step_back_is_done_by_nothing(page: TestClient, rows: list[dict[str, Any]]) -> None:
    below = [row for row in rows if row["progress_raw"] < 0]
    assert below
    for row in below:
        told = text_of(page.get("/company").text).partition(f"{row['key_result_id']} ")[2]
        assert f"0 % done, raw {share(row['progress_raw'])}" in told


def test_every_view_tells_the_published_figures(
    page: TestClient, rows: list[dict[str, Any]]
) -> None:
    team, company = page.get("/team").text, page.get("/company").text
    meetings = {name: page.get(f"/meeting/{name}").text for name in {row["team"] for row in rows}}
    for row in rows:
        key = row["key_result_id"]
        begins = team.index(f'id="{key}"')
        check_line(row, text_of(team[begins : team.index("</li>", begins)]))
        check_done(row, text_of(team[begins : team.index("</li>", begins)]))
        begins = meetings[row["team"]].index(f'aria-label="{key}"')
        check_line(row, text_of(meetings[row["team"]][begins:].partition("</section>")[0]))
        begins = company.index(f"<b>{key}</b>")
        told = text_of(company[begins : company.index("</li>", begins)])
        assert value_of(row) in told
        assert target_of(row) in told
        assert call_of(row["computed_confidence"]) in told
        check_done(row, told)


def test_what_is_certain_once_a_cycle_has_ended_is_certain_everywhere(
    page: TestClient, published: Company, tables: PublishedTables
) -> None:
    ended = "2026-Q3"
    team = page.get(f"/team?cycle={ended}").text
    lines = published.okr_here("show", "--cycle", ended).stdout.splitlines()
    rows = tables.frame("key_results", "cycle_id = ?", [ended]).to_dict("records")
    known = [row for row in rows if not pd.isna(row["attainment_probability"])]
    assert known
    for row in known:
        key = row["key_result_id"]
        begins = team.index(f'id="{key}"')
        line = text_of(team[begins : team.index("</li>", begins)])
        assert f"{chance_of(row)} likely" in line
        assert any(one.startswith(key) and chance_of(row) in one for one in lines)
        assert chance_of(row) in text_of(page.get(f"/key-results/{key}?cycle={ended}").text)


def test_a_key_results_own_page_tells_them_with_its_counts(
    page: TestClient, rows: list[dict[str, Any]]
) -> None:
    for row in rows:
        shown = page.get(f"/key-results/{row['key_result_id']}").text
        # Its derivation repeats each figure, so what stands at the top is looked at alone.
        check_line(row, text_of(shown.partition('<dl class="facts">')[2].partition("</dl>")[0]))
        told = text_of(shown)
        one = row["initiatives"]
        assert f"Work that serves it {one} initiative{'' if one == 1 else 's'}," in told
        assert f"Findings {row['findings']} open" in told


def test_tables_and_programs_have_the_published_figures_unrounded(
    page: TestClient,
    published: Company,
    rows: list[dict[str, Any]],
    alone: dict[str, dict[str, Any]],
) -> None:
    exact = {row["key_result_id"]: {name: machine(row[name]) for name in EXACT} for row in rows}

    def figures(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {one["key_result_id"]: {name: one[name] for name in EXACT} for one in found}

    address = f"/tables/key_results.json?cycle_id={CYCLE}"
    assert figures(page.get(address).json()["rows"]) == exact
    assert figures(page.get("/api/key-results").json()["key_results"]) == exact
    assert figures(json.loads(published.okr_here("show", "--json").stdout)) == exact
    for form in (page.get(address.replace(".json", ".csv")).text, csv_of(published, "show")):
        for one in csv.DictReader(io.StringIO(form)):
            known = exact[one["key_result_id"]]
            assert {name: one[name] for name in EXACT} == {
                name: "" if value is None else str(value) for name, value in known.items()
            }
    for key, known in exact.items():
        answer = alone[key]
        assert figures([answer["key_result"]]) == {key: known}
        left = [one for one in answer["findings"] if not one["acknowledgement"]]
        assert len(left) == known["findings"]
        view = text_of(page.get(f"/tables/key_results?key_result_id={key}&cycle_id={CYCLE}").text)
        for name in EXACT:
            assert known[name] is None or str(known[name]) in view


def test_an_assistant_is_told_the_published_figures(
    published: Company, rows: list[dict[str, Any]]
) -> None:
    answer = asked_by_assistant(
        library_of(Project(published.settings, with_secrets=False), ()), CYCLE, None, None
    )
    told = {one["key_result_id"]: one for one in answer["rows"]}
    names = [name for name in EXACT if name in next(iter(told.values()))]
    assert len(names) >= 9
    assert {key: [one[name] for name in names] for key, one in told.items()} == {
        row["key_result_id"]: [machine(row[name]) for name in names] for row in rows
    }


def csv_of(published: Company, *words: str) -> str:
    return published.okr_here(*words, "--csv").stdout


def test_commands_print_them_by_the_one_rounding(
    published: Company, rows: list[dict[str, Any]]
) -> None:
    lines = published.okr_here("show").stdout.splitlines()
    by_key = {line.split()[0]: line for line in lines if line.startswith("KR-")}
    for row in rows:
        line = by_key[row["key_result_id"]]
        assert value_of(row) in line
        assert target_of(row) in line
        assert chance_of(row) in line
        if not pd.isna(row["progress"]):
            assert share(row["progress"]) in line
        calls = (level(row[name], LEVELS) for name in ("stated_confidence", "computed_confidence"))
        assert " → ".join(calls) in line
        assert line.split()[-1] == str(row["initiatives"])


def test_an_explanation_is_the_same_on_page_api_and_command(
    published: Company, rows: list[dict[str, Any]], alone: dict[str, dict[str, Any]]
) -> None:
    for row in rows:
        told = {one["title"]: one["lines"] for one in alone[row["key_result_id"]]["explanation"]}
        short = " ".join(told["In short"])
        if row["value_state"] == "measured":
            assert value_of(row) in short
        if not pd.isna(row["attainment_probability"]):
            assert chance_of(row) in short
        if not pd.isna(row["progress_raw"]):
            assert share(row["progress_raw"]) in short
    told = json.loads(published.okr_here("explain", "KR-17", "--json").stdout)
    [one] = [one for one in told if one["cycle_id"] == CYCLE]
    assert one["sections"] == alone["KR-17"]["explanation"]
    printed = " ".join(published.okr_here("explain", "KR-17").stdout.split())
    for section in one["sections"]:
        assert all(" ".join(line.split()) in printed for line in section["lines"])


def test_links_and_findings_are_counted_alike(
    page: TestClient, published: Company, rows: list[dict[str, Any]], tables: PublishedTables
) -> None:
    links = json.loads(published.okr_here("links", "--json").stdout)
    assert page.get("/api/links").json()["total"] == len(links)
    findings = json.loads(published.okr_here("findings", "--json").stdout)
    assert page.get("/api/findings").json()["total"] == len(findings)
    for row in rows:
        key = row["key_result_id"]
        mine = [one for one in links if one["key_result_id"] == key and one["state"] == "active"]
        assert len({one["initiative_id"] for one in mine}) == row["initiatives"]
        about = [
            one
            for one in findings
            if (one["subject_type"], one["subject_id"]) == ("key result", key)
        ]
        assert len([one for one in about if not one["acknowledgement"]]) == row["findings"]


def test_the_operators_view_counts_what_is_published(
    page: TestClient, tables: PublishedTables, rows: list[dict[str, Any]]
) -> None:
    told = text_of(page.get("/tonight").text)
    number = len(tables.frame("key_results"))
    findings, sources = tables.frame("findings"), tables.frame("sources")
    assert f"and {number} Key Results were published at" in told
    assert f"Key Results {number} {len(rows)} in {CYCLE}" in told
    assert f"Findings {len(findings)} " in told
    for severity, found in findings["severity"].value_counts().items():
        assert f"{found} {severity}" in told
    requests, retries = (str(sources[name].sum()) for name in ("requests", "retries"))
    assert f"Requests {requests} {retries} retried" in told
    for row in sources.to_dict("records"):
        names = ("requests", "retries", "rows", "changed", "deleted")
        assert " ".join(str(row[name]) for name in names) in told
    answer = page.get("/api/tonight").json()
    assert {row["source"]: row["requests"] for row in answer["sources"]} == dict(
        zip(sources["source"], sources["requests"], strict=True)
    )


def test_roll_ups_are_the_published_ones(
    page: TestClient, published: Company, tables: PublishedTables
) -> None:
    rolled = tables.frame("rollups", "cycle_id = ?", [CYCLE])
    told = json.loads(published.okr_here("rollup", "--level", "all", "--json").stdout)
    assert sorted(told, key=str) == sorted(records(rolled), key=str)
    printed = published.okr_here("rollup", "--level", "all").stdout
    company = text_of(page.get("/company").text)
    for row in rolled.to_dict("records"):
        if not pd.isna(row["progress"]):
            assert share(row["progress"]) in company
            begins = rf"{row['level']} +{re.escape(str(row['subject']))}\b"
            [line] = [line for line in printed.splitlines() if re.match(begins, line.strip())]
            assert share(row["progress"]) in line
            assert share(row["expected_progress"]) in line


def test_the_review_tab_states_the_published_scores_and_chances(tables: PublishedTables) -> None:
    names = ("links", "suggestions", "initiatives", "key_results")
    log = DecisionIndex(empty_log(), {})
    asked = list(questions(Published(*map(tables.frame, names)), log))
    suggested = tables.frame("suggestions").set_index(["initiative_id", "key_result_id"])
    scored = [one for one in asked if one.shown["score"] is not None]
    assert scored
    for one in scored:
        of_pair = suggested.loc[[(one.initiative_id, one.key_result_id)]]
        assert one.shown["score"] in set(of_pair["score"].round(2))
        reason = str(one.shown["reason"]).partition("; else ")[0]
        assert reason in set(of_pair["reason"])
