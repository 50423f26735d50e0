"""Claims that records make on Key Results, by label, text, field, relation and remote link.

What belongs here: collecting the claims of every record, and Key Results that no longer exist. What
does not: claims made by link tables or by Key Results (``link_tables``), and whether a claim counts
(:mod:`okr_model.links.resolve`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
from deltalake import DeltaTable

from connectors.cells import Cell, decode_cells
from connectors.jira.decode.cells import LINKED_ISSUES
from okr_model.activity.issue_tree import Frame
from okr_model.entities import initiative_id
from okr_model.links.claims import CLAIM_COLUMNS
from okr_model.links.record_urls import record_address
from okr_model.links.references import extract_references
from okr_model.links.resolve import RULE_OF_ROLE
from okr_model.tables.key_results import KEY_RESULTS_DAILY
from pipelines.datasets.last_reading import DatasetReading, read_dataset
from pipelines.datasets.records import LINK_FIELD, Record, record_ids
from pipelines.engines.engine import TEXT, Engine
from pipelines.engines.opening import open_engine
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset, Settings

_ADDRESSED = {"address": TEXT, "target": TEXT}
_OF_REFERENCE = ("role", "field", "text", "key", "suspect")


def read_claims(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    key_results: pd.DataFrame,
) -> pd.DataFrame:
    """Every claim of every record, initiative or single issue.

    Args:
        lake: The lake to read.
        connection: The connection to read it with.
        settings: Which datasets hold initiatives, and in which fields they name Key Results.
        key_results: ``key_result_id, source, record_id``, optionally ``url``: the possible targets
            of a relation or of a link to a Key Result's own record.

    Returns:
        :data:`okr_model.links.claims.CLAIM_COLUMNS`; ``field`` is its display name.
    """
    addresses = _addresses(key_results)
    datasets = [dataset for dataset in settings.datasets if dataset.holds == "initiatives"]
    readings = [
        (dataset, read_dataset(lake, connection, dataset))
        for dataset in datasets
        if dataset.link_fields and dataset.source != "jira"
    ]
    of_jira = [dataset for dataset in datasets if dataset.source == "jira"]
    known = pd.DataFrame({"address": list(addresses), "target": list(addresses.values())})
    with open_engine(settings) as engine:
        scan = _Scan(lake, connection, engine, engine.given(known, _ADDRESSED))
        frames = [
            _from_references(scan, "jira_issues", "id", of_jira),
            _from_references(scan, "jira_remote_links", "issue_id", of_jira),
            _from_hierarchy(scan, key_results),
            _from_notion(scan, datasets, [reading for _, reading in readings]),
            _from_cells(readings, settings.links.key_pattern, key_results, addresses),
        ]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=CLAIM_COLUMNS)
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class _Scan:
    """What claims are read from: ``addressed`` are the addresses of records of Key Results."""

    lake: Lake
    connection: duckdb.DuckDBPyConnection
    engine: Engine
    addressed: Frame


def _from_references(
    scan: _Scan, stream: str, subject: str, datasets: Sequence[Dataset]
) -> pd.DataFrame:
    """Claims from the references that were extracted when the records landed.

    A property counts only if the settings name it as a field of its record's own dataset. The
    connector may identify it by id, so its display name is looked up in the record's cells. A link
    to a Key Result's own record is a relation if it was made as a link (an issue link, a remote
    link, a field of its own), and a mention within prose; a link to any other record is no claim.
    """
    source = "notion" if stream == "notion_pages" else "jira"
    found = _references(scan, stream, subject)
    fields = [*(field for dataset in datasets for field in dataset.link_fields), LINKED_ISSUES]
    is_property, of_record = found["role"] == "property", found["target"].notna()
    made = is_property | found["field"].isin(fields) | (stream == "jira_remote_links")
    rule = found["role"].map(RULE_OF_ROLE).astype("str")
    # A link to a record that is no Key Result's own has no key.
    key = found["key"].mask(found["key"].str.startswith("@"), "").mask(of_record, found["target"])
    claims = found.assign(
        subject_id=f"{source}:" + found["subject"],
        rule=rule.mask(of_record & made, "relation"),
        key=key,
        source=source,
        is_property=is_property,
    )
    return _only_mapped(scan, stream, claims, datasets)


def _references(scan: _Scan, stream: str, subject: str) -> pd.DataFrame:
    """Each reference that may be a claim, with the Key Result whose record it leads to, if any."""
    columns = dict.fromkeys(["id", subject, "url", "seen_at", "references", "deleted"])
    rows = scan.engine.scan(scan.lake, stream, [*columns])
    rows = rows.filter(~nw.col("deleted"), nw.col("references").list.len() > 0)
    each = rows.select(
        subject=subject, record_id="id", url="url", seen_at="seen_at", one="references"
    )
    parts = {name: nw.col("one").struct.field(name) for name in _OF_REFERENCE}
    told = each.explode("one").select("subject", "record_id", "url", "seen_at", **parts)
    joined = told.join(scan.addressed, left_on="key", right_on="address", how="left")
    leads_away = nw.col("target").is_null() & nw.col("key").str.starts_with("@")
    claims = joined.filter((nw.col("role") == "property") | ~leads_away)
    found: pd.DataFrame = claims.collect("pyarrow").to_native().to_pandas()
    return found


def _from_hierarchy(scan: _Scan, key_results: pd.DataFrame) -> pd.DataFrame:
    """Claims of issues whose parent is a Key Result: to put work there says whom it serves."""
    of_jira = key_results[key_results["source"] == "jira"].reindex(
        columns=["record_id", "key_result_id", "url"]
    )
    if of_jira.empty:
        return of_jira
    of_jira = of_jira.rename(columns={"url": "text"})
    above = scan.engine.given(of_jira, {"record_id": TEXT, "key_result_id": TEXT, "text": TEXT})
    columns = ["id", "parent_id", "url", "seen_at", "deleted"]
    below = scan.engine.scan(scan.lake, "jira_issues", columns).filter(~nw.col("deleted"))
    both = below.join(above, left_on="parent_id", right_on="record_id")
    rows: pd.DataFrame = both.collect("pyarrow").to_native().to_pandas()
    claims = rows.assign(
        subject_id="jira:" + rows["id"],
        rule="relation",
        key=rows["key_result_id"],
        text=rows["text"].fillna(rows["key_result_id"]),
        source="jira",
        record_id=rows["id"],
        field="Parent",
        suspect=False,
    )
    return claims.reindex(columns=CLAIM_COLUMNS)


def _only_mapped(
    scan: _Scan, stream: str, claims: pd.DataFrame, datasets: Sequence[Dataset]
) -> pd.DataFrame:
    """Drop claims by properties that no dataset of the record names; name the kept ones as shown.

    The fields of Jira are the same for all issues. So an issue that no dataset selects, such as one
    below an initiative, may use those of every dataset.
    """
    latest = claims[claims["is_property"]].sort_values(["seen_at", "record_id"])
    latest = latest.drop_duplicates("field", keep="last").set_index("field")["record_id"]
    names = _display_names(scan.lake, scan.connection, stream, latest.to_dict())
    shown = claims["field"].map(
        {field: names.get(field, field) for field in claims["field"].unique()}
    )
    mapped = _is_mapped(scan.lake, scan.connection, claims.assign(shown=shown), datasets)
    claims = claims.assign(field=shown.where(claims["is_property"], claims["field"]))
    return claims[~claims["is_property"] | mapped].reindex(columns=CLAIM_COLUMNS)


def _from_notion(
    scan: _Scan, datasets: Iterable[Dataset], readings: Iterable[DatasetReading]
) -> pd.DataFrame:
    """Claims of pages; those of a dataset that cannot be read now are as they were last read."""
    pages = ("notion_pages", "id", [each for each in datasets if each.source == "notion"])
    claims = _from_references(scan, *pages)
    for reading in readings:
        if reading.unread and reading.unread.source == "notion":
            ids = reading.unread.record_ids
            then = _from_references(replace(scan, lake=reading.lake), *pages)
            parts = [claims[~claims["record_id"].isin(ids)], then[then["record_id"].isin(ids)]]
            claims = pd.concat(parts, ignore_index=True)
    return claims


def _is_mapped(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    claims: pd.DataFrame,
    datasets: Sequence[Dataset],
) -> pd.Series:
    """Whether each claim is by a field that a dataset of its record names."""
    named = {
        dataset.mapping: claims["field"].isin(dataset.link_fields)
        | claims["shown"].isin(dataset.link_fields)
        for dataset in datasets
    }
    anywhere = pd.Series(False, index=claims.index)
    for by_dataset in named.values():
        anywhere |= by_dataset
    if len({frozenset(dataset.link_fields) for dataset in datasets}) < 2:
        return anywhere
    selected, mapped = anywhere & False, anywhere & False
    for dataset in datasets:
        mine = claims["record_id"].isin(record_ids(lake, connection, dataset))
        selected |= mine
        mapped |= mine & named[dataset.mapping]
    return mapped | (anywhere & ~selected)


def former_key_results(
    published: Path, key_results: pd.DataFrame, as_of: dt.date
) -> dict[str, dt.date]:
    """Key Results that were published before but no longer exist, with their last day."""
    path = str(published / KEY_RESULTS_DAILY.name)
    if not DeltaTable.is_deltatable(path):
        return {}
    rows = DeltaTable(path).to_pyarrow_table(columns=["key_result_id", "as_of"])
    last = rows.group_by("key_result_id").aggregate([("as_of", "max")]).to_pylist()
    existing = set(key_results["key_result_id"])
    return {
        row["key_result_id"]: row["as_of_max"]
        for row in last
        if row["key_result_id"] not in existing and row["as_of_max"] < as_of
    }


def _addresses(key_results: pd.DataFrame) -> dict[str, str]:
    """The Key Result of each record address, normalized; a row of a sheet has no address."""
    of_record = key_results.reindex(columns=["url", "key_result_id", "source"]).astype("object")
    return {
        address: key
        for url, key, source in of_record.itertuples(index=False, name=None)
        if source in ("jira", "notion") and isinstance(url, str)
        for address in [record_address(url)]
        if address is not None
    }


def _display_names(
    lake: Lake, connection: duckdb.DuckDBPyConnection, stream: str, holders: Mapping[str, str]
) -> dict[str, str]:
    """The display names of fields that the settings may name by id.

    ``holders`` names, for each field, a record that has it; the name is taken from that record.
    """
    if not holders:
        return {}
    rows = arrow(
        connection,
        f"SELECT id, cells FROM {lake.scan(stream)} WHERE id IN (SELECT unnest(?))",  # noqa: S608 - the lake's file names
        [list(holders.values())],
    ).to_pylist()
    cells = {row["id"]: decode_cells(row["cells"] or "{}") for row in rows}
    found = {field: cells.get(record, {}).get(field) for field, record in holders.items()}
    return {field: cell.name for field, cell in found.items() if cell is not None and cell.name}


def _from_cells(
    readings: Iterable[tuple[Dataset, DatasetReading]],
    key_pattern: str,
    key_results: pd.DataFrame,
    addresses: Mapping[str, str],
) -> pd.DataFrame:
    """Claims by relation (Notion) and by the text of a column (sheets and files)."""
    targets = key_results.set_index(["source", "record_id"])["key_result_id"].to_dict()
    rows: list[dict[str, Any]] = []
    for dataset, reading in readings:
        for record in reading.records:
            for cell in _link_cells(record):
                rows.extend(_relations(record, cell, targets))
                if dataset.source in ("sheets", "files"):
                    rows.extend(_column(record, cell, key_pattern, addresses))
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS)


def _link_cells(record: Record) -> list[Cell]:
    return [cell for name, cell in record.cells.items() if name.startswith(LINK_FIELD)]


def _relations(
    record: Record, cell: Cell, targets: dict[tuple[str, str], str]
) -> Iterable[dict[str, Any]]:
    if cell.kind != "refs":
        return
    for ref in cell.refs:
        key = targets.get((record.source, ref))
        if key is not None:
            yield _claim(record, cell, "relation", key, key)


def _column(
    record: Record, cell: Cell, key_pattern: str, addresses: Mapping[str, str]
) -> Iterable[dict[str, Any]]:
    text = {"role": "property", "field": cell.name, "text": cell.text}
    for found in extract_references([[text] if cell.text else None], key_pattern)[0]:
        key = found["key"]
        rule = "relation" if key in addresses else "field"
        key = addresses.get(key, "" if key.startswith("@") else key)
        yield _claim(record, cell, rule, key, found["text"], suspect=found["suspect"])


def _subject(record: Record) -> str:
    own = record.cells.get("id")
    readable = own is not None and own.kind not in ("empty", "error")
    return initiative_id(record.source, record.id, own.text if own and readable else None)


def _claim(
    record: Record, cell: Cell, rule: str, key: str, text: str, *, suspect: bool = False
) -> dict[str, Any]:
    return {
        "subject_id": _subject(record),
        "rule": rule,
        "key": key,
        "text": text,
        "source": record.source,
        "record_id": record.id,
        "url": record.url,
        "field": cell.name,
        "seen_at": record.seen_at,
        "suspect": suspect,
    }
