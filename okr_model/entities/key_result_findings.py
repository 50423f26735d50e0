"""The findings about the definition of a Key Result.

What belongs here: one function per fault, from the row to its finding. What does not: detecting
the fault (``key_results``).
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from okr_model.entities.fields import or_none, unreadable
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.quantities.units import figure


def unknown_objective(row: pd.Series) -> Finding:
    """It names an Objective that does not exist."""
    return _finding(
        row,
        Rule.UNKNOWN_OBJECTIVE,
        "error",
        f"{row['key_result_id']} belongs to {row['objective_id']}, but no Objective has that id:"
        " correct one of them.",
        row["objective_id"],
    )


def several_objectives(row: pd.Series) -> Finding:
    """Its relation names more than one Objective."""
    return _finding(
        row,
        Rule.SEVERAL_OBJECTIVES,
        "warning",
        f"{row['key_result_id']} names several Objectives; {row['objective_id']}, the first, is"
        " taken. Keep one.",
        row["objective_id"],
    )


def no_cycle(row: pd.Series) -> Finding:
    """It has no known cycle, neither declared nor through its Objective or due date."""
    named = or_none(row["cycle_id"])
    trouble = f"names cycle {named}, which the settings do not know" if named else "has no cycle"
    return _finding(
        row,
        Rule.NO_CYCLE,
        "warning",
        f"{row['key_result_id']} {trouble}, and is left out: correct the record, or add the cycle.",
        named,
    )


def assumed_cycle(row: pd.Series) -> Finding:
    """It names no cycle and no due date that can be read, and only one cycle can be meant."""
    return _finding(
        row,
        Rule.ASSUMED_CYCLE,
        "warning",
        f"{row['key_result_id']} names no cycle, and no due date that can be read, so it is taken"
        f" to be of {row['cycle_id']}, and due on its last day: write its cycle or its due date.",
        row["cycle_id"],
    )


def due_outside(row: pd.Series) -> Finding:
    """It is due on a day of another cycle."""
    return _finding(
        row,
        Rule.DUE_OUTSIDE_CYCLE,
        "warning",
        f"{row['key_result_id']} is due on {row['due_on']:%Y-%m-%d}, outside its cycle"
        f" {row['cycle_id']}: correct one of them.",
        f"{row['due_on']:%Y-%m-%d}",
    )


def start_outside(row: pd.Series) -> Finding:
    """It starts before its cycle, or not before it is due."""
    late = row["start"] >= row["due_on"]
    where = (
        f"not before its due day {row['due_on']:%Y-%m-%d}, so its cycle's first day is taken"
        if late
        else f"before its cycle {row['cycle_id']}, whose values alone count"
    )
    return _finding(
        row,
        Rule.START_OUTSIDE_CYCLE,
        "warning",
        f"{row['key_result_id']} starts on {row['start']:%Y-%m-%d}, {where}: correct one of them.",
        f"{row['start']:%Y-%m-%d}",
    )


def unknown_kind(row: pd.Series) -> Finding:
    """The declared kind is not one of the known kinds."""
    return _finding(
        row,
        Rule.UNKNOWN_KIND,
        "warning",
        f"“{row['declared_kind']}” is not a kind of Key Result; that of {row['key_result_id']} is"
        " inferred from its figures. Write increase, decrease, at least, at most, band, milestones"
        " or yes/no.",
        row["declared_kind"],
    )


def against_figures(row: pd.Series) -> Finding:
    """The declared direction contradicts the figures."""
    return _finding(
        row,
        Rule.KIND_AGAINST_FIGURES,
        "warning",
        f"{row['key_result_id']} is declared as {row['declared_kind']}, but goes from"
        f" {figure(row['baseline'])} to {figure(row['target'])}; it is read as {row['kind']}."
        " Correct one of them.",
        f"{figure(row['baseline'])} → {figure(row['target'])}",
    )


def no_target(row: pd.Series) -> Finding:
    """It has no target."""
    return _finding(
        row,
        Rule.NO_TARGET,
        "warning",
        f"{row['key_result_id']} has no readable target, so it has no progress: give it one.",
        None,
    )


def no_way_to_go(row: pd.Series) -> Finding:
    """Its baseline equals its target."""
    return _finding(
        row,
        Rule.BASELINE_EQUALS_TARGET,
        "warning",
        f"{row['key_result_id']} starts at its target, {figure(row['target'])}, so there is no"
        " progress to measure: correct one, or declare it as at least or at most.",
        figure(row["target"]),
    )


def _finding(
    row: pd.Series,
    rule: Rule,
    severity: Literal["error", "warning", "info"],
    sentence: str,
    evidence: object,
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=sentence,
        evidence=or_none(evidence),
        url=or_none(row["url"]),
    )


def unreadable_figure(row: pd.Series, name: str) -> Finding:
    """A figure is not what it should be; ``row`` has ``text, problem, field``, too."""
    return unreadable(row, "key result", row["key_result_id"], name.replace("_", " "))
