"""Key Results on one metric: counted twice, or pulling it apart."""

import pandas as pd
import pytest

from okr_model.measures.shared_metrics import shared_metrics

METRIC = "median of resolution time from jira where project = SUP"
SAME = METRIC.upper().replace(" ", "  ")


def key_results(kinds, starts=("2026-10-01", "2026-10-01")):
    return pd.DataFrame(
        {
            "key_result_id": ["KR-1", "KR-2"],
            "kind": kinds,
            "cycle_start": pd.to_datetime([*starts]),
            "cycle_end": pd.to_datetime([*starts]) + pd.Timedelta(days=91),
            "url": None,
        }
    )


def declared(first=METRIC, second=SAME):
    return pd.DataFrame({"key_result_id": ["KR-1", "KR-2"], "text": [first, second]})


@pytest.mark.parametrize(
    ("kinds", "rule"),
    [
        (("increase", "increase"), "duplicate key result"),
        (("increase", "at least"), "duplicate key result"),
        (("increase", "decrease"), "competing key results"),
        (("at most", "at least"), "competing key results"),
        (("band", "increase"), "duplicate key result"),
        ((None, "decrease"), "duplicate key result"),
    ],
)
def test_one_metric_twice_is_one_finding(kinds, rule):
    (found,) = shared_metrics(declared(), key_results(list(kinds))).to_dict("records")
    assert (found["rule"], found["subject_id"]) == (rule, "KR-2")
    assert "KR-1" in found["sentence"]


def test_other_metrics_and_other_cycles_are_no_finding():
    both = key_results(["increase", "increase"])
    assert shared_metrics(declared(second=METRIC + " over 7 days"), both).empty
    for own in ("check-ins", 'property "Current value"', "PROPERTY  Current", "field To"):
        assert shared_metrics(declared(own, own), both).empty
    apart = key_results(["increase", "increase"], ("2026-07-01", "2026-10-01"))
    assert shared_metrics(declared(), apart).empty
