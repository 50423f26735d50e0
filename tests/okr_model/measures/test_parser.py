"""The language of measures: what each text means, and what its errors say."""

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


@given(st.text(max_size=60))
def test_any_text_is_a_measure_or_a_measure_error(text):
    try:
        kind = parse_measure(text).kind
    except MeasureError as error:
        kind = error.position
    assert kind in ("sql", "check-ins") or 1 <= kind <= len(" ".join(text.split())) + 1
