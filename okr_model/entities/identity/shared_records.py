"""Records that several datasets read, each with a mapping of its own.

What belongs here: joining what such datasets read of one record, and naming what they contradict
each other in. What does not: records of different places with one id (``duplicate_ids``).

Two datasets over one place may map different columns: of one row, one may read the target from a
number and the other from a text. They are one record if they read the same id (for check-ins, the
same Key Result and day); else a row holds several, side by side. Measurements and KPIs are compared
by their values, in their own readers.
"""

from __future__ import annotations

import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import same_ids

_IDENTITY = {
    "objectives": ("id",),
    "key_results": ("id",),
    "initiatives": ("id",),
    "check_ins": ("key_result", "date"),
}
_RECORD = ["holds", "source", "record_id"]
_LINKS = "key_result"


def join_shared_records(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The cells of each record under one dataset, where several read the same record.

    Of a field that several datasets read, the cell that holds something counts. If several hold
    something different, the first by the datasets' mappings counts, and a finding names both.

    Args:
        cells: The long cells frame.

    Returns:
        The frame, and the findings.
    """
    mine = cells[cells["holds"].isin(list(_IDENTITY))]
    datasets = mine[[*_RECORD, "dataset"]].drop_duplicates()
    shared = datasets[datasets.duplicated(_RECORD, keep=False)]
    if shared.empty:
        return cells, []
    keys = pd.MultiIndex.from_frame(mine[_RECORD])
    touched = mine[keys.isin(pd.MultiIndex.from_frame(shared[_RECORD]))]
    joined, findings = _joined(touched)
    return pd.concat([cells.drop(touched.index), joined], ignore_index=True), findings


def _joined(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """One dataset for each record and identity, one cell for each of its fields."""
    cells = cells.assign(_said=same_ids(cells["text"].fillna("")).str.replace(" ", ""))
    cells = cells.assign(_identity=_identities(cells))
    one = [*_RECORD, "_identity"]
    cells["dataset"] = cells.groupby(one)["dataset"].transform("min")
    cells["_silent"] = cells["kind"] == "empty"
    cells = cells.sort_values([*one, "field", "_silent", "name", "address"], kind="stable")
    key = [*one, "field"]
    kept = cells.drop_duplicates(key)
    first = cells[key].merge(kept[[*key, "_said", "name", "text"]], on=key)
    first = first.set_axis(cells.index)
    differs = ~cells["_silent"] & (cells["_said"] != first["_said"])
    differs &= ~cells["field"].str.startswith(_LINKS) | (cells["holds"] != "initiatives")
    taken = {"taken": first.loc[differs, "text"], "taken_name": first.loc[differs, "name"]}
    apart = cells[differs].assign(**taken)
    findings = [_differing(row) for _, row in apart.iterrows()]
    return kept[[name for name in kept.columns if not name.startswith("_")]], findings


def _identities(cells: pd.DataFrame) -> pd.Series:
    """What each cell's record is known by, as read by the cell's dataset."""
    one = [*_RECORD, "dataset"]
    fields = cells["holds"].map(_IDENTITY)
    named = [field in known for field, known in zip(cells["field"], fields, strict=True)]
    known = cells[named].sort_values("field").groupby(one)["_said"].agg("\x1f".join)
    found = known.reindex(pd.MultiIndex.from_frame(cells[one])).fillna("")
    return found.set_axis(cells.index)


def _differing(cell: pd.Series) -> Finding:
    return Finding(
        rule=Rule.CONTRADICTORY_DATASETS,
        severity="warning",
        subject_type="record",
        subject_id=cell["record_id"],
        sentence=(
            f"Two datasets read the {cell['field'].replace('_', ' ')} of one record of"
            f" {cell['place']}: “{cell['taken_name']}” holds {cell['taken']}, “{cell['name']}”"
            f" holds {cell['text']}. The first is taken: correct the record, or map only one of"
            " them."
        ),
        evidence=or_none(cell["text"]),
        url=or_none(cell["record_url"]),
    )
