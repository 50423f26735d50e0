"""Every case that breaks naive connectors, and the test that holds it; none may be dropped.

Cases are worded as in the facts about the three services. Each names a test function, here or
elsewhere, that builds the case in a stand-in and reads it through the real connector.
"""

import ast
import re
from functools import cache

import pytest

from tests.support.paths import ROOT, shared

JIRA = {
    "moved key still named in text": "jira/test_cases::test_moved_key_still_named_in_text",
    "project renamed": "jira/test_cases::test_project_renamed",
    "archived": "jira/test_cases::test_archived",
    "null description or assignee": "jira/test_cases::test_null_description_or_assignee",
    "deactivated user without e-mail": "jira/test_cases::test_deactivated_user_without_e_mail",
    "`+0800` without colon": "jira/test_cases::test_offset_without_colon",
    "many updates within one minute": "jira/test_cases::test_many_updates_within_one_minute",
    "an older `updated` indexed late": (
        "jira/test_pull::test_an_edit_indexed_late_is_found_by_the_next_night"
    ),
    "over 40 histories": "jira/test_cases::test_over_40_histories",
    "several sprints on one issue, some without dates": (
        "jira/test_cases::test_several_sprints_on_one_issue_some_without_dates"
    ),
    "two custom fields of the same name": (
        "jira/test_sandbox::test_the_wanted_field_arrives_as_cells_and_the_namesake_is_refused"
    ),
    "sub-task of an epic's story": "jira/test_cases::test_sub_task_of_an_epics_story",
    "a page shorter than asked with a token": (
        "jira/test_pull::test_a_short_or_empty_page_with_a_token_is_not_the_last"
    ),
    "labels differing by case or accents": (
        "jira/test_cases::test_labels_differing_by_case_or_accents"
    ),
    "error text in another language": "jira/test_cases::test_error_text_in_another_language",
}
NOTION = {
    "rollup of relations": "notion/test_cases::test_rollup_of_relations",
    "unsupported or incomplete rollup": "notion/test_cases::test_unsupported_or_incomplete_rollup",
    "formula giving null, date or boolean": (
        "notion/test_cases::test_formula_giving_null_date_or_boolean"
    ),
    "title split over runs or empty": "notion/test_cases::test_title_split_over_runs_or_empty",
    "property renamed or deleted": "notion/test_cases::test_property_renamed_or_deleted",
    "select turned into status": "notion/test_cases::test_select_turned_into_status",
    "0.125 shown as percent": "notion/test_cases::test_fraction_shown_as_percent",
    "date ranges with and without zone": (
        "notion/test_cases::test_date_ranges_with_and_without_zone"
    ),
    "database with two data sources": (
        "notion/test_source::test_both_data_sources_of_a_database_are_read"
    ),
    "trashed then restored": "notion/test_cases::test_trashed_then_restored",
    "unique id with null prefix": "notion/test_cases::test_unique_id_with_null_prefix",
    "HTML 502": "notion/test_cases::test_html_502",
}
SHEETS = {
    "merged cells (value only top left)": "sheets/test_cases::test_merged_cells",
    "header renamed, moved, duplicated, blank": (
        "sheets/test_cases::test_header_renamed_moved_duplicated_blank"
    ),
    "`12,5%` as text beside 0.125": "sheets/test_cases::test_percent_as_text_beside_a_fraction",
    "German `1.234,56`": "sheets/test_cases::test_german_thousands_and_decimals",
    "date serial beside text date": "sheets/test_cases::test_date_serial_beside_text_date",
    "leading-zero ids": "sheets/test_cases::test_leading_zero_ids",
    "a KR id `5.10` that becomes 5.1": "sheets/test_cases::test_an_id_that_becomes_a_number",
    "the same KR id on two tabs": "sheets/test_cases::test_the_same_id_on_two_tabs",
    "notes above the header, subtotals below": (
        "sheets/test_cases::test_notes_above_the_header_subtotals_below"
    ),
    "hidden rows": "sheets/test_cases::test_hidden_rows",
    "non-breaking or zero-width characters, Cyrillic look-alikes": (
        "sheets/test_cases::test_invisible_characters_and_look_alikes"
    ),
    "tab renamed, or named like a cell": "sheets/test_cases::test_tab_renamed_or_named_like_a_cell",
    "emptied sheet": "sheets/test_stand_in::test_an_emptied_sheet_has_no_rows_left",
    "access revoked": "sheets/test_cases::test_access_revoked",
    "file trashed yet readable": "sheets/test_cases::test_file_trashed_yet_readable",
}
CASES = {"Jira": JIRA, "Notion": NOTION, "Sheets": SHEETS}
ALL = [(service, case) for service, cases in CASES.items() for case in cases]


@pytest.mark.parametrize(("service", "case"), ALL)
def test_a_test_holds_this_case(service: str, case: str) -> None:
    module, _, name = CASES[service][case].partition("::")
    assert name in functions_of(module), f"{case}: {module} has no test {name}"


BEYOND = {
    "sheets/test_cases::test_a_header_over_two_rows_and_a_team_merged_over_three",
    "sheets/test_cases::test_a_two_row_header_without_merged_names_above_its_columns",
}
"""Cases that people's own sheets brought, beside those of the facts."""


def test_every_test_of_a_case_is_in_the_list() -> None:
    listed = {where for cases in CASES.values() for where in cases.values()} | BEYOND
    for module in ("jira/test_cases", "notion/test_cases", "sheets/test_cases"):
        assert {f"{module}::{name}" for name in functions_of(module)} <= listed


@pytest.mark.parametrize("service", list(CASES))
def test_the_list_is_the_one_of_the_facts(service: str) -> None:
    facts = shared("SOURCES.md").read_text("utf-8")
    section = facts.split("## Cases that break naive connectors")[1]
    told = re.search(rf"^{service}: (.*?)\.$", section, re.MULTILINE)
    assert told is not None
    assert told[1].split(" · ") == list(CASES[service])


@cache
def functions_of(module: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / "connectors" / f"{module}.py").read_text("utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return frozenset(name for name in functions if name.startswith("test_"))
