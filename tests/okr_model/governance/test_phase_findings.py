"""What is asked in each phase of a cycle, and what is not asked before and after."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from okr_model.finding_rules import Rule
from okr_model.governance.closings import closings
from okr_model.governance.phase_findings import (
    PhaseInputs,
    before_execution,
    late_moves,
    objectives_not_closed,
    phase_findings,
)
from okr_model.governance.phases import PhaseWeeks
from okr_model.links.decisions import empty_log
from tests.okr_model.governance.nights import NO_CHANGES, at, changes_over, rows_on
from tests.support.key_result_frames import definitions, measured
from tests.support.okr_cells import Q4

USUAL = {"owner": "Mei", "team": "Sales", "measure": "CRM"}
BASELINE, EXECUTION, REVIEW, FINAL = (
    date(2026, 10, 14), date(2026, 11, 11), date(2026, 12, 9), date(2026, 12, 31),
)  # fmt: skip
DAY = timedelta(days=1)


def found(
    day: date,
    rows: pd.DataFrame,
    defined: pd.DataFrame,
    changes: pd.DataFrame = NO_CHANGES,
    *,
    keeps_closings: bool = False,
) -> list[tuple[str, str, str, str]]:
    inputs = PhaseInputs(
        rows, changes, closings(defined, empty_log()), PhaseWeeks(), 0.3, keeps_closings
    )
    frame = phase_findings(inputs, day)
    names = ["rule", "severity", "subject_id", "sentence"]
    return list(frame[names].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("lacks", "words"),
    [
        ({"owner": None}, "owner"),
        ({"measure": None}, "data source"),
        ({"owner": " ", "measure": None}, "owner and no data source"),
    ],
)
def test_what_is_missing_is_named_and_weighs_more_after_the_phase(
    lacks: dict[str, str | None], words: str
) -> None:
    defined = definitions({**USUAL, **lacks})
    ((rule, severity, subject, sentence),) = found(BASELINE, rows_on(BASELINE, defined), defined)
    assert (rule, severity, subject) == (Rule.NOT_READY, "info", "KR-1")
    assert sentence == (
        f"KR-1 has no {words}. The baseline phase of 2026-Q4 ends on 2026-10-14: add what is"
        " missing."
    )
    later = BASELINE + DAY
    ((_, severity, _, sentence),) = found(later, rows_on(later, defined), defined)
    assert severity == "warning"
    assert "was over on 2026-10-14" in sentence


def test_a_key_result_with_everything_is_ready() -> None:
    defined = definitions(USUAL)
    assert found(BASELINE, rows_on(BASELINE, defined, at(10, 3)), defined) == []


def test_before_and_after_its_cycle_nothing_is_asked_of_readiness() -> None:
    defined = definitions({**USUAL, "owner": None})
    for day in (Q4.start - DAY, FINAL + DAY):
        rules = [rule for rule, *_ in found(day, rows_on(day, defined, at(10, 3)), defined)]
        assert Rule.NOT_READY not in rules


def test_a_cycle_runs_on_its_last_day_too() -> None:
    first = definitions({**USUAL, "owner": None, "target": 100.0})
    second = definitions({**USUAL, "owner": None, "target": 80.0})
    changes = changes_over((EXECUTION, first), (FINAL - DAY, second))
    for day in (FINAL - DAY, FINAL):
        rules = [rule for rule, *_ in found(day, rows_on(day, second, at(10, 60)), second, changes)]
        assert sorted(rules) == [Rule.NOT_READY, Rule.CHANGED_IN_FINAL_PUSH]


def flat(last: int) -> list[dict[str, object]]:
    return measured("KR-1", [(day, 5.0 + day % 3) for day in range(0, last, 7)])


@pytest.mark.parametrize(
    ("day", "asked"),
    [(EXECUTION, False), (EXECUTION + DAY, True), (REVIEW, True), (REVIEW + DAY, False)],
)
def test_mid_cycle_asks_what_can_still_be_reached(day: date, asked: bool) -> None:
    defined = definitions(USUAL)
    rows = rows_on(day, defined, flat((day - Q4.start).days))
    assert rows["attainment_probability"].iloc[0] < 0.3
    sentences = [line for rule, *_, line in found(day, rows, defined) if rule == "mid-cycle review"]
    assert len(sentences) == asked
    if asked:
        assert sentences[0].startswith(
            "Sales, mid-cycle review of 2026-Q4 until 2026-12-09: 1 of 1 Key Results will hardly"
            " be reached: KR-1 ("
        )
        assert "it must rise by" in sentences[0]


def test_a_team_on_its_way_is_asked_nothing_at_mid_cycle() -> None:
    day = EXECUTION + DAY
    defined = definitions(USUAL)
    ahead = measured("KR-1", [(n, 2.0 * n) for n in range(0, 42, 7)])
    rows = rows_on(day, defined, ahead)
    assert rows["attainment_probability"].iloc[0] > 0.3
    assert found(day, rows, defined) == []


@pytest.mark.parametrize(("changed", "late"), [(REVIEW, False), (REVIEW + DAY, True)])
def test_a_target_that_moves_in_the_final_push(changed: date, late: bool) -> None:
    first, second = definitions({**USUAL, "target": 100.0}), definitions({**USUAL, "target": 80.0})
    changes = changes_over((EXECUTION, first), (changed, second))
    day = REVIEW + 2 * DAY
    rows = rows_on(day, second, at(10, 60))
    lines = [line for rule, *_, line in found(day, rows, second, changes)]
    assert len(late_moves(rows, changes, PhaseWeeks())) == late
    assert lines == late * [
        "KR-1: its target was changed from 100 to 80 on 2026-12-10, in the final push of 2026-Q4,"
        " in which no target changes. Nobody wrote why: ask. It is scored under both."
    ]


def test_a_cycle_is_to_be_closed_and_asked_for_as_long_as_it_was() -> None:
    defined = definitions({**USUAL, "target": None, "kind": None}, {**USUAL})
    asked = ((FINAL + DAY, "info"), (date(2027, 1, 21), "info"), (date(2027, 1, 22), "warning"))
    for day, severity in asked:
        rows = rows_on(day, defined, at(50, 80, "KR-2"))
        ((rule, how, team, line),) = found(day, rows, defined)
        assert (rule, how, team) == (Rule.CYCLE_NOT_CLOSED, severity, "Sales")
        assert "has not closed 2026-Q4: KR-1 without a score." in line
        assert "closed by 2027-01-21." in line
    long_after = FINAL + 92 * DAY
    assert found(long_after, rows_on(long_after, defined), defined) == []


def test_where_closings_are_kept_each_key_result_wants_a_decision() -> None:
    defined = definitions({**USUAL, "closed_as": "done"}, USUAL)
    rows = rows_on(FINAL + DAY, defined, at(50, 80), at(50, 80, "KR-2"))
    assert found(FINAL + DAY, rows, defined) == []
    ((*_, line),) = found(FINAL + DAY, rows, defined, keeps_closings=True)
    assert "KR-2 without a decision: continue, abandon or done." in line


def test_nobody_asks_for_initiatives_before_execution() -> None:
    defined = definitions({})
    assert before_execution(defined, PhaseWeeks(), BASELINE) == {"KR-1"}
    assert before_execution(defined, PhaseWeeks(), BASELINE + DAY) == set()
    assert before_execution(defined, PhaseWeeks(), FINAL + DAY) == set()


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        (FINAL, None),
        (FINAL + DAY, "info"),
        (date(2027, 1, 21), "info"),
        (date(2027, 1, 22), "warning"),
        (FINAL + 91 * DAY, "warning"),
        (FINAL + 92 * DAY, None),
    ],
)
def test_an_objective_is_to_be_closed_as_long_as_its_cycle_is(
    day: date, severity: str | None
) -> None:
    rows = [("O-1", "2026-Q4", "Sell more", None), ("O-2", "2026-Q4", "Sell", "done")]
    names = ["objective_id", "cycle_id", "title", "closed_as"]
    closed = pd.DataFrame(rows, columns=names).assign(url="https://x.example/1")
    asked = objectives_not_closed(closed, [Q4], PhaseWeeks(), day)
    assert list(asked["severity"]) == ([severity] if severity else [])
    if severity:
        one = asked.iloc[0]
        assert (one["subject_type"], one["subject_id"]) == ("objective", "O-1")
        assert (one["evidence"], one["url"]) == ("Sell more", "https://x.example/1")
        assert one["sentence"] == (
            "Nobody has decided whether Objective O-1 of 2026-Q4 continues, is abandoned or is"
            f" done. It {'was' if severity == 'warning' else 'is'} to be closed by 2027-01-21."
        )
