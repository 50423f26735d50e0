"""Several measures of one Key Result: which goes first, and when they disagree."""

from datetime import date

import pandas as pd
import pytest

from okr_model.progress.disagreements import disagreement_findings, disagreements, other_values
from okr_model.progress.value_series import all_measurements, cycle_series

KEY_RESULTS = pd.DataFrame(
    {
        "key_result_id": ["KR-1"],
        "cycle_id": ["Q"],
        "cycle_start": pd.to_datetime(["2026-10-01"]).astype("datetime64[us]"),
        "cycle_end": pd.to_datetime(["2026-12-31"]).astype("datetime64[us]"),
        "unit": ["hours"],
        "tolerance": [float("nan")],
    }
)
DAY = date(2026, 11, 20)


def reading(measure, value, day="2026-11-20", precedence=None, source="jira"):
    return {
        "key_result_id": "KR-1",
        "date": pd.Timestamp(day),
        "measure": measure,
        "value": value,
        "source": source,
        "record_id": measure,
        "url": None,
        "precedence": precedence,
    }


def measured(*rows):
    none = pd.DataFrame(columns=["key_result_id", "date", "value", "value_text", "problem"])
    return all_measurements(KEY_RESULTS, pd.DataFrame(rows), none)


BOTH = (reading("sheets", 31, source="sheets"), reading("jira median", 29.25, precedence=0))


def test_declared_measures_take_precedence_in_order_and_over_rows():
    third = reading("cohorts mean", 30, precedence=1)
    for rows in ([*BOTH, third], [third, *reversed(BOTH)]):
        series = cycle_series(KEY_RESULTS, measured(*rows), DAY)
        assert series["measure"].tolist() == ["jira median"]


def test_measures_further_apart_than_the_tolerance_disagree_by_how_much():
    found = disagreements(KEY_RESULTS, measured(*BOTH), DAY)
    (row,) = found.to_dict("records")
    assert (row["value"], row["other_value"]) == (29.25, 31)
    assert row["apart"] == pytest.approx(1.75 / 31)
    (sentence,) = disagreement_findings(found)["sentence"]
    assert sentence == (
        "KR-1 on 2026-11-20 is 29.25 hours by jira median, but 31 hours by sheets: 5.6 % apart."
        " jira median, declared measure 1, takes precedence over sheets, a source row. Correct one"
        " of them."
    )


def test_the_row_shows_the_latest_of_them_that_lies_furthest_apart():
    third = reading("cohorts mean", 40, precedence=1)
    earlier = (
        reading("jira median", 10, "2026-11-13", precedence=0),
        reading("sheets", 90, "2026-11-13", source="sheets"),
    )
    found = disagreements(KEY_RESULTS, measured(*BOTH, third, *earlier), DAY)
    (row,) = other_values(found).to_dict("records")
    assert (row["other_value"], row["other_value_source"]) == (40, "cohorts mean")
    assert (row["other_value_at"], row["other_value_difference"]) == (pd.Timestamp(DAY), 10.75)
    assert row["other_value_apart"] == pytest.approx(10.75 / 40)
    assert row["precedence"] == (
        "jira median, declared measure 1, takes precedence over cohorts mean, declared measure 2"
    )
    assert other_values(found.iloc[:0]).empty


@pytest.mark.parametrize(("tolerance", "count"), [(0.05, 1), (0.06, 0)])
def test_the_tolerance_is_a_setting_and_a_key_result_may_have_its_own(tolerance, count):
    assert len(disagreements(KEY_RESULTS, measured(*BOTH), DAY, tolerance)) == count
    own = KEY_RESULTS.assign(tolerance=tolerance)
    assert len(disagreements(own, measured(*BOTH), DAY, 0.5)) == count


def test_only_days_that_both_speak_of_are_compared():
    late = reading("jira median", 10, "2026-11-27", precedence=0)
    assert disagreements(KEY_RESULTS, measured(BOTH[0], late), date(2026, 11, 28)).empty
    found = disagreements(KEY_RESULTS, measured(*BOTH, late), date(2026, 11, 28))
    assert found["date"].tolist() == [pd.Timestamp("2026-11-20")]
