"""The same work by each engine: a project that names it, and rows in an order of their own.

What belongs here: what tests and ``benchmarks/engines.py`` share. What does not: starting Spark.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipelines.datasets.claims import read_claims
from pipelines.datasets.initiatives import with_jira_parents
from pipelines.lake.duckdb_session import connect
from pipelines.model.activity import count_activity
from pipelines.model.steps import StepInputs
from pipelines.model.values import compute_values
from pipelines.project import Project

Frames = Mapping[str, pd.DataFrame]
TAKEN = (
    *("content.key_results", "content.initiatives", "content.check_ins", "content.measurements"),
    "content.aliases",
    *("links.own", "links.links"),
)
"""What the steps ``content`` and ``links`` stage for those that an engine computes."""


def project_on(settings: Path, engine: str, address: str = "") -> Project:
    """A project whose settings name another engine."""
    project = Project(settings, with_secrets=False)
    read = project.settings
    spark = read.spark.model_copy(update={"address": address})
    changed = read.model_copy(update={"engine": engine, "spark": spark})
    project.__dict__["settings"] = changed
    return project


def computed(project: Project, taken: Frames) -> dict[str, pd.DataFrame]:
    """Everything that an engine computes for the project's day, by name.

    ``taken`` are the tables named in ``TAKEN``.
    """
    inputs = StepInputs(project, "engines", taken)
    initiatives = taken["content.initiatives"].assign(parent_id=None)
    key_results = taken["content.key_results"]
    claims = read_claims(project.lake_as_of, connect(), project.settings, key_results)
    found = {"parents": with_jira_parents(project, initiatives), "claims": claims}
    found |= {f"activity.{name}": rows for name, rows in count_activity(inputs).items()}
    return found | {f"values.{name}": rows for name, rows in compute_values(inputs).items()}


def differing(one: Frames, other: Frames) -> list[str]:
    """The tables of which the rows, or the types of the columns, are not the same."""
    assert one.keys() == other.keys()
    return [name for name in one if not in_order(one[name]).equals(in_order(other[name]))]


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows sorted by all columns; lists as texts."""
    texts = {name: rows[name].map(repr) for name in rows if rows[name].dtype == "object"}
    return rows.assign(**texts).sort_values(list(rows.columns), ignore_index=True)
