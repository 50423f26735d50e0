"""The step ``content``: every dataset read into the model's own records.

What belongs here: which lake a dataset is read from, and handing its cells to the model. What does
not: finding a dataset's records (``datasets``) and understanding them (``okr_model.entities``).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from okr_model import entities
from okr_model.findings import Finding, findings_frame, join_findings
from okr_model.quantities.cycles import Cycle
from pipelines.datasets import UnreadDataset, read_cells
from pipelines.datasets.initiatives import with_jira_parents, with_status_words
from pipelines.lake.duckdb_session import connect
from pipelines.model.id_holders import id_holders
from pipelines.model.steps import Frames, StepInputs
from pipelines.project import Project
from pipelines.run_status.unread import unread_frame
from pipelines.settings import Dataset

_DATED = ("measurements", "check_ins", "kpis")
_NO_CONTENT = ("activity", "table")


def read_content(inputs: StepInputs) -> Frames:
    """Read every dataset that holds content."""
    project, connection = inputs.project, connect()
    settings = project.settings
    zone, cycles = settings.organization.timezone, declared_cycles(project)
    datasets = [each for each in settings.datasets if each.holds not in _NO_CONTENT]
    cells, odd, unread = _read(project, connection, datasets)
    aliases, words = settings.links.aliases, settings.organization.confidence
    cells = entities.with_comments_read(cells, _comment_forms(datasets), words)
    cells, unfit = entities.with_teams_chosen(cells, _team_names(datasets))
    cells, contradictory = entities.join_shared_records(cells)
    held = id_holders(project.paths.history, project.clock.as_of, aliases)
    recorded, of_objectives = entities.read_objectives(cells, cycles, aliases, held.objectives)
    with_records = any(dataset.holds == "objectives" for dataset in datasets)
    written = entities.written_out(cells, recorded) if with_records else cells
    columns = entities.column_objectives(written, aliases, held.objectives)
    key_results, of_key_results = entities.read_key_results(
        cells, _both(recorded, columns), cycles, zone, project.clock.as_of, aliases,
        held.key_results,
    )  # fmt: skip
    columns, alike = entities.in_cycles(columns, key_results)
    objectives = _both(recorded, columns)
    check_ins, of_check_ins = entities.read_check_ins(cells, key_results, words, zone, aliases)
    initiatives, of_initiatives = entities.read_initiatives(cells, zone)
    kpis, of_kpis = entities.read_kpis(cells, zone)
    measurements, of_measurements = entities.read_measurements(cells, key_results, zone, aliases)
    initiatives, of_settings = with_status_words(
        project, connection, with_jira_parents(project, connection, initiatives)
    )
    found = [
        findings_frame([*odd, *unfit, *contradictory]),
        of_objectives,
        alike,
        of_key_results,
        of_check_ins,
    ]
    found += [findings_frame(of_settings), of_initiatives, of_kpis, of_measurements]
    found += [entities.implausible_values(key_results, measurements, check_ins)]
    return {
        "objectives": objectives,
        "key_results": key_results,
        "check_ins": check_ins,
        "initiatives": initiatives,
        "kpis": kpis,
        "measurements": measurements,
        "findings": join_findings(found),
        "unread": unread_frame(unread),
    }


def _both(recorded: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Objectives with records of their own, and those that are only a column."""
    parts = [part for part in (recorded, columns) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else recorded


def _comment_forms(datasets: list[Dataset]) -> dict[str, entities.CommentForm]:
    """How people write check-ins in comments, by dataset."""
    return {
        dataset.mapping: entities.CommentForm(**dataset.comments.model_dump())
        for dataset in datasets
        if dataset.comments
    }


def _team_names(datasets: list[Dataset]) -> dict[str, Mapping[str, str]]:
    """Which values of their field ``team`` are teams, and what they are called, by dataset."""
    return {dataset.mapping: dataset.teams for dataset in datasets if dataset.teams}


def declared_cycles(project: Project) -> list[Cycle]:
    """The cycles of the settings."""
    return [Cycle(cycle.id, cycle.start, cycle.end) for cycle in project.settings.cycles]


def _read(
    project: Project, connection: duckdb.DuckDBPyConnection, datasets: list[Dataset]
) -> tuple[pd.DataFrame, list[Finding], list[UnreadDataset]]:
    """The cells: records that carry a date as known now, all others as of the day computed."""
    if not project.clock.is_past:
        return read_cells(project.lake, connection, datasets)
    dated = [dataset for dataset in datasets if dataset.holds in _DATED]
    undated = [dataset for dataset in datasets if dataset.holds not in _DATED]
    cells, findings, unread = read_cells(project.lake_as_of, connection, undated)
    more, found, also = read_cells(project.lake, connection, dated)
    parts = [part for part in (cells, more) if len(part)]
    cells = pd.concat(parts, ignore_index=True) if parts else cells
    return cells, findings + found, unread + also
