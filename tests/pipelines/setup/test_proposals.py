"""Which table holds what, by the names and types of its columns."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

from connectors.cells import Cell
from connectors.survey import Column, Table
from okr_model.quantities.cycles import Cycle
from pipelines.setup.answers import default_answers, given_answers, why_wrong
from pipelines.setup.okr_yaml import jql_of, settings_text
from pipelines.setup.preview import preview
from pipelines.setup.proposals import Proposal, key_pattern, propose
from published.errors import UserError


def tab(title: str, *columns: str, within: str = "File") -> Table:
    return Table("1AbC", title, tuple(Column(one, one) for one in columns), within, title)


def source(title: str, **columns: str) -> Table:
    found = tuple(Column(f"id-{n}", name, kind) for n, (name, kind) in enumerate(columns.items()))
    return Table("ds", title, found)


@pytest.mark.parametrize(
    ("table", "holds", "fields"),
    [
        (tab("Q1", "KR", "From", "To"), "key_results", {"baseline": "From", "target": "To"}),
        (tab("Ziele", "Nr.", "Ergebnis", "Zielwert"), "key_results", {"statement": "Ergebnis"}),
        (tab("Suivi", "Clé", "Cible", "Départ"), "key_results", {"target": "Cible"}),
        (tab("Metas", "Código", "Valor objetivo"), "key_results", {"target": "Valor objetivo"}),
        (tab("X", "KR", "Datum", "Zuversicht"), "check_ins", {"confidence": "Zuversicht"}),
        (tab("KPIs", "Id", "Date", "Value"), "kpis", {"id": "Id"}),
        (tab("X", "Id", "Date", "Value", "Low", "High"), "kpis", {"low": "Low"}),
        (tab("Ziele", "Nr", "Ziel", "Team"), "objectives", {"title": "Ziel"}),
        (tab("Projekte", "ID", "Projekt", "KR"), "initiatives", {"key_result": "KR"}),
    ],
)
def test_tabs_in_several_languages(table: Table, holds: str, fields: dict[str, str]) -> None:
    found = propose("sheets", table)
    assert found is not None
    assert found.holds == holds
    assert fields.items() <= found.fields.items()


@pytest.mark.parametrize(
    "table",
    [
        tab("Customers", "Name", "Signed up"),
        tab("People", "Id", "Name", "Team"),  # an Objective only by its title
        tab("Budget", "Id", "Date", "Value"),  # a KPI only by its title or edges
        tab("Empty"),
    ],
)
def test_what_fits_nothing_is_not_proposed(table: Table) -> None:
    assert propose("sheets", table) is None


def test_ids_without_a_name_for_whose_are_of_key_results_if_they_look_like_it() -> None:
    table = tab("Wochen", "Nr.", "Woche", "Wert")
    found = propose("sheets", table, [{"Nr.": Cell("text", "VT-1")}])
    assert found is not None
    assert (found.holds, found.fields["key_result"]) == ("measurements", "Nr.")
    assert propose("sheets", table, [{"Nr.": Cell("text", "10042")}]) is None


def test_a_value_is_told_by_its_type_if_only_one_column_can_be_it() -> None:
    one = source("Cohorts", **{"Key Result": "relation", "Week": "date", "Completed": "rollup"})
    found = propose("notion", one)
    assert found is not None
    assert (found.holds, found.fields["value"]) == ("measurements", "Completed")
    columns = {"Key Result": "relation", "Week": "date", "In": "number", "Out": "number"}
    assert propose("notion", source("Cohorts", **columns)) is None


def test_of_two_fields_of_one_name_that_counts_which_is_filled_by_its_id() -> None:
    names = [("customfield_1", "Unit"), ("customfield_2", "Unit"), ("customfield_3", "Target")]
    table = Table("Key Result", "Key Result", tuple(Column(a, b, "string") for a, b in names))
    sample = [{"customfield_2": Cell("text", "%"), "labels": Cell("text", "q4, team-growth")}]
    found = propose("jira", table, sample)
    assert found is not None
    assert found.fields["unit"] == "customfield_2"
    assert found.fields["target"] == "Target"
    assert found.where == {"issue_type": "Key Result"}
    assert found.teams == {"team-*": "*"}


def test_key_results_in_jira_without_a_target_are_not_proposed() -> None:
    assert (
        propose("jira", Table("Key Result", "Key Result", (Column("summary", "Summary"),))) is None
    )


def test_ids_make_a_pattern() -> None:
    assert key_pattern(["KR-1", "KR-22", ""]) == r"KR-\d+"
    assert key_pattern(["VT-1", "OKR-2", "no id"]) == r"(OKR|VT)-\d+"
    assert key_pattern(["first", "second"]) is None


def test_the_preview_says_what_a_key_result_would_be() -> None:
    table = tab("Ziele", "Nr.", "Ergebnis", "Ausgangswert", "Zielwert")
    texts = ("VT-1", "Schneller\nwerden", "3 Tage", "4 Stunden")
    names = [column.name for column in table.columns]
    cells = [Cell("text", text, locale="de_DE") for text in texts]
    sample = [dict(zip(names, cells, strict=True))]
    dataset = propose("sheets", table)
    assert dataset is not None
    cycle = Cycle("2026-Q4", dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    (line,) = preview(Proposal(table, dataset, sample), [cycle], "Europe/Berlin")
    assert line.startswith("id: VT-1; statement: Schneller werden; ")
    assert line.endswith("→  decrease, baseline 72 hours, target 4 hours")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("organization.timezone", "Berlin"),
        ("organization.confidence", "High, Low,"),
        ("cycle.start", "1.10.2026"),
        ("cycle.end", "2026-10-01"),
        ("jira.projects", " "),
    ],
)
def test_an_answer_that_cannot_be_used_is_told(name: str, answer: str) -> None:
    assert why_wrong(name, answer, {"cycle.start": "2026-10-01"})
    assert why_wrong("cycle.end", "2026-10-02", {"cycle.start": "2026-10-01"}) is None


def test_keys_of_projects_are_quoted_where_jql_needs_it() -> None:
    assert jql_of({"jira.projects": "SUP, OR,Web product,"}) == (
        'project in (SUP, "OR", "Web product")'
    )


def test_answers_begin_with_the_running_quarter_and_refuse_names_there_are_not() -> None:
    found = default_answers(dt.date(2024, 2, 29))
    assert (found["cycle.id"], found["cycle.end"]) == ("2024-Q1", "2024-03-31")
    assert given_answers(["jira.url=https://a.example/?b=c"]) == {
        "jira.url": "https://a.example/?b=c"
    }
    with pytest.raises(UserError, match=r"nothing of that name is asked\. There are: .*jira\.url"):
        given_answers(["jira.token=secret"])
    with pytest.raises(UserError, match="write NAME=VALUE"):
        given_answers(["jira.url"])


@pytest.mark.parametrize(
    "title",
    [
        "KRs\nsources: {}",
        "KRs\x07\x1b[31m",
        "KRs\u2028x: 1",
        "# &a *b !!python",
        "\ufeff\x85y: 2",
        ": - {",
    ],
)
def test_no_title_changes_the_settings_that_are_written(title: str) -> None:
    table = tab(title, "KR", "From", "To", within=title)
    dataset = propose("sheets", table)
    assert dataset is not None
    answers = default_answers(dt.date(2026, 11, 28)) | {
        "organization.name": title, "sheets.use": "yes"
    }  # fmt: skip
    running = Cycle("2026-Q4", dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    text = settings_text(answers, [Proposal(table, dataset)], [running], None)
    held = yaml.safe_load(text)
    assert set(held) == {"organization", "cycles", "sources", "datasets", "links"}
    assert held["organization"]["name"] == title
    assert held["datasets"][0]["place"]["tab"] == title


@pytest.mark.parametrize("key", ['A" or 1=1', "A\\", 'A\\" OR x', "order", "Ä1"])
def test_a_project_stays_one_word_of_the_query(key: str) -> None:
    query = jql_of({"jira.projects": key})
    inner = query.removeprefix('project in ("').removesuffix('")')
    assert query == f'project in ("{inner}")'
    assert not set('"\\') & set(inner)
