"""Claims made on behalf of initiatives: by link tables, and by Key Results that list their work.

What belongs here: identifying the initiative and the Key Result that such a row names. What does
not: claims by the initiatives' own records (``claims``), and whether a claim counts
(:mod:`okr_model.links.resolve`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd

from connectors.cells import Cell
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import same_id
from okr_model.links.claims import CLAIM_COLUMNS
from okr_model.links.references import extract_references
from pipelines.datasets.former_ids import former_names
from pipelines.datasets.last_reading import read_dataset
from pipelines.datasets.records import Record
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
    """Claims from datasets that hold links, and from the Key Results' field ``initiatives``.

    Args:
        lake: The lake to read.
        connection: The connection to read it with.
        settings: The settings with the datasets.
        key_results: ``key_result_id, source, record_id``.
        initiatives: ``initiative_id, initiative, title``; a row may name an initiative by any of
            the three, by its id without the source, or by a key that its issue in Jira had before.

    Returns:
        :data:`okr_model.links.claims.CLAIM_COLUMNS`, and a finding for each row whose initiative or
        Key Result cannot be identified.
    """
    names = _Names(
        *(key_results, initiatives, settings.links.key_pattern),
        lambda: former_names(lake, connection, initiatives),
    )
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for dataset in settings.datasets:
        reads = {"links": names.of_mapping, "key_results": names.of_key_result}.get(dataset.holds)
        if reads is None or (
            dataset.holds == "key_results" and "initiatives" not in dataset.fields
        ):
            continue
        for record in read_dataset(lake, connection, dataset).records:
            for claim in reads(record):
                (findings if isinstance(claim, Finding) else rows).append(claim)  # type: ignore[arg-type]  # each goes to its own list
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS), findings


class _Names:
    """The names by which rows may refer to initiatives and Key Results."""

    def __init__(
        self,
        key_results: pd.DataFrame,
        initiatives: pd.DataFrame,
        key_pattern: str,
        former: Callable[[], Mapping[str, str]],
    ) -> None:
        self._pattern = key_pattern
        self._read_former = former
        self._key_results = key_results.set_index(["source", "record_id"])[
            "key_result_id"
        ].to_dict()
        self._names: dict[str, set[str]] = {}
        ids = initiatives["initiative_id"]
        alone = ids.str.replace(r"^[a-z]+:", "", regex=True)
        for names in (ids, alone, initiatives["initiative"], initiatives["title"]):
            for name, initiative_id in zip(names.tolist(), ids.tolist(), strict=True):
                if isinstance(name, str):
                    self._names.setdefault(same_id(name), set()).add(initiative_id)

    @cached_property
    def _former(self) -> dict[str, set[str]]:
        """Read only once a name is nobody's: most tables name every initiative as it is called."""
        return {same_id(old): {initiative} for old, initiative in self._read_former().items()}

    def of_mapping(self, record: Record) -> Iterator[dict[str, Any] | Finding]:
        """The claims of one row of a link table."""
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
        """The claims of a Key Result that lists its initiatives."""
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
        """Each initiative that a cell names; None if no initiative or several match."""
        if cell.kind == "refs" and record.source == "notion":
            yield from ((f"notion:{ref}", ref) for ref in cell.refs)
            return
        for part in [cell.text] if same_id(cell.text) in self._names else _BETWEEN.split(cell.text):
            name = " ".join(part.split())
            ids = self._names.get(same_id(name)) or self._former.get(same_id(name), set())
            if name:
                yield (next(iter(ids)) if len(ids) == 1 else None), name

    def _keys(self, record: Record, cell: Cell) -> list[tuple[str, bool]]:
        if cell.kind == "refs":
            keys = [self._key_results.get((record.source, ref)) for ref in cell.refs]
            return [(key, False) for key in keys if key is not None]
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
    """A weight as a fraction: 60 % and 0.6 are equal; an unreadable one keeps its text only."""
    if cell is None or cell.kind == "empty" or not cell.text.strip():
        return {"weight": None, "weight_text": None}
    if cell.kind in ("number", "percent"):
        return {"weight": cell.number, "weight_text": cell.text}
    match = _SHARE.fullmatch(cell.text.strip())
    share = float(match[1].replace(",", ".")) / (100 if match[2] else 1) if match else None
    return {"weight": share, "weight_text": cell.text}


def _unknown(record: Record, cell: Cell, what: str, name: str | None = None) -> Finding:
    return Finding(
        rule=Rule.UNREADABLE_LINK,
        severity="warning",
        subject_type="record",
        subject_id=record.id,
        sentence=(
            f"“{name or cell.text}” in “{cell.name}” of {record.place} names no {what}, or "
            "several. Write the key, the id or the whole title of one."
        ),
        evidence=cell.text,
        url=record.url,
    )
