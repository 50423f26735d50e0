"""Blocking checks on the candidate tables.

What belongs here: the checks, each a promise to the readers and a function that lists violations.
What does not: findings, which are about the organization's OKRs and never block publishing. Most
checks follow from the table declarations in :mod:`okr_model.tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from okr_model.tables import BY_NAME
from okr_model.tables.contract import violations
from pipelines.project import Project
from pipelines.publish import losses

Tables = Mapping[str, pd.DataFrame]


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


def _not_empty(_: Project, tables: Tables) -> list[str]:
    if len(tables["key_results"]):
        return []
    found = losses.reasons(tables["findings"])
    told = f" What was found instead:{found}" if found else ""
    return [f"Not one Key Result was found. Check the datasets that hold key_results.{told}"]


CHECKS: tuple[Check, ...] = (
    # One check for all tables: every check costs a run several commits to Dagster's event log.
    Check(
        "tables_as_declared",
        "candidate_tables",
        "Every table keeps its declared columns and keys.",
        _as_declared,
    ),
    Check(
        "datasets_readable",
        "content",
        "What cannot be read stands as last read.",
        losses.unread_losses,
    ),
    Check(
        "cycles_known",
        "content",
        "The settings have the cycles that Key Results name.",
        losses.unknown_cycles,
    ),
    Check("key_results_found", "content", "There is at least one Key Result.", _not_empty),
    Check(
        "key_results_kept",
        "confidence",
        "No cycle vanishes, nor most Key Results of a team or of all.",
        losses.lost_key_results,
    ),
    Check("links_kept", "links", "Links do not vanish in masses.", losses.lost_links),
)
