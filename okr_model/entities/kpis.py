"""KPIs: permanent health metrics, published beside Key Results and never counted as their progress.

What belongs here: reading them and their corridor. What does not: anything that touches a Key
Result.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from okr_model.entities.fields import (
    each,
    ids,
    no_id,
    or_none,
    order_columns,
    texts,
    unreadable,
)
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cell_quantities import convert_quantities, read_quantities
from okr_model.quantities.cells import cells_of, places_of, records_of
from okr_model.quantities.days import read_days
from okr_model.quantities.statement_order import in_statement_order
from okr_model.quantities.units import figure

_HOLDS = "kpis"


def read_kpis(cells: pd.DataFrame, timezone: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the KPIs.

    The edges of the corridor are converted into the unit of the value beside them.

    Returns:
        ``kpi_id, name, team, date, value, low, high, within, source, record_id, url`` (``within``
        is null where there is no corridor), and the findings. Rows without id, day or value are
        left out; an empty value is not a finding.
    """
    records = records_of(cells, _HOLDS)
    fields = {name: cells_of(cells, _HOLDS, records, name) for name in ("value", "low", "high")}
    read = {name: read_quantities(fields[name]) for name in fields}
    date_cells = cells_of(cells, _HOLDS, records, "date")
    days = read_days(date_cells, timezone)
    frame = pd.DataFrame(
        {
            "kpi_id": ids(cells, _HOLDS, records, "id"),
            "name": texts(cells, _HOLDS, records, "name"),
            "team": texts(cells, _HOLDS, records, "team"),
            "date": days["day"],
            **order_columns(records, days),
            "url": records["record_url"],
        }
    )
    findings = each(frame[frame["kpi_id"].isna()], lambda row: no_id(row, "KPI"))
    has_id = frame["kpi_id"].notna()
    undated = (date_cells["kind"] == "empty") & (fields["value"]["kind"] != "empty")
    faulty = frame.assign(
        problem=days["problem"].mask(undated, "it is empty"),
        text=date_cells["text"],
        field=places_of(date_cells),
    )
    findings += _unreadable(faulty[has_id], "date")
    for name in fields:
        figures = convert_quantities(read[name], read["value"]["unit"], "KPI")
        frame[name] = figures["value"]
        faulty = frame.assign(
            problem=figures["problem"], text=read[name]["text"], field=places_of(fields[name])
        )
        findings += _unreadable(faulty[has_id], name)
    frame = frame[has_id & frame["date"].notna() & frame["value"].notna()]
    frame, repeated = _once_a_day(frame)
    cornered = frame["low"].notna() | frame["high"].notna()
    inside = frame["value"].between(frame["low"].fillna(-np.inf), frame["high"].fillna(np.inf))
    frame["within"] = inside.astype("boolean").where(cornered)
    return frame.reset_index(drop=True), findings_frame(findings + repeated)


def _once_a_day(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The latest of each KPI and day, and a finding for each that it replaces."""
    key = ["kpi_id", "date"]
    ordered = in_statement_order(frame, key)
    taken = ordered.groupby(key)["value"].transform("last")
    earlier = ordered.duplicated(key, keep="last")
    return ordered[~earlier], each(ordered.assign(taken=taken)[earlier], _repeated)


def _unreadable(faulty: pd.DataFrame, what: str) -> list[Finding]:
    return each(
        faulty[faulty["problem"].notna()],
        lambda row: unreadable(row, "kpi", row["kpi_id"], what),
    )


def _repeated(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.DUPLICATE_KPI,
        severity="warning",
        subject_type="kpi",
        subject_id=row["kpi_id"],
        sentence=(
            f"KPI {row['kpi_id']} has two values for {row['date']:%Y-%m-%d}:"
            f" {figure(row['taken'])}, the later one, is taken; {figure(row['value'])}"
            f" in record {row['record_id']} is left out. Keep one."
        ),
        evidence=figure(row["value"]),
        url=or_none(row["url"]),
    )
