"""The step ``content``: every dataset read into the model's own records.

What belongs here: which lake a dataset is read from, and handing its cells to the model. What does
not: finding a dataset's records (``datasets``) and understanding them (``okr_model.entities``).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from okr_model import entities
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame, join_findings
from okr_model.quantities.cycles import Cycle
from pipelines.datasets.cells import read_cells
from pipelines.datasets.initiatives import with_jira_parents, with_status_words
from pipelines.datasets.last_reading import UnreadDataset
from pipelines.lake.duckdb_session import connect
from pipelines.model.content.aliases import aliases_frame, aliases_of_day
from pipelines.model.content.definition_log import cells_of_day, changes_of_definitions
from pipelines.model.content.id_holders import id_holders, with_former_ids
from pipelines.model.steps import Frames, StepInputs
from pipelines.project import Project
from pipelines.run_status.unread import unread_frame
from pipelines.settings import Dataset

_DATED = ("measurements", "check_ins", "kpis")
_NO_CONTENT = ("activity", "table")


def read_content(inputs: StepInputs) -> Frames:
    """Read every dataset that holds content."""
    project, connection = inputs.project, connect()
    zone, words = project.settings.organization.timezone, project.settings.organization.confidence
    cells, odd, unread = _cells(project, connection)
    aliases = aliases_of_day(project, connection, cells)
    defined, of_definitions = _definitions(project, connection, cells, aliases)
    key_results = defined["key_results"]
    check_ins, of_check_ins = entities.read_check_ins(cells, key_results, words, zone, aliases)
    initiatives, of_initiatives = entities.read_initiatives(cells, zone)
    kpis, of_kpis = entities.read_kpis(cells, zone)
    measurements, of_measurements = entities.read_measurements(cells, key_results, zone, aliases)
    initiatives, of_settings = with_status_words(project, with_jira_parents(project, initiatives))
    found = [findings_frame(odd), *of_definitions, of_check_ins, findings_frame(of_settings)]
    found += [of_initiatives, of_kpis, of_measurements]
    found += [entities.implausible_values(key_results, measurements, check_ins)]
    told = join_findings(found)
    if any(one.holds == "objectives" and one.since is None for one in unread):
        # That it was never read is told once, and not of each Key Result that names one of it.
        told = told[told["rule"] != Rule.UNKNOWN_OBJECTIVE]
    return {
        **defined,
        "aliases": aliases_frame(aliases),
        "check_ins": check_ins,
        "initiatives": initiatives,
        "kpis": kpis,
        "measurements": measurements,
        "findings": told,
        "unread": unread_frame(unread, project.settings.organization.zone),
    }


def _cells(
    project: Project, connection: duckdb.DuckDBPyConnection
) -> tuple[pd.DataFrame, list[Finding], list[UnreadDataset]]:
    """The cells of every dataset, with what is derived from them, one dataset a record."""
    datasets = [each for each in project.settings.datasets if each.holds not in _NO_CONTENT]
    cells, odd, unread = _read(project, connection, datasets)
    words = project.settings.organization.confidence
    cells = entities.with_comments_read(cells, _comment_forms(datasets), words)
    cells = entities.with_notes_read(cells)
    cells, unfit = entities.with_teams_chosen(cells, _team_names(datasets))
    cells, contradictory = entities.join_shared_records(cells)
    return cells_of_day(project, connection, cells), [*odd, *unfit, *contradictory], unread


def _definitions(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    cells: pd.DataFrame,
    aliases: Mapping[str, str],
) -> tuple[dict[str, pd.DataFrame], list[pd.DataFrame]]:
    """Objectives, Key Results and the logged changes of these; and the findings about them."""
    settings, as_of, cycles = project.settings, project.clock.as_of, declared_cycles(project)
    zone = settings.organization.timezone
    held = id_holders(project.paths.history, as_of, aliases)
    recorded, of_records = entities.read_objectives(cells, cycles, aliases, held.objectives)
    with_records = any(dataset.holds == "objectives" for dataset in settings.datasets)
    written = entities.written_out(cells, recorded) if with_records else cells
    columns = entities.column_objectives(written, aliases, held.objectives)
    known = _both(recorded, columns)

    def read(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        return entities.read_key_results(
            cells, known, cycles, zone, as_of, aliases, held.key_results
        )

    key_results, of_key_results = read(cells)
    columns, alike = entities.in_cycles(columns, key_results)
    logged = changes_of_definitions(
        project, connection, cells, key_results, lambda then: read(then)[0]
    )
    return {
        "objectives": _both(recorded, columns),
        "key_results": with_former_ids(key_results, project.paths.history, as_of, aliases),
        "logged_changes": logged,
    }, [of_records, alike, of_key_results]


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
    zone = project.settings.organization.zone
    if not project.clock.is_past:
        return read_cells(project.lake, connection, datasets, zone)
    dated = [dataset for dataset in datasets if dataset.holds in _DATED]
    undated = [dataset for dataset in datasets if dataset.holds not in _DATED]
    cells, findings, unread = read_cells(project.lake_as_of, connection, undated, zone)
    more, found, also = read_cells(project.lake, connection, dated, zone)
    parts = [part for part in (cells, more) if len(part)]
    cells = pd.concat(parts, ignore_index=True) if parts else cells
    return cells, findings + found, unread + also
