"""The language of measures: what each text means, and what its errors say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.measures.parser import MeasureError, parse_measure, split_measures


def test_a_measure_of_issues_says_what_when_and_which():
    what = parse_measure(
        'p90 of business time from "In Progress" to Done from jira'
        ' where project = SUP and issue_type in (Bug, "Support ticket") over 14 days'
    )
    assert (what.kind, what.aggregate, what.business) == ("issues", "p90", True)
    assert what.states == ("In Progress", "Done")
    assert what.where == {"project": ("SUP",), "issue_type": ("Bug", "Support ticket")}
    assert what.window_days == 14


def test_a_measure_of_rows_names_its_columns():
    what = parse_measure(
        'mean of Completed from cohorts where "Key Result" = KR-16 by Week over 28 days'
    )
    assert (what.kind, what.source, what.of, what.by) == ("rows", "cohorts", "Completed", "Week")
    assert (what.where, what.window_days) == ({"Key Result": ("KR-16",)}, 28)
    assert parse_measure("last of Value from weekly by Week").window_days is None


def test_cells_queries_and_check_ins():
    assert parse_measure("cell c14 from metrics").cell == "C14"
    one = parse_measure('named range "Q4 leads" from metrics')
    assert (one.kind, one.named, one.aggregate, one.source) == (
        *("range", "Q4 leads", "only", "metrics"),
    )
    assert parse_measure("p90 of named range Leads from metrics").aggregate == "p90"
    assert parse_measure('sum of "named range" from weekly by Week').of == "named range"
    assert parse_measure("sql SELECT 1 AS value").sql == "SELECT 1 AS value"
    assert parse_measure("Check-ins").kind == "check-ins"


def test_a_share_has_a_part_and_a_ratio_two():
    share = parse_measure(
        "share of (status_category = done) of issues from jira where parent = SUP-1"
    )
    assert (share.part, share.where) == ({"status_category": ("done",)}, {"parent": ("SUP-1",)})
    ratio = parse_measure(
        "ratio of (priority = High) to (priority = Low) of created issues from jira over 7 days"
    )
    assert (ratio.part, ratio.whole) == ({"priority": ("High",)}, {"priority": ("Low",)})


@pytest.mark.parametrize(
    ("text", "position", "expected", "found"),
    [
        ("median of resolution time form jira", 27, "from", "form"),
        ("medium of x from y by z", 1, "count, sum, mean, median", "medium"),
        ("count of resolution time from jira", 1, "sum, mean, median or a percentile", "count"),
        ("median of created issues from jira", 1, "count before issues", "median"),
        ('median of "x from y', 11, "a closing quotation mark", '"x from y'),
        ("count of issues from jira where a = b", 33, "a column of issues: project", "a"),
        ("last of v from w where a = b and", 33, "a column to select by", "its end"),
        ("last of v from w where a ~ b by c", 26, "= or in (…)", "~"),
        ("last of v from w where a in (b by c", 32, ", or )", "by"),
        ("last of v from w by d over a month", 28, "a number of days", "a"),
        ("last of v from w by d over 0 days", 28, "a number of days from 1", "0"),
        ("last of v from w by d over 7 months", 30, "days or weeks", "months"),
        ("cell C14 from metrics please", 23, "nothing more", "please"),
        ("named range Leads in metrics", 19, "from", "in"),
        ("named ranges Leads from metrics", 1, "count, sum", "named"),
        ("sum of named range Leads over 7 days", 26, "from", "over"),
        ("share of named range Leads from metrics", 10, "(", "named"),
        ("cell 14 from metrics", 6, "a cell such as C14", "14"),
        ("business median of x", 1, "count, sum", "business"),
        ("", 1, "count, sum", "its end"),
    ],
)
def test_an_error_has_its_position_and_what_was_expected(text, position, expected, found):
    with pytest.raises(MeasureError) as caught:
        parse_measure(text)
    assert caught.value.position == position
    assert caught.value.expected.startswith(expected)
    assert found in str(caught.value)


def test_measures_in_one_cell_are_divided_by_semicolons_outside_quotes():
    assert split_measures('check-ins; cell C1 from "a;b" ;') == ["check-ins", 'cell C1 from "a;b"']


@given(st.text(alphabet='a ;"', max_size=12))
def test_semicolons_divide_where_an_even_number_of_quotes_follows(text):
    parts = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', text)
    assert split_measures(text) == [part.strip() for part in parts if part.strip()]


def test_a_text_of_semicolons_is_divided_in_one_pass():
    assert split_measures("a;" * 1_000_000)[:2] == ["a", "a"]


@pytest.mark.parametrize(
    "text",
    [
        "count of " * 20_000,
        '"' * 50_000,
        "(" * 50_000,
        f"count of issues from jira over {'9' * 50_000} days",
        f"last of {'x' * 100_000}",
    ],
)
def test_the_error_of_a_long_text_shows_what_is_around_its_position(text):
    with pytest.raises(MeasureError) as caught:
        parse_measure(text)
    assert len(str(caught.value)) < 700
    assert f" at {caught.value.position}: expected " in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_measure_or_a_measure_error(text):
    try:
        kind = parse_measure(text).kind
    except MeasureError as error:
        kind = error.position
    assert kind in ("sql", "check-ins") or 1 <= kind <= len(" ".join(text.split())) + 1


def test_fields_of_issues_are_named_by_our_word_their_name_or_their_id():
    what = parse_measure(
        'sum of "Story points" of re-opened issues from jira where labels in (a, b)'
        ' and fix_version = 5.0 and "Customer tier" = Gold and customfield_10050 = x'
        " and project = SUP over 4 weeks"
    )
    assert (what.aggregate, what.number, what.of) == ("sum", "Story points", "re-opened issues")
    assert what.where["label"] == ("a", "b")
    assert what.fields == (
        *("Story points", "label", "fix_version", "Customer tier", "customfield_10050"),
    )
    assert what.window_days == 28
    weighed = parse_measure('share of (label = a) of "Story points" of issues from jira')
    assert (weighed.number, weighed.part) == ("Story points", {"label": ("a",)})
    for text in ('property "Current value"', 'field "Current value"'):
        assert parse_measure(text).fields == ("Current value",)


@pytest.mark.parametrize("window", ["since cycle start", "in the cycle", "since the cycle start"])
def test_the_window_may_be_the_cycle(window):
    issues = parse_measure(f"count of created issues from jira where project in (A, B) {window}")
    assert (issues.in_cycle, issues.window_days) == (True, None)
    rows = parse_measure(f'sum of Amount from deals where Stage in (A, B) by "Closed on" {window}')
    assert (rows.in_cycle, rows.window_days, rows.by) == (True, None, "Closed on")


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("count of issues from jira where statsu = Done", 33, "or the name of a field in quot"),
        ("count of issues from jira where label = a and labels = b", 47, "another column"),
        ("last of Points of issues from jira", 1, "p90 of a number field"),
        ("share of (label = a) of Points of things from jira", 25, "or a number field of them"),
        ("count of issues from jira since start", 33, "cycle start"),
        ("count of issues from jira in 5 days", 30, "the cycle"),
        ("count of issues from jira over 999 weeks", 32, "a number of weeks from 1 to 522"),
        ("sum of Amount from deals in the cycle", 26, "by and the column"),
    ],
)
def test_a_mistake_in_a_field_or_a_window_has_its_position(text, position, expected):
    with pytest.raises(MeasureError) as caught:
        parse_measure(text)
    assert (caught.value.position, expected in caught.value.expected) == (position, True)
