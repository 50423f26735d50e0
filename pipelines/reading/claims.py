"""The claims that records make on Key Results, by label, text, field, relation and remote link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd

from okr_model.links import CLAIM_COLUMNS, RULE_OF_ROLE
from okr_model.references import extract_references
from pipelines.duck import arrow
from pipelines.lake import Lake
from pipelines.reading.dataset import Missing, Record, dataset_records
from pipelines.settings import Dataset, Settings


def read_claims(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    key_results: pd.DataFrame,
) -> pd.DataFrame:
    """Every claim of every record, initiative or single issue.

    Args:
        lake: What was pulled.
        connection: To read it with.
        settings: Which datasets hold initiatives, and by which field they claim.
        key_results: ``key_result_id, source, record_id``: whom a relation points to.

    Returns:
        :data:`okr_model.links.CLAIM_COLUMNS`; ``field`` is the name people know it by.
    """
    datasets = [dataset for dataset in settings.datasets if dataset.holds == "initiatives"]
    fields = [d.fields["key_result"] for d in datasets if "key_result" in d.fields]
    frames = [
        _from_references(lake, connection, "jira_issues", "jira", "id", fields),
        _from_references(lake, connection, "jira_remote_links", "jira", "issue_id", fields),
        _from_references(lake, connection, "notion_pages", "notion", "id", fields),
        _from_cells(lake, connection, datasets, settings.links.key_pattern, key_results),
    ]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=CLAIM_COLUMNS)
    return pd.concat(frames, ignore_index=True)


def _from_references(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    stream: str,
    source: str,
    subject: str,
    fields: list[str],
) -> pd.DataFrame:
    """Claims out of the references that were found when the records landed.

    A property counts only where it is the field that the settings name; its name is looked up in
    the record's own cells, because a connector may speak of it by id.
    """
    rules = " ".join(f"WHEN '{role}' THEN '{rule}'" for role, rule in RULE_OF_ROLE.items())
    query = f"""
        WITH found AS (
            SELECT '{source}:' || {subject} AS subject_id, id, url, seen_at, cells,
                   unnest("references") AS r
            FROM {lake.scan(stream)} WHERE NOT deleted AND len("references") > 0
        ), named AS (
            SELECT *, coalesce(
                json_extract_string(cells, ['$."' || r.field || '".name'])[1], r.field
            ) AS shown FROM found
        )
        SELECT subject_id, CASE r.role {rules} END AS rule, r.key AS key, r.text AS text,
               '{source}' AS source, id AS record_id, url, shown AS field, seen_at,
               r.suspect AS suspect
        FROM named
        WHERE r.role <> 'property' OR list_contains(?, r.field) OR list_contains(?, shown)
    """  # noqa: S608 - stream, source and roles are our own words
    frame: pd.DataFrame = arrow(connection, query, [fields, fields]).to_pandas()
    return frame


def _from_cells(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    datasets: Iterable[Dataset],
    key_pattern: str,
    key_results: pd.DataFrame,
) -> pd.DataFrame:
    """Claims by relation (Notion), and by a column's text (Sheets have no texts of their own)."""
    targets = key_results.set_index(["source", "record_id"])["key_result_id"].to_dict()
    rows: list[dict[str, Any]] = []
    for dataset in datasets:
        if "key_result" not in dataset.fields or dataset.source == "jira":
            continue
        try:
            records = dataset_records(lake, connection, dataset)
        except Missing:
            continue  # told by read_cells already
        for record in records:
            rows.extend(_relations(record, targets))
            if dataset.source == "sheets":
                rows.extend(_column(record, key_pattern))
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS)


def _relations(record: Record, targets: dict[tuple[str, str], str]) -> Iterable[dict[str, Any]]:
    cell = record.cells["key_result"]
    if cell.kind != "refs":
        return
    for ref in cell.refs:
        key = targets.get((record.source, ref))
        if key is not None:
            yield _claim(record, "relation", key, key)


def _column(record: Record, key_pattern: str) -> Iterable[dict[str, Any]]:
    cell = record.cells["key_result"]
    text = {"role": "property", "field": cell.name, "text": cell.text}
    for found in extract_references([[text] if cell.text else None], key_pattern)[0]:
        yield _claim(record, "field", found["key"], found["text"], suspect=found["suspect"])


def _claim(
    record: Record, rule: str, key: str, text: str, *, suspect: bool = False
) -> dict[str, Any]:
    return {
        "subject_id": f"{record.source}:{record.id}",
        "rule": rule,
        "key": key,
        "text": text,
        "source": record.source,
        "record_id": record.id,
        "url": record.url,
        "field": record.cells["key_result"].name,
        "seen_at": record.seen_at,
        "suspect": suspect,
    }
