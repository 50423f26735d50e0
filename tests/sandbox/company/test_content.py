"""What the generators make of the definition: the truth, the same every time, at any size."""

from __future__ import annotations

import re
import stat
import tracemalloc
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from sandbox.company import ids
from sandbox.company.generate import Company, build, build_jira
from sandbox.server.google.service_account import ServiceAccount
from sandbox.server.google.sheets.store import Cell, Spreadsheet
from sandbox.server.jira.jql import matching, parse
from sandbox.server.jira.records import KEY_RESULT_FIELD, STATUSES, Issue
from sandbox.server.jira.shapes import Shapes
from sandbox.server.jira.store import JiraSite

SETTINGS = Path(ids.__file__).with_name("okr.yaml")


@pytest.fixture(scope="module")
def company() -> Company:
    return build(900, 7)


@pytest.fixture(scope="module")
def issues(company: Company) -> list[dict[str, Any]]:
    shapes = Shapes(company.jira, "http://jira")
    wanted = ["issuetype", "project", "priority", "created", "resolutiondate"]
    return [
        shapes.issue(company.jira.issue(index), wanted)["fields"]
        for index in range(len(company.jira.columns.created))
    ]


@pytest.mark.parametrize("back", [0, 1, 9, 25, 40, 57])
@pytest.mark.parametrize(
    ("key_result", "project", "issue_type", "priority"),
    [("KR-17", "SUP", "Support ticket", None), ("KR-23", "WEB", "Bug", "Highest")],
)
def test_medians_of_served_issues_are_the_true_values(
    key_result: str,
    project: str,
    issue_type: str,
    priority: str | None,
    back: int,
    company: Company,
    issues: list[dict[str, Any]],
) -> None:
    day = company.truth.as_of - timedelta(days=back)
    hours = []
    for fields in issues:
        if fields["resolutiondate"] is None or fields["project"]["key"] != project:
            continue
        if fields["issuetype"]["name"] != issue_type:
            continue
        if priority and fields["priority"]["name"] != priority:
            continue
        resolved = datetime.fromisoformat(fields["resolutiondate"])
        local = resolved.astimezone(company.truth.zone).date()
        if day - timedelta(days=27) <= local <= day:
            created = datetime.fromisoformat(fields["created"])
            hours.append((resolved - created).total_seconds() / 3600)

    true = company.truth.value(key_result, day)
    assert true is not None
    assert (true.value, true.true_for) == (pytest.approx(median(hours)), day)


def test_everyday_work_is_never_of_a_measured_type(company: Company) -> None:
    planted = sum(len(metric.tickets) for metric in company.truth.metrics.values())
    specials = [each.type for each in company.truth.special_issues]
    expected = planted + specials.count("Support ticket") + specials.count("Bug")

    assert len(matching(parse("type in (Bug, 'Support ticket')"), company.jira)) == expected


def test_epics_carry_exactly_what_they_claim(company: Company) -> None:
    for initiative in company.truth.initiatives:
        if initiative.key is None:
            continue
        epic = _found(company.jira, initiative.key)
        assert epic.custom.get(KEY_RESULT_FIELD) == initiative.claims.get("field")
        assert list(epic.labels) == initiative.claims.get("labels", [])
        for link in initiative.links:
            words = {
                "field": str(epic.custom.get(KEY_RESULT_FIELD)),
                "label": " ".join(epic.labels),
                "mention": str(epic.description),
                "relation": " ".join(link.url for link in epic.remote_links),
            }
            # A Key Result is named by its id, or by the address of its own page.
            named = re.compile(
                rf"\b{link.key_result}\b|{ids.page_url('key_results', link.key_result)}"
            )
            for rule in (link.rule, *link.also_by):
                assert named.search(words[rule]), (initiative.key, rule)


def test_everyday_work_names_no_key_result(company: Company) -> None:
    planted = {each.key for each in (*company.truth.initiatives, *company.truth.special_issues)}
    for index in range(len(company.jira.columns.created)):
        issue = company.jira.issue(index)
        if issue.key not in planted:
            words = f"{issue.summary} {issue.description} {issue.labels} {issue.custom}"
            assert not re.search(r"KR-\d", words + str(company.jira.comments(index)))


def test_the_treadmill_epic_gets_most_of_its_projects_work(company: Company) -> None:
    parents = [company.jira.issue(index).parent for index in range(900)]
    counts = {
        key: parents.count(_found(company.jira, key).index)
        for key in ("WEB-1", "WEB-2", "WEB-3", "WEB-4", "WEB-6")
    }
    assert counts["WEB-1"] > sum(counts.values()) / 2


def test_searches_see_what_issues_say(company: Company) -> None:
    site, columns = company.jira, company.jira.columns
    for index in range(len(columns.created)):
        issue = site.issue(index)
        assert (issue.created, issue.updated) == (columns.created[index], columns.updated[index])
        assert issue.project == site.projects[columns.project[index]]
        assert issue.status == STATUSES[columns.status[index]]
        assert issue.labels == columns.label_sets[columns.labels[index]]
        assert _found(site, issue.key).index == index
        assert (issue.resolved is None) == (issue.status.category != "done")
        assert issue.created <= issue.updated < company.clock.now_ms


def test_change_logs_lead_to_where_issues_stand(company: Company) -> None:
    for index in range(900):
        issue, histories = company.jira.issue(index), company.jira.histories(index)
        moves = [each for entry in histories for each in entry.changes if each.field == "status"]
        assert [entry.at for entry in histories] == sorted(entry.at for entry in histories)
        assert (moves[-1].to_text if moves else "To Do") == issue.status.name, issue.key
        if histories:
            assert histories[-1].at == issue.updated
        for before, after in pairwise(moves):
            assert before.to_text == after.from_text


def test_the_same_seed_makes_the_same_and_another_makes_another() -> None:
    first, second, other = (_everyday(build_jira(600, seed)) for seed in (7, 7, 8))

    assert first == second
    assert first != other


def test_more_issues_leave_the_planted_ones_as_they_are() -> None:
    small, large = build_jira(400, 7), build_jira(2000, 7)

    assert small.issue(200) == large.issue(200)
    assert small.histories(200) == large.histories(200)


def test_a_census_of_many_issues_takes_little_memory() -> None:
    tracemalloc.start()
    try:
        site = build_jira(200_000, 7)
        found = matching(parse("project in (SUP, WEB, SAL)"), site)
        recent = matching(parse("updated >= -1d ORDER BY updated"), site)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(found) == 200_000 - 1
    assert 0 < len(recent) < 0.05 * len(found)
    assert peak < 60_000_000
    assert _found(site, site.issue(199_999).key).index == 199_999


def test_cohorts_have_the_customers_that_make_their_percentage(company: Company) -> None:
    notion, cohorts = company.notion, company.truth.metrics["onboarding"].cohorts
    assert any(started > 25 for _, started in cohorts.values())
    source = notion.data_sources[ids.data_source_id("cohorts")]
    customers = notion.data_sources[ids.data_source_id("customers")]
    for friday, (completed, started) in cohorts.items():
        page = notion.pages[ids.page_id("cohorts", str(friday))]
        related = page.values[source.property_id("Customers")]
        ticked = customers.property_id("Onboarded")
        assert len(related) == started
        assert sum(notion.pages[each].values[ticked] for each in related) == completed


def test_the_weekly_rows_are_the_series_with_the_planted_faults(company: Company) -> None:
    rows = _rows(company.sheets.files[ids.spreadsheet_id("metrics")], "Weekly")

    assert rows[0][0].value == "Weekly numbers"
    assert [cell.value for cell in rows[2]] == ["KR", "Week", "Value"]
    by_key = {(row[0].value, row[1].value): row[2] for row in rows[3:]}
    assert by_key["KR-22", date(2026, 11, 13)].error == "#REF!"
    assert by_key["KR-28", date(2026, 11, 20)].value == "n/a yet"
    assert ("KR-24", date(2026, 10, 23)) not in by_key
    assert by_key["KR-26", date(2026, 10, 30)].value == "17.8%"
    assert by_key["KR-26", date(2026, 11, 27)] == Cell(0.164, "0.0%")
    assert by_key["KR-27", "2026-11-06"].value == 49
    assert by_key["KR-25\u00a0", date(2026, 10, 9)].value == 2.17
    assert by_key["KR-10", date(2026, 9, 25)] == Cell(2.0, '0.0"x"')


def test_the_german_rows_are_german(company: Company) -> None:
    file = company.sheets.files[ids.spreadsheet_id("german")]
    rows = _rows(file, "Wochenwerte")

    assert file.locale == "de_DE"
    by_key = {(row[0].value, row[1].value): row[2] for row in rows[3:]}
    assert by_key["KR-19", date(2026, 10, 30)].value == "10.185"
    assert by_key["KR-20", "13.11.2026"].value == 50
    assert by_key["KR-21", date(2026, 11, 27)] == Cell(timedelta(minutes=3.6), "[m]:ss")


def test_one_weekly_row_is_hidden(company: Company) -> None:
    sheet = company.sheets.files[ids.spreadsheet_id("metrics")].sheet("Weekly")

    (row,) = sheet.hidden_rows
    assert sheet.cells[row, 0].value == "KR-18"


def test_every_key_result_and_check_in_is_kept_in_exactly_one_place(company: Company) -> None:
    notion, truth = company.notion, company.truth
    okrs = _rows(company.sheets.files[ids.spreadsheet_id("go_to_market")], "OKRs")
    in_sheet = [row[0].value for row in okrs[4:] if row and row[0].value]
    source = notion.data_sources[ids.data_source_id("key_results")]
    in_notion = [
        notion.pages[page].values[source.property_id("Key")] for page in notion.rows[source.id]
    ]
    assert sorted([*in_sheet, *in_notion]) == sorted(truth.key_results)

    said = _rows(company.sheets.files[ids.spreadsheet_id("check_ins")], "Check-ins")
    pages = notion.rows[ids.data_source_id("check_ins")]
    assert len(said) - 1 + len(pages) == len(truth.check_ins)


def test_the_sample_settings_name_places_that_exist(company: Company) -> None:
    settings = yaml.safe_load(SETTINGS.read_text("utf-8"))
    for dataset in settings["datasets"]:
        place = dataset.get("place")
        mapped = dataset.get("fields", {}).values()
        fields = [name for each in mapped for name in ([each] if isinstance(each, str) else each)]
        if isinstance(place, str):
            (source_id,) = company.notion.databases[place].data_source_ids
            known = set(company.notion.data_sources[source_id].names.values())
            assert set(fields) <= known, place
        elif place:
            rows = _rows(company.sheets.files[place["spreadsheet"]], place["tab"])
            assert any({cell.value for cell in row} >= set(fields) for row in rows), place


def test_the_sample_settings_agree_with_the_definition(company: Company) -> None:
    settings, truth = yaml.safe_load(SETTINGS.read_text("utf-8")), company.truth

    assert settings["as_of"] == truth.as_of
    assert settings["organization"]["timezone"] == truth.timezone
    assert tuple(settings["organization"]["confidence"]) == truth.confidence
    assert [(each["id"], each["start"], each["end"]) for each in settings["cycles"]] == [
        (cycle.id, cycle.start, cycle.end) for cycle in truth.cycles
    ]
    measured = {tuple(each["key_result"]): each["measure"] for each in settings["measures"]}
    for metric in truth.metrics.values():
        if metric.place == "tickets":
            names = tuple(
                each.id for each in truth.key_results.values() if each.metric == metric.name
            )
            said = measured[names].replace('"', "")
            assert said.startswith("median of resolution time from jira where ")
            assert all(f"{field} = {value}" in said for field, value in metric.where.items())
            assert said.endswith(f" over {metric.window_days} days")


def test_the_account_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "service-account.json"
    path.write_text("old")
    path.chmod(0o644)
    ServiceAccount().write(path, "http://127.0.0.1/token")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "BEGIN PRIVATE KEY" in path.read_text()


def _found(site: JiraSite, key: str) -> Issue:
    issue = site.find(key)
    assert issue is not None, key
    return issue


def _everyday(site: JiraSite) -> list[Any]:
    return [(site.issue(index), site.histories(index)) for index in range(300, 600)]


def _rows(file: Spreadsheet, tab: str) -> list[list[Cell]]:
    sheet = file.sheet(tab)
    height = 1 + max(row for row, _ in sheet.cells)
    width = 1 + max(column for _, column in sheet.cells)
    return [[sheet.cells.get((row, c), Cell()) for c in range(width)] for row in range(height)]
