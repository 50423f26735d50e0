"""What people say of findings: to which it is bound, and how long it holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from okr_model.links.decisions import LOG_COLUMNS, decisions_in_force, empty_log
from okr_model.review.finding_verdicts import COLUMNS, saying, with_acknowledgements
from okr_model.tables import FINDINGS
from okr_model.tables.contract import conform, violations

DAY = dt.date(2026, 11, 28)
GAP = "KR-1: On {} progress was {} %, 8 % of the way behind its path; it fell behind on {}. Ask."


def said(number: int, action: str, sentence: str = "", **more: Any) -> dict[str, Any]:
    return dict.fromkeys(LOG_COLUMNS) | {
        "decision_id": f"D-{number}",
        "decided_at": pd.Timestamp("2026-11-28T09:00Z") + pd.Timedelta(minutes=number),
        "action": action,
        "finding_rule": "pace gap",
        "finding_subject_type": "key result",
        "finding_subject": "KR-1",
        "finding_said": sentence,
        "decided_by": "Ada",
        "why": "known",
        **more,
    }


def log_of(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).astype(LOG_COLUMNS)


def verdict(
    sentence: str, log: pd.DataFrame, day: dt.date = DAY, **more: Any
) -> dict[str, Any] | None:
    """The columns that tell of a decision about one finding; None if it is open."""
    one = {"rule": "pace gap", "subject_type": "key result", "subject_id": "KR-1", **more}
    [row] = with_acknowledgements(pd.DataFrame([{**one, "sentence": sentence}]), log, day).to_dict(
        "records"
    )
    if pd.isna(row["acknowledgement"]):
        assert all(pd.isna(row[name]) for name in COLUMNS)
        return None
    return {name: row[name] for name in COLUMNS}


def test_figures_of_the_day_may_move_and_the_beginning_may_not() -> None:
    log = log_of(said(1, "acknowledge", GAP.format("2026-11-27", 12, "2026-11-02")))
    told = verdict(GAP.format("2026-12-04", 1.5, "2026-11-02"), log)
    assert told is not None
    assert (told["acknowledgement"], told["acknowledged_by"]) == ("acknowledged", "Ada")
    assert verdict(GAP.format("2026-11-27", 12, "2026-11-20"), log) is None
    assert verdict(GAP.format("2026-11-27", 12, "2026-11-02") + " Now.", log) is None


@pytest.mark.parametrize(
    "other", [{"rule": "stale value"}, {"subject_id": "KR-2"}, {"subject_type": "team"}]
)
def test_another_rule_or_subject_stays_open(other: dict[str, str]) -> None:
    sentence = GAP.format("2026-11-27", 12, "2026-11-02")
    assert verdict(sentence, log_of(said(1, "dismiss", sentence)), **other) is None


def test_figures_are_the_matter_where_they_do_not_move_by_themselves() -> None:
    asked = "“1200” on 2026-11-03 is 100 times the value before."
    assert saying("implausible value", asked) == asked
    log = log_of(said(1, "dismiss", asked, finding_rule="implausible value"))
    assert verdict(asked, log, rule="implausible value") is not None
    assert verdict(asked.replace("1200", "1300"), log, rule="implausible value") is None


def test_one_and_several_say_the_same_and_ids_keep_their_figures() -> None:
    one = "KR-9: 1 check-in in a row was missed: the last was on 2026-11-02."
    two = "KR-9: 2 check-ins in a row were missed: the last was on 2026-11-02."
    assert saying("missed check-ins", one) == saying("missed check-ins", two)
    assert saying("treadmill", "SUP-3 and Q4") == "SUP-3 and Q4"
    apart = "KR-2 on {} is {} EUR by files, but 1400 EUR by jira: 6.7 % apart."
    told = {
        saying("sources disagree", apart.format(*one))
        for one in (("2026-11-05", 1500), ("2026-11-12", 1512.5))
    }
    assert len(told) == 1
    figures = ("1 234.5", "−3.2", "2,000", "+7", "0.5")
    assert {saying("treadmill", f"moved by {one} %.") for one in figures} == {"moved by # %."}


def test_it_holds_up_to_its_last_day() -> None:
    log = log_of(said(1, "acknowledge", "late", until="2026-11-30"))
    told = verdict("late", log, dt.date(2026, 11, 30))
    assert told is not None
    assert told["acknowledged_until"] == dt.date(2026, 11, 30)
    assert verdict("late", log, dt.date(2026, 12, 1)) is None


def test_the_latest_counts_and_undo_brings_the_one_before_back() -> None:
    first, second = said(1, "acknowledge", "late"), said(2, "dismiss", "late")
    undo = said(3, "undo", undoes="D-2")
    again = said(4, "undo", undoes="D-3")
    for rows, counts in (
        ((first,), "D-1"),
        ((second, first), "D-2"),
        ((first, second, undo), "D-1"),
        ((first, second, undo, again), "D-2"),
    ):
        told = verdict("late", log_of(*rows))
        assert told is not None
        assert told["acknowledgement_id"] == counts


@pytest.mark.parametrize(
    "log", [empty_log(), log_of(said(1, "dismiss", "late", until="2027-01-01"))]
)
def test_what_is_told_fits_the_published_table(log: pd.DataFrame) -> None:
    one = {
        "finding_id": "f",
        "rule": "pace gap",
        "severity": "warning",
        "subject_type": "key result",
        "subject_id": "KR-1",
        "sentence": "late",
        "evidence": None,
        "url": None,
        "as_of": DAY,
        "run_id": "r",
    }
    rows = pd.DataFrame([one, {**one, "finding_id": "g", "sentence": "other"}])
    told = conform(with_acknowledgements(rows, log, DAY), FINDINGS)
    assert violations(told, FINDINGS) == []
    assert len(with_acknowledgements(rows.iloc[:0], log, DAY)) == 0


def test_decisions_about_links_are_untouched() -> None:
    assert decisions_in_force(log_of(said(1, "acknowledge", "late"))).empty
