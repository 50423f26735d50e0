"""Changes to the definitions of Key Results, detected by comparing one run with the next.

What belongs here: which fields are watched, and what changed between two runs' definitions. What
does not: values over time, and who may change what. The table is append-only: rows of earlier runs
are never modified, and each row keeps both the old and the new value.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.units import convert, in_words
from okr_model.tables import CHANGES

WATCHED = (
    "target",
    "target_high",
    "baseline",
    "kind",
    "unit",
    "starts_on",
    "due_on",
    "phases",
    "ambition",
    "statement",
    "owner",
    "team",
    "objective_id",
)
"""The columns of ``key_results`` whose changes are recorded."""
_NUMBERS = ("target", "target_high", "baseline")


def definition_changes(
    before: pd.DataFrame, now: pd.DataFrame, known: pd.DataFrame, as_of: date, run_id: str
) -> pd.DataFrame:
    """The known changes, plus those between the last published definitions and the present ones.

    A Key Result that is new or gone has not changed. A baseline that is only the first measurement
    is not part of the definition, so it is not compared. The same quantity in another unit (3 days,
    72 hours) is a change of the unit only.

    Args:
        before: The last published ``key_results``; empty before the first run.
        now: Those of this run.
        known: The last published ``changes``.
        as_of: The day this run computes; if it is earlier than the published day, a past day is
            being recomputed, and nothing is compared.
        run_id: This run.

    Returns:
        The columns of :data:`okr_model.tables.CHANGES`, ordered by Key Result and number.
    """
    if before.empty or midnight(as_of) < to_days(before["as_of"]).max():
        return known
    before = before.reindex(columns=[*KEY, *WATCHED, "baseline_source", "rationale"])
    both = before.merge(now, on=KEY, suffixes=("_before", ""))
    found = [_changes_of(both, field) for field in WATCHED]
    new = pd.concat(found, ignore_index=True).assign(seen_on=as_of, run_id=run_id)
    if new.empty:
        return known
    new = new.sort_values(KEY, kind="stable", ignore_index=True)
    last = known.groupby(KEY)["number"].max() if len(known) else pd.Series(dtype="int64")
    earlier = pd.Series(list(zip(new[KEY[0]], new[KEY[1]], strict=True))).map(last.to_dict())
    new["number"] = earlier.fillna(0).astype("int64") + new.groupby(KEY).cumcount() + 1
    new = new.reindex(columns=CHANGES.column_names)
    rows = pd.concat([known, new], ignore_index=True) if len(known) else new
    return rows.sort_values([*KEY, "number"], ignore_index=True)


def moved_targets(changes: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The last move of each target, unless it is back where it was before the first move.

    Args:
        changes: As :func:`definition_changes` returns.
        now: ``key_result_id, cycle_id, target, unit``.

    Returns:
        ``key_result_id, cycle_id, target_before`` (before that move, in the present unit; null
        if it cannot be converted) and ``target_moved_on``.
    """
    rows = changes[changes["field"] == "target"].sort_values([*KEY, "number"], kind="stable")
    rows = rows.merge(now[[*KEY, "target", "unit"]], on=KEY, suffixes=("", "_now"))
    old = [
        _converted(value, unit, into)
        for value, unit, into in zip(rows["old_value"], rows["unit"], rows["unit_now"], strict=True)
    ]
    rows = rows.assign(target_before=pd.Series(old, index=rows.index, dtype="float64"))
    first = rows.groupby(KEY)["target_before"].transform(lambda before: before.iloc[0])
    back = np.isclose(first, rows["target"].astype("float64"))
    moved = rows[~back].drop_duplicates(KEY, keep="last")
    moved = moved.assign(target_moved_on=to_days(moved["seen_on"]))
    return moved[[*KEY, "target_before", "target_moved_on"]].astype(dict.fromkeys(KEY, "str"))


def moved_findings(rows: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """One finding for each move of a target whose signal ``target moved`` fires.

    Args:
        rows: ``key_result_id, cycle_id, signals``.
        changes: As :func:`definition_changes` returns.
    """
    firing = rows[rows["signals"].map(lambda names: Rule.TARGET_MOVED in names).astype("bool")]
    moves = changes[changes["field"] == "target"].merge(firing[KEY], on=KEY)
    moves = moves.assign(seen_on=to_days(moves["seen_on"]))
    return findings_frame(_finding(row) for row in moves.itertuples(index=False, name="Move"))


def gone_findings(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """One finding for each Key Result that was published and is read no more.

    Args:
        before: The last published ``key_results``; empty before the first run.
        now: This run's: ``key_result_id, cycle_id``.
    """
    if before.empty:
        return findings_frame()
    both = before[[*KEY, "statement", "url"]].merge(now[KEY], on=KEY, how="left", indicator=True)
    gone = both[both["_merge"] == "left_only"]
    return findings_frame(_gone(row) for row in gone.itertuples(index=False, name="Gone"))


def _gone(row: Any) -> Finding:
    return Finding(
        rule=Rule.KEY_RESULT_GONE,
        severity="warning",
        subject_type="key result",
        subject_id=row.key_result_id,
        sentence=(
            f"{row.key_result_id} of {row.cycle_id} was published by the run before and is read no"
            " more. If that is not on purpose, restore its record, its id or its cycle."
        ),
        evidence=_or_none(row.statement),
        url=row.url if isinstance(row.url, str) else None,
    )


def _finding(row: Any) -> Finding:
    silent = not isinstance(row.rationale, str)
    seen = f"{row.seen_on:%Y-%m-%d}"
    why = "Nobody wrote why: ask." if silent else f"Why: “{row.rationale}”."
    return Finding(
        rule=Rule.TARGET_MOVED,
        severity="warning" if silent else "info",
        subject_type="key result",
        subject_id=row.key_result_id,
        sentence=(
            f"{row.key_result_id}: The target was moved from {_or_none(row.old)} to"
            f" {_or_none(row.new)}, seen on {seen}. {why}"
        ),
        evidence=f"{seen} {row.number}: {_or_none(row.old)} → {_or_none(row.new)}",
        url=row.url if isinstance(row.url, str) else None,
    )


def _or_none(text: Any) -> str:
    return text if isinstance(text, str) else "none"


def _changes_of(both: pd.DataFrame, field: str) -> pd.DataFrame:
    """The changes of one field, for Key Results that exist in both runs."""
    old, new = both[f"{field}_before"], both[field]
    if field in _NUMBERS:
        raw = old.astype("float64")
        new = new.astype("float64")
        if field == "baseline":
            raw = raw.where(both["baseline_source_before"] == "declared")
            new = new.where(both["baseline_source"] == "declared")
        old = _in_present_unit(both, raw)
        # Where the units cannot be converted, the numbers as they are written tell.
        written = old.where(raw.isna() | old.notna(), raw)
        same = np.isclose(written, new, rtol=1e-9, atol=0.0) | (written.isna() & new.isna())
        changed = both[~same]
    else:
        old, new = _texts(old), _texts(new)
        changed = both[(old != new) & ~(old.isna() & new.isna())]
    at = changed.index
    number = field in _NUMBERS
    if number:
        shown = _shown(old[at], changed["unit"])
        shown = shown.where(shown.notna(), _shown(raw[at], changed["unit_before"]))
    return pd.DataFrame(
        {
            **{name: changed[name].astype("str") for name in KEY},
            "field": field,
            "old": shown if number else old[at],
            "new": _shown(new[at], changed["unit"]) if number else new[at],
            "old_value": old[at] if number else np.nan,
            "new_value": new[at] if number else np.nan,
            "unit": changed["unit"].astype("str"),
            "rationale": _rationale(changed),
            "url": changed["url"].astype("str"),
        }
    )


def _in_present_unit(both: pd.DataFrame, old: pd.Series) -> pd.Series:
    """``old`` in the present unit; null where the units cannot be converted."""
    moved = _texts(both["unit_before"]).fillna("") != _texts(both["unit"]).fillna("")
    for at in both.index[moved & old.notna()]:
        old = old.astype("object")
        old[at] = _converted(old[at], both.loc[at, "unit_before"], both.loc[at, "unit"])
    return old.astype("float64")


def _converted(value: Any, unit: Any, into: Any) -> float | None:
    if pd.isna(value):
        return None
    return convert(
        float(value),
        unit if isinstance(unit, str) else None,
        into if isinstance(into, str) else None,
    )


def _rationale(changed: pd.DataFrame) -> pd.Series:
    """Why, if a reason was written since the previous run; an old text explains no new change."""
    now, before = _texts(changed["rationale"]), _texts(changed["rationale_before"])
    return now.where(now.fillna("") != before.fillna(""))


def _texts(values: pd.Series) -> pd.Series:
    """Any value as text; days in ISO format."""
    return values.astype("object").map(str, na_action="ignore").astype("str").str.slice(0, 1000)


def _shown(values: pd.Series, units: pd.Series) -> pd.Series:
    words = [
        None if pd.isna(value) else in_words(value, unit if isinstance(unit, str) else None)
        for value, unit in zip(values, units, strict=True)
    ]
    return pd.Series(words, index=values.index, dtype="str")
