"""Blocking checks on the candidate tables.

What belongs here: the checks, each a promise to the readers and a function that lists violations.
What does not: findings, which are about the organization's OKRs and never block publishing. Most
checks follow from the table declarations in :mod:`okr_model.tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.tables import BY_NAME
from okr_model.tables.contract import violations
from pipelines.project import Project
from pipelines.publish.reader import NotPublishedError, PublishedTables

Tables = Mapping[str, pd.DataFrame]

_LOST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One promise; ``find_violations`` lists in sentences how the candidate tables break it.

    ``step`` is the model step whose result the check belongs to.
    """

    name: str
    step: str
    promise: str
    find_violations: Callable[[Project, Tables], list[str]]


def run(project: Project, tables: Tables) -> Iterator[tuple[Check, list[str]]]:
    """Run every check."""
    for check in CHECKS:
        yield check, check.find_violations(project, tables)


def _as_declared(_: Project, tables: Tables) -> list[str]:
    return [
        found.sentence
        for name, frame in tables.items()
        for found in violations(frame, BY_NAME[name])
    ]


def _readable(_: Project, tables: Tables) -> list[str]:
    findings = tables["findings"]
    return list(findings.loc[findings["rule"] == Rule.UNREADABLE_DATASET, "sentence"])


def _not_empty(_: Project, tables: Tables) -> list[str]:
    if len(tables["key_results"]):
        return []
    return ["Not one Key Result was found. Check the datasets that hold key_results."]


def _not_lost(project: Project, tables: Tables) -> list[str]:
    try:
        before = PublishedTables(project.paths.duckdb).frame("key_results")
    except NotPublishedError:
        return []
    key = ["key_result_id", "cycle_id"]
    now = set(map(tuple, tables["key_results"][key].to_numpy()))
    lost = [row for row in map(tuple, before[key].to_numpy()) if row not in now]
    if len(lost) <= _LOST_SHARE * len(before):
        return []
    names = ", ".join(" of ".join(row) for row in lost[:5])
    return [f"{len(lost)} of {len(before)} published Key Results are gone, such as {names}."]


CHECKS: tuple[Check, ...] = (
    # One check for all tables: every check costs a run several commits to Dagster's event log.
    Check(
        "tables_as_declared",
        "candidate_tables",
        "Every table keeps its declared columns and keys.",
        _as_declared,
    ),
    Check("datasets_readable", "content", "Every dataset's place and fields are there.", _readable),
    Check("key_results_found", "content", "There is at least one Key Result.", _not_empty),
    Check("key_results_kept", "confidence", "Key Results do not vanish in masses.", _not_lost),
)
