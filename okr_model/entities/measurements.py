"""Measurements: dated values of Key Results, from rows of a sheet or pages of a data source.

What belongs here: reading them into the unit of their Key Result. What does not: aggregates over
issues and rows (``measures``), or which of several values is used (``progress.value_series``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from okr_model.entities.fields import (
    each,
    or_none,
    order_columns,
    resolve,
    unreadable,
    without_far_days,
    without_key_result,
)
from okr_model.entities.target_texts import read_values
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cells import at_cell, cells_of, places_of, records_of
from okr_model.quantities.cycles import assign_cycles
from okr_model.quantities.days import read_days
from okr_model.quantities.statement_order import TOLD_BY, in_statement_order, same_moment
from okr_model.quantities.units import figure

_HOLDS = "measurements"
_TAKEN = ("value", "field", "url")


def read_measurements(
    cells: pd.DataFrame,
    key_results: pd.DataFrame,
    timezone: str,
    aliases: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the measurements.

    Rows without a value are weeks not filled in yet; they are left out without a finding. A value
    that cannot be read is kept, with a null ``value`` and the ``problem``, so that a Key Result
    with only such values can be reported as unreadable. Of several values of one source for one
    day, the latest counts (see :mod:`okr_model.quantities.statement_order`).

    Args:
        cells: The long cells frame.
        key_results: From :func:`okr_model.entities.read_key_results`.
        timezone: The organization's zone, in which instants become days.
        aliases: Former id of a Key Result -> its current one.

    Returns:
        ``key_result_id, cycle_id, date, measure, value, unit, text, conversion, field, problem,
        source, record_id, url, seen_at`` (``measure`` is the source's name), and the findings.
    """
    records = records_of(cells, _HOLDS)
    value_cells = cells_of(cells, _HOLDS, records, "value")
    date_cells = cells_of(cells, _HOLDS, records, "date")
    named = resolve(
        cells_of(cells, _HOLDS, records, "key_result"),
        key_results.drop_duplicates("key_result_id"),
        "key_result_id",
        aliases,
    )
    days = without_far_days(read_days(date_cells, timezone), key_results)
    frame = pd.DataFrame(
        {
            "key_result_id": named["id"],
            "date": days["day"],
            "measure": records["source"],
            "text": value_cells["text"],
            "field": places_of(value_cells),
            **order_columns(records, days),
            "url": at_cell(records["record_url"], value_cells["address"]),
            "seen_at": records["seen_at"],
        }
    )
    filled = value_cells["kind"] != "empty"
    findings = without_key_result(frame[filled & named["id"].isna()], "measurement")
    stated = filled & named["id"].notna()
    findings += _unknown(frame[stated & ~named["known"]])
    faulty = frame.assign(
        problem=days["problem"].fillna("it is empty"),
        text=date_cells["text"],
        field=places_of(date_cells).fillna(frame["field"]),
    )
    findings += each(
        faulty[stated & named["known"] & days["day"].isna()],
        lambda row: unreadable(row, "key result", row["key_result_id"], "date of a measurement"),
    )
    usable = stated & named["known"] & days["day"].notna()
    frame = _with_values(frame[usable], value_cells[usable], key_results)
    findings += each(frame[frame["problem"].notna()], _unreadable_value)
    frame, repeated = _once_a_day(frame)
    unpublished = ["place", "dataset", "row", "stated_at", "created_at", "edited_at"]
    return frame.drop(columns=unpublished), findings_frame(findings + repeated)


def _with_values(
    frame: pd.DataFrame, value_cells: pd.DataFrame, key_results: pd.DataFrame
) -> pd.DataFrame:
    cycle_id = assign_cycles(frame, key_results)
    unit = of_key_result(frame.assign(cycle_id=cycle_id), key_results, "unit")
    stages = of_key_result(frame.assign(cycle_id=cycle_id), key_results, "stages")
    converted = read_values(value_cells, unit, stages)
    return frame.assign(
        cycle_id=cycle_id,
        value=converted["value"],
        unit=unit,
        conversion=converted["conversion"].astype("str"),
        problem=converted["problem"].astype("str"),
    )


def of_key_result(rows: pd.DataFrame, key_results: pd.DataFrame, column: str) -> pd.Series:
    """What each row's Key Result has in a column in its cycle, as text; null where nothing."""
    known = key_results.reindex(columns=["key_result_id", "cycle_id", column]).astype("str")
    keys = rows[["key_result_id", "cycle_id"]].astype("str")
    return keys.merge(known, how="left")[column].set_axis(rows.index)


def _once_a_day(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The latest for each Key Result, day and source; readable ones take precedence."""
    key = ["key_result_id", "date", "measure"]
    ordered = in_statement_order(frame, key)
    ordered = pd.concat([ordered[ordered["problem"].notna()], ordered[ordered["problem"].isna()]])
    latest = ~ordered.duplicated(key, keep="last")
    kept = ordered[latest].sort_values(key, ignore_index=True)
    earlier = ordered[~latest & ordered["value"].notna()]
    names = [*key, "value", "field", "url", *TOLD_BY]
    taken = earlier[key].merge(kept[names], on=key, how="left").set_axis(earlier.index)
    said = {f"taken_{name}": taken[name] for name in _TAKEN}
    differing = earlier.assign(unordered=same_moment(earlier, taken), **said)
    return kept, each(differing[differing["value"] != differing["taken_value"]], _differing)


def _unknown(rows: pd.DataFrame) -> list[Finding]:
    """One finding for each unknown Key Result and place, not one per row."""
    first = rows.drop_duplicates(["key_result_id", "place"])
    count = rows.groupby(["key_result_id", "place"]).size()
    many = {key: f"{n} measurements" if n > 1 else "A measurement" for key, n in count.items()}
    return [
        Finding(
            rule=Rule.UNKNOWN_KEY_RESULT,
            severity="warning",
            subject_type="key result",
            subject_id=row["key_result_id"],
            sentence=(
                f"{many[row['key_result_id'], row['place']]} in {row['source']}"
                f" {'name' if count[row['key_result_id'], row['place']] > 1 else 'names'}"
                f" {row['key_result_id']}, but no Key Result of that id is read:"
                " correct one of them."
            ),
            evidence=or_none(row["field"]),
            url=or_none(row["url"]),
        )
        for _, row in first.iterrows()
    ]


def _unreadable_value(row: pd.Series) -> Finding:
    return unreadable(row, "key result", row["key_result_id"], f"value for {row['date']:%Y-%m-%d}")


def _differing(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.DUPLICATE_MEASUREMENT,
        severity="warning",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"{row['source']} states two values of {row['key_result_id']} for"
            f" {row['date']:%Y-%m-%d}: {figure(row['taken_value'])} in {_where(row, 'taken_')}"
            f" {'is taken, though nothing says that it is' if row['unordered'] else 'is taken as'}"
            f" the later one, {figure(row['value'])} in {_where(row)} is not. Keep one."
        ),
        evidence=or_none(row["field"]),
        url=or_none(row["url"]),
    )


def _where(row: pd.Series, prefix: str = "") -> str:
    """Where a value stands: its cell, else its record's address, else its source."""
    places = (or_none(row[f"{prefix}{name}"]) for name in ("field", "url"))
    return next((place for place in places if place), str(row["source"]))
