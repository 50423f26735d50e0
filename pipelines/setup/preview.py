"""What the first records of a proposed dataset would become.

What belongs here: sample records through the same reading as a night's. What does not: choosing the
dataset (``proposals``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from connectors.cells import Cell
from okr_model import entities
from okr_model.languages.folding import same_id
from okr_model.quantities.cycles import Cycle
from pipelines.datasets.cells import long_cells
from pipelines.datasets.records import Record, wanted_fields
from pipelines.setup.proposals import Proposal

SHOWN = 5
_LONGEST = 60
_OF_TIME = ("cycle", "objective", "start", "due", "phases")


def preview(proposal: Proposal, cycles: Sequence[Cycle], timezone: str) -> list[str]:
    """The first records, one line each: the fields as written, and what is understood."""
    records = list(_records(proposal))[:SHOWN]
    understood = _understood(proposal, records, cycles, timezone)
    lines = []
    for record in records:
        told = [
            f"{name}: {_short(cell.text) or f'{len(cell.refs)} linked'}"
            for name, cell in record.cells.items()
            if cell.text or cell.refs
        ]
        means = understood.get(record.id)
        lines.append("; ".join(told) + (f"  →  {means}" if means else ""))
    return lines


def texts_of(proposal: Proposal, field: str) -> list[str]:
    """What its sample records say in a field of the model."""
    cells = (record.cells.get(field) for record in _records(proposal))
    return [cell.text for cell in cells if cell is not None and cell.text]


def _records(proposal: Proposal) -> Iterator[Record]:
    dataset, now = proposal.dataset, dt.datetime.now(dt.UTC)
    for number, served in enumerate(proposal.sample, 1):
        named = {same_id(cell.name or key): cell for key, cell in served.items()}
        named |= {same_id(key): cell for key, cell in served.items()}
        fields = wanted_fields(dataset).items()
        cells = {name: named[same_id(field)] for name, field in fields if same_id(field) in named}
        if any(cell.kind != "empty" for cell in cells.values()):
            yield Record(dataset.source, proposal.title, str(number), None, now, cells, number)


def _understood(
    proposal: Proposal, records: Sequence[Record], cycles: Sequence[Cycle], timezone: str
) -> Mapping[str, str]:
    """What each Key Result would be, by record; of other content its fields say it all."""
    if proposal.dataset.holds != "key_results" or not records:
        return {}
    known = [_without_cycle(record) for record in records]
    cells = long_cells("key_results", known)
    objectives, _ = entities.read_objectives(cells, cycles)
    found, _ = entities.read_key_results(cells, objectives, cycles, timezone, cycles[-1].start)
    return {str(row["record_id"]): _in_words(row) for row in found.to_dict("records")}


def _without_cycle(record: Record) -> Record:
    """The record as if it were of the cycle that is set up, so that all are understood."""
    cells: Mapping[str, Cell] = {
        name: cell for name, cell in record.cells.items() if name not in _OF_TIME
    }
    return Record(record.source, record.place, record.id, None, record.seen_at, cells, record.row)


def _in_words(row: Mapping[str, object]) -> str:
    unit = "" if pd.isna(row["unit"]) else f" {row['unit']}"
    figures = [
        f"{name} {row[name]:.12g}{unit}" for name in ("baseline", "target") if pd.notna(row[name])
    ]
    kind = "" if pd.isna(row["kind"]) else str(row["kind"])
    return ", ".join(filter(None, [kind, *figures])) or "no target"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
