"""Assembling, the contract of the tables, findings, and explanations, on one small company."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from okr_model.assemble import (
    STALE_COLUMNS,
    KeyResultParts,
    SignalInputs,
    build_check_ins,
    build_key_results,
    build_kpis,
    build_measurements,
    build_objectives,
)
from okr_model.confidence.work_elsewhere import WORK
from okr_model.entities import read_kpis, read_objectives
from okr_model.explain.explanation import explain
from okr_model.finding_rules import Rule
from okr_model.findings import FINDING_COLUMNS, Finding, findings_frame, identify, join_findings
from okr_model.progress.value_series import all_measurements
from okr_model.quantities.cells import empty_cells
from okr_model.tables import LINKS, OBJECTIVES, Table
from okr_model.tables.contract import arrow_schema, conform, violations
from okr_model.tables.key_results import KEY_RESULTS
from okr_model.tables.records import CHECK_INS, KPIS, MEASUREMENTS
from tests.support.key_result_frames import check_ins, day, definitions, measured, measurements
from tests.support.okr_cells import Q4, SEEN, ZONE, frame, record

TODAY = date(2026, 11, 28)
RUN = {"as_of": TODAY, "run_id": "run-1"}
FINDING = Finding(
    rule=Rule.NO_CYCLE,
    severity="warning",
    subject_type="key result",
    subject_id="KR-1",
    sentence="Mend it.",
    evidence="x",
    url="https://f",
)

DEFINITIONS = definitions(
    {"objective_id": "O-1", "kind": "decrease", "unit": "hours", "baseline": 72.0, "target": 4.0},
    {"objective_id": "O-1", "kind": "at least", "baseline": None, "target": 8.5},
    {"objective_id": "O-1", "kind": "band", "target": 40.0, "target_high": 60.0},
    {"objective_id": "O-2", "kind": "yes/no", "unit": "yes/no", "target": 1.0},
    {"objective_id": "O-2", "target": None},
    {"objective_id": "O-2"},
)
MEASURED = measurements(
    measured("KR-1", [(d, 72.0 - d) for d in range(1, 58, 7)]),
    measured("KR-2", [(6, 9.0), (13, 8.0)], "notion"),
    measured("KR-3", [(d, 50.0 + d % 5) for d in range(1, 58, 7)], "jira median"),
    measured("KR-4", [(6, 0.0)]),
    measured("KR-5", [(6, 3.0)]),
)
CALLS = check_ins("KR-1", [(6, "high", 70.0), (50, "medium", 30.0)])
LINKED = pd.DataFrame(
    {
        "initiative_id": ["jira:1", "notion:2", "jira:3"],
        "initiative": ["SUP-1", "Guides", "SUP-3"],
        "key_result_id": ["KR-1", "KR-1", "KR-1"],
        "cycle_id": [Q4.id] * 3,
        "state": ["active", "active", "overruled"],
        "rule": ["field", "relation", "label"],
        "confidence": ["high", "high", "medium"],
        "field": ["Key Result", "Key Results", "labels"],
        "evidence": ["KR-1", "KR-1", "KR-1"],
        "source": ["jira", "notion", "jira"],
        "record_id": ["1", "2", "3"],
        "url": ["https://j/1", "https://n/2", None],
    }
)
ACTIVITY = pd.DataFrame(
    {
        "key_result_id": ["KR-1"],
        "activity_28d": [12],
        "open_issues": [3],
        "done_issues": [4],
        "added_28d": [2],
        "finished_28d": [1],
    }
)
STALE = pd.DataFrame([("jira", SEEN, "Jira could not be read.")], columns=STALE_COLUMNS)


def built(as_of: date = TODAY, stale: pd.DataFrame = STALE, **more: Any) -> pd.DataFrame:
    readings = all_measurements(DEFINITIONS, MEASURED, CALLS)
    parts = KeyResultParts(DEFINITIONS, readings, CALLS, LINKED, ACTIVITY, stale, **more)
    return build_key_results(parts, as_of).set_index("key_result_id", drop=False)


def test_every_column_is_there_but_those_known_later() -> None:
    rows = built()
    absent = {"findings", "as_of", "run_id"}
    assert list(rows.columns) == [n for n in KEY_RESULTS.column_names if n not in absent]
    assert violations(conform(rows.assign(findings=0, **RUN), KEY_RESULTS), KEY_RESULTS) == []


def test_links_and_activity_are_counted() -> None:
    rows = built()
    counts = ["initiatives", "activity_28d", "open_issues", "done_issues"]
    assert rows.loc["KR-1", counts].tolist() == [2, 12, 3, 4]
    assert rows.loc["KR-2", counts].tolist() == [0, 0, 0, 0]


def test_only_what_depends_on_a_missing_source_is_stale() -> None:
    rows = built()
    assert rows.index[rows["stale_since"].notna()].tolist() == ["KR-1", "KR-3"]
    assert rows.loc["KR-1", "stale_reason"] == "Jira could not be read."
    assert built(stale=STALE.iloc[:0])["stale_since"].isna().all()
    declared = pd.DataFrame({"key_result_id": ["KR-6"], "source": ["jira"]})
    assert pd.notna(built(depends=declared).loc["KR-6", "stale_since"])


def test_the_score_comes_with_the_end_of_the_cycle() -> None:
    assert built(Q4.end)["score"].isna().all()
    after = built(date(2027, 1, 1))
    assert after.loc["KR-1", "score"] == after.loc["KR-1", "progress"] == pytest.approx(57 / 68)
    assert pd.isna(after.loc["KR-6", "score"])


@pytest.mark.thorough
def test_an_easy_target_a_late_recovery_and_work_gone_elsewhere_are_told_in_the_row() -> None:
    key_results = definitions(
        {"team": "Sales", "baseline": 100.0, "target": 150.0},
        {"team": "Sales", "due_on": day(70)},
        {"team": "Sales"},
    )
    readings = measurements(
        measured("KR-1", [(d, 100.0 + d) for d in range(-84, 57, 7)]),
        measured("KR-2", [(d, d / 2) for d in range(1, 58, 7)]),
        measured("KR-3", [(d, float(d)) for d in range(1, 58, 7)]),
    )
    names = ["initiative_id", "key_result_id", "cycle_id", "state"]
    links = pd.DataFrame([("jira:1", "KR-3", Q4.id, "active")], columns=names)
    judged = pd.DataFrame(
        {"initiative_id": ["jira:1"], "open": [True], "blocked": [False], "overdue": [False],
         "silent": [True], "last_activity_on": [pd.Timestamp(day(28))]}
    )  # fmt: skip
    work = pd.DataFrame(
        [("jira:1", None, None, 0, 40), ("jira:2", None, "Sales", 60, 30)], columns=WORK
    )
    rows = all_measurements(key_results, readings, CALLS.iloc[:0])
    parts = KeyResultParts(
        key_results, rows, CALLS.iloc[:0], links.assign(source="jira"), ACTIVITY, STALE.iloc[:0]
    )
    signals = SignalInputs(judged=judged, work=work, expects_check_ins=False)
    found = build_key_results(parts, TODAY, signals=signals).set_index("key_result_id")
    for name, signal, sentence in (
        ("KR-1", "too safe", "rose 7 a week; at that pace it would reach 150 on 2026-11-20"),
        ("KR-2", "last-minute recovery", "It must rise by 38.5 a week to meet its target"),
        (
            "KR-3",
            "work moved elsewhere",
            "for 30 days, while the team's work elsewhere grew from 30",
        ),
    ):
        row = found.loc[name]
        assert signal in row["signals"]
        assert sentence in " ".join(row["confidence_reasons"])
    for day_after in (day(70), Q4.end, date(2027, 1, 5)):
        later = build_key_results(parts, day_after, signals=signals).set_index("key_result_id")
        assert "last-minute recovery" not in later.loc["KR-2", "signals"]


def test_a_past_day_is_rebuilt_from_what_was_true_then() -> None:
    row = built(day(8)).loc["KR-1"]
    assert (row["current_value"], row["stated_confidence"]) == (64.0, "high")
    assert row["evidence_state"] == "not enough evidence"


def test_objectives_count_their_key_results_and_take_the_mean() -> None:
    cells = frame(
        record("objectives", "a", id="O-1", cycle=Q4.id),
        record("objectives", "b", id="O-9", cycle=Q4.id),
    )
    rows = build_objectives(read_objectives(cells, [Q4])[0], built())
    assert rows["key_results"].tolist() == [3, 0]
    assert rows["progress"].iloc[0] == pytest.approx((57 / 68 + 0 + 1) / 3)
    assert pd.isna(rows["progress"].iloc[1])
    assert violations(conform(rows.assign(**RUN), OBJECTIVES), OBJECTIVES) == []


@pytest.mark.parametrize(
    ("rows", "table", "count"),
    [
        (build_check_ins(CALLS, TODAY), CHECK_INS, 2),
        (build_check_ins(CALLS, day(10)), CHECK_INS, 1),
        (
            build_measurements(all_measurements(DEFINITIONS, MEASURED, CALLS), TODAY),
            MEASUREMENTS,
            24,
        ),
        (build_kpis(read_kpis(empty_cells(), ZONE)[0], TODAY), KPIS, 0),
    ],
)
def test_what_was_read_is_published_up_to_the_day(
    rows: pd.DataFrame, table: Table, count: int
) -> None:
    conformed = conform(rows.assign(**RUN), table)
    assert violations(conformed, table) == []
    assert len(conformed) == count
    arrow = pa.Table.from_pandas(conformed, schema=arrow_schema(table), preserve_index=False)
    assert arrow.num_rows == count


def test_each_breach_of_a_table_is_named() -> None:
    good = conform(built().assign(findings=0, **RUN), KEY_RESULTS)
    bad = pd.concat([good, good.head(1)], ignore_index=True)
    bad["kind"] = "sideways"
    bad["owner"] = 1.0
    bad["source"] = bad["source"].mask(bad.index == 0)
    bad = bad.drop(columns="unit").assign(extra=1)
    found = {(breach.rule, breach.column): breach.rows for breach in violations(bad, KEY_RESULTS)}
    assert found == {
        ("unexpected column", "extra"): 0,
        ("missing column", "unit"): 0,
        ("not one of", "kind"): 7,
        ("wrong type", "owner"): 0,
        ("null", "source"): 1,
        ("duplicate key", "key_result_id, cycle_id"): 1,
    }


def test_conforming_refuses_what_it_cannot_keep() -> None:
    rows = built().assign(findings=0, **RUN)
    with pytest.raises(ValueError, match="key_results lacks the column value_state"):
        conform(rows.drop(columns="value_state"), KEY_RESULTS)
    with pytest.raises(ValueError, match=r"key_results\.findings cannot become integer"):
        conform(rows.assign(findings=0.5), KEY_RESULTS)


def test_finding_ids_are_stable_and_distinct() -> None:
    other = Finding(
        rule=Rule.NO_CYCLE,
        severity="warning",
        subject_type="key result",
        subject_id="KR-2",
        sentence="Mend it.",
    )
    moved = Finding(
        rule=Rule.NO_CYCLE,
        severity="warning",
        subject_type="key result",
        subject_id="KR-1",
        sentence="Mend it now.",
        evidence="y",
        url="https://f",
    )
    first = identify(findings_frame([FINDING, other]))
    again = identify(join_findings([findings_frame([other]), findings_frame([moved])]))
    assert set(first["finding_id"]) == set(again["finding_id"])
    assert first["finding_id"].is_unique
    twice = identify(findings_frame([FINDING, moved, FINDING]))
    assert twice["finding_id"].nunique() == len(twice) == 2
    assert identify(findings_frame()).columns.tolist() == [*FINDING_COLUMNS, "finding_id"]


def explanations() -> dict[str, dict[str, list[str]]]:
    rows = conform(built().assign(findings=0, **RUN), KEY_RESULTS)
    readings = all_measurements(DEFINITIONS, MEASURED, CALLS)
    published = conform(build_measurements(readings, TODAY).assign(**RUN), MEASUREMENTS)
    calls = conform(build_check_ins(CALLS, TODAY).assign(**RUN), CHECK_INS)
    links = conform(LINKED.assign(**RUN), LINKS)
    found = identify(findings_frame([FINDING]))
    told = {}
    for row in rows.to_dict("records"):
        explanation = explain(row, published, calls, links, found)
        plain = json.loads(json.dumps(explanation.to_dict()))
        told[plain["key_result_id"]] = {
            section["title"]: section["lines"] for section in plain["sections"]
        }
    return told


def test_an_explanation_lets_every_number_be_worked_out_again() -> None:
    told = explanations()["KR-1"]
    assert list(told) == [
        "In short",
        "Definition",
        "Value",
        "Progress",
        "Forecast",
        "Confidence",
        "Links",
        "Findings",
        "What would change it",
    ]
    assert "Target: ≤ 4 hours" in told["Definition"]
    assert told["Value"][0].startswith("15 hours, true for 2026-11-27, first read 2026-11-27 18:00")
    assert "Read from: sheets, Tab!C57; sheets record sheets:57" in told["Value"]
    way = "Raw progress: (15 − 72) / (4 − 72) = -57 / -68 = 0.838235, in percent 83.8 %"
    assert way in told["Progress"]
    assert any("= 58 / 91 days = 0.637363" in line for line in told["Progress"])
    assert told["Links"][0].startswith("SUP-1: active, by field in Key Result: “KR-1”")
    assert told["Findings"] == ["warning: Mend it. (https://f)"]
    forecast = " ".join(told["Forecast"])
    centre, kept, drift, left, back, usual = (
        float(re.search(pattern, forecast).group(1))  # type: ignore[union-attr]  # fails if absent
        for pattern in (
            r"usual\) = (\S+)",
            r"/7\) = (\S+)",
            r"days between = (\S+)",
            r"2026-11-27 = (\d+)",
            r"value: b = (\S+),",
            r"usual = ([\d.]+)",
        )
    )
    expected = 15 + kept * drift * left - back * (15 - usual)
    assert centre == pytest.approx(expected, rel=1e-5)


def test_every_kind_and_state_can_be_explained() -> None:
    told = explanations()
    assert "already meets the target 8.5" in " ".join(told["KR-2"]["Progress"])
    assert "Not enough evidence" in " ".join(told["KR-2"]["Forecast"])
    assert "distance of 52 from 40 … 60 / (60 − 40) = 1" in " ".join(told["KR-3"]["Progress"])
    assert "1 for yes, 0 for no = 0" in " ".join(told["KR-4"]["Progress"])
    assert told["KR-5"]["Progress"][0] == "State: no target"
    assert told["KR-6"]["Value"] == ["There is none: no value."]
    assert told["KR-6"]["Links"] == ["No initiative names it."]
    assert "Stale since" in " ".join(told["KR-3"]["Value"])
