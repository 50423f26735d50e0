"""Claims that others make for an initiative: tables of links, Key Results that name their work.

What belongs here: finding whom such a row speaks of. What does not: claims by the initiatives' own
records (``claims``), and whether a claim counts (:mod:`okr_model.links.resolve`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pandas as pd

from connectors.cells import Cell
from okr_model.findings import Finding
from okr_model.links.claims import CLAIM_COLUMNS
from okr_model.links.references import extract_references
from pipelines.datasets.records import Missing, Record, dataset_records
from pipelines.lake.tables import Lake
from pipelines.settings import Settings

_SHARE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(%?)")
_BETWEEN = re.compile(r"[;,\n]")


def read_mappings(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    key_results: pd.DataFrame,
    initiatives: pd.DataFrame,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Claims out of datasets that hold links, and out of the Key Results' field ``initiatives``.

    Args:
        lake: What was pulled.
        connection: To read it with.
        settings: Which datasets there are.
        key_results: ``key_result_id, source, record_id``.
        initiatives: ``initiative_id, initiative, title``: who may be named, by any of the three or
            by the id alone.

    Returns:
        :data:`okr_model.links.claims.CLAIM_COLUMNS`, and a finding for each row that names an
            initiative
        or a Key Result that cannot be told.
    """
    known = _Known(key_results, initiatives, settings.links.key_pattern)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for dataset in settings.datasets:
        reads = {"links": known.of_mapping, "key_results": known.of_key_result}.get(dataset.holds)
        if reads is None or (
            dataset.holds == "key_results" and "initiatives" not in dataset.fields
        ):
            continue
        try:
            records, _ = dataset_records(lake, connection, dataset)
        except Missing:
            continue  # told by read_cells already
        for record in records:
            for claim in reads(record):
                (findings if isinstance(claim, Finding) else rows).append(claim)  # type: ignore[arg-type]  # the one that it is
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS), findings


class _Known:
    """Whom a row may name, and how."""

    def __init__(
        self, key_results: pd.DataFrame, initiatives: pd.DataFrame, key_pattern: str
    ) -> None:
        self._pattern = key_pattern
        self._key_results = key_results.set_index(["source", "record_id"])[
            "key_result_id"
        ].to_dict()
        self._names: dict[str, set[str]] = {}
        ids = initiatives["initiative_id"]
        alone = ids.str.replace(r"^[a-z]+:", "", regex=True)
        for names in (ids, alone, initiatives["initiative"], initiatives["title"]):
            for name, initiative_id in zip(names.tolist(), ids.tolist(), strict=True):
                if isinstance(name, str):
                    self._names.setdefault(name.casefold(), set()).add(initiative_id)

    def of_mapping(self, record: Record) -> Iterator[dict[str, Any] | Finding]:
        """The claims of one row of a table of links."""
        names, keys = record.cells.get("initiative"), record.cells.get("key_result")
        if names is None or keys is None or "empty" in (names.kind, keys.kind):
            return
        subjects, found = self._subjects(record, names), self._keys(record, keys)
        if not found:
            yield _unknown(record, keys, "Key Result")
        for subject, name in subjects:
            if subject is None:
                yield _unknown(record, names, "initiative", name)
                continue
            for key, suspect in found:
                weight = record.cells.get("weight")
                yield _claim(record, keys, subject, "mapping", key, suspect) | _weight(weight)

    def of_key_result(self, record: Record) -> Iterator[dict[str, Any] | Finding]:
        """The claims of a Key Result that names its initiatives."""
        cell = record.cells.get("initiatives")
        key = self._key_results.get((record.source, record.id))
        if cell is None or key is None or cell.kind == "empty":
            return
        rule = "relation" if cell.kind == "refs" else "mapping"
        for subject, name in self._subjects(record, cell):
            if subject is None:
                yield _unknown(record, cell, "initiative", name)
            else:
                yield _claim(record, cell, subject, rule, key, suspect=False)

    def _subjects(self, record: Record, cell: Cell) -> Iterator[tuple[str | None, str]]:
        """Each initiative that a cell names, None where there is none or more than one."""
        if cell.kind == "refs" and record.source == "notion":
            yield from ((f"notion:{ref}", ref) for ref in cell.refs)
            return
        for part in (
            [cell.text] if cell.text.casefold() in self._names else _BETWEEN.split(cell.text)
        ):
            name = " ".join(part.split())
            ids = self._names.get(name.casefold(), set())
            if name:
                yield (next(iter(ids)) if len(ids) == 1 else None), name

    def _keys(self, record: Record, cell: Cell) -> list[tuple[str, bool]]:
        if cell.kind == "refs":
            known = [self._key_results.get((record.source, ref)) for ref in cell.refs]
            return [(key, False) for key in known if key is not None]
        text = {"role": "text", "field": cell.name, "text": cell.text}
        found = extract_references([[text]], self._pattern)[0]
        return [(one["key"], one["suspect"]) for one in found]


def _claim(
    record: Record, cell: Cell, subject: str, rule: str, key: str, suspect: bool
) -> dict[str, Any]:
    return {
        "subject_id": subject,
        "rule": rule,
        "key": key,
        "text": cell.text or key,
        "source": record.source,
        "record_id": record.id,
        "url": record.url,
        "field": cell.name,
        "seen_at": record.seen_at,
        "suspect": suspect,
    }


def _weight(cell: Cell | None) -> dict[str, Any]:
    """A share as a fraction: 60 % and 0.6 are alike; what cannot be read keeps its text."""
    if cell is None or cell.kind == "empty" or not cell.text.strip():
        return {"weight": None, "weight_text": None}
    if cell.kind in ("number", "percent"):
        return {"weight": cell.number, "weight_text": cell.text}
    match = _SHARE.fullmatch(cell.text.strip())
    share = float(match[1].replace(",", ".")) / (100 if match[2] else 1) if match else None
    return {"weight": share, "weight_text": cell.text}


def _unknown(record: Record, cell: Cell, what: str, name: str | None = None) -> Finding:
    return Finding(
        "unreadable link",
        "warning",
        "record",
        record.id,
        f"“{name or cell.text}” in “{cell.name}” of {record.place} names no {what}, or several. "
        "Write the key, the id or the whole title of one.",
        cell.text,
        record.url,
    )
