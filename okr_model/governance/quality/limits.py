"""How many Objectives a team has, how many Key Results an Objective, and what an Objective lacks.

What belongs here: counting, and whose Objective it is. What does not: how one is written
(``line_findings``), and what a single Key Result lacks (``phase_findings``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import fold_case
from okr_model.quantities.days import midnight, to_days

_INDIVIDUAL = frozenset({"individual", "person", "personal", "employee"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How many there may be.

    Attributes:
        most_objectives: Of a team in a cycle.
        fewest_key_results: Of an Objective in a cycle.
        most_key_results: Of an Objective in a cycle.
    """

    most_objectives: int = 3
    fewest_key_results: int = 2
    most_key_results: int = 5


def limit_findings(
    key_results: pd.DataFrame, objectives: pd.DataFrame, limits: Limits, as_of: date
) -> Iterator[Finding]:
    """Teams and Objectives beyond the limits, and Objectives without owner or of one person.

    Too few Key Results are told once the cycle has begun. An Objective that has others under it may
    have none.

    Args:
        key_results: ``key_result_id, cycle_id, objective_id``.
        objectives: ``objective_id, cycle_id, cycle_start, cycle_end, title, team, level, owner,
            parent_id, source, url``.
        limits: How many there may be.
        as_of: The day the findings are about.
    """
    asked = objectives[to_days(objectives["cycle_end"]) >= midnight(as_of)]
    yield from _many_objectives(asked, limits)
    yield from _key_results_of(asked, objectives, key_results, limits, as_of)
    yield from _whose(asked, set(objectives.loc[objectives["owner"].notna(), "source"]))


def _many_objectives(asked: pd.DataFrame, limits: Limits) -> Iterator[Finding]:
    for (team, cycle_id), ids in asked.groupby(["team", "cycle_id"])["objective_id"]:
        names = sorted(ids.unique())
        if len(names) > limits.most_objectives:
            yield Finding(
                rule=Rule.TOO_MANY_OBJECTIVES,
                severity="info",
                subject_type="team",
                subject_id=str(team),
                sentence=(
                    f"{team} has {len(names)} Objectives in {cycle_id}; up to"
                    f" {limits.most_objectives} can be kept in mind. Which of them could wait?"
                ),
                evidence=", ".join(names),
            )


def _key_results_of(
    asked: pd.DataFrame,
    objectives: pd.DataFrame,
    key_results: pd.DataFrame,
    limits: Limits,
    as_of: date,
) -> Iterator[Finding]:
    parents = set(objectives["parent_id"].dropna())
    counts = key_results.groupby(["objective_id", "cycle_id"])["key_result_id"].nunique()
    for row in asked.itertuples(index=False):
        count = int(counts.get((row.objective_id, row.cycle_id), 0))
        if count > limits.most_key_results:
            yield _of_objective(
                row,
                Rule.TOO_MANY_KEY_RESULTS,
                f"{row.objective_id} has {count} Key Results; up to {limits.most_key_results} say"
                " what matters. Which would you still watch if you could watch only so many?",
            )
        begun = row.cycle_start <= midnight(as_of) and row.objective_id not in parents
        if begun and count < limits.fewest_key_results:
            yield _of_objective(
                row,
                Rule.TOO_FEW_KEY_RESULTS,
                f"{row.objective_id} has {count or 'no'} Key Result{'' if count == 1 else 's'};"
                f" {limits.fewest_key_results} are the least that prove an Objective. By what else"
                " would you see that it is reached?",
            )


def _whose(asked: pd.DataFrame, with_owners: set[str]) -> Iterator[Finding]:
    """An owner is missing only where the same source names one for another Objective."""
    for row in asked.itertuples(index=False):
        if fold_case(str(row.level)) in _INDIVIDUAL:
            yield _of_objective(
                row,
                Rule.INDIVIDUAL_OBJECTIVE,
                f"{row.objective_id} is the Objective of one person, which easily becomes a part of"
                " appraisals. Could it be the team's?",
            )
        if row.source in with_owners and or_none(row.owner) is None:
            yield _of_objective(
                row,
                Rule.OBJECTIVE_WITHOUT_OWNER,
                f"{row.objective_id} has no owner. Who brings it up when it does not move?",
            )


def _of_objective(row: object, rule: Rule, sentence: str) -> Finding:
    return Finding(
        rule=rule,
        severity="info",
        subject_type="objective",
        subject_id=row.objective_id,  # type: ignore[attr-defined]  # a row of a frame
        sentence=sentence,
        evidence=or_none(row.title),  # type: ignore[attr-defined]  # a row of a frame
        url=or_none(row.url),  # type: ignore[attr-defined]  # a row of a frame
    )
