"""Changes to the definitions of Key Results, from change logs and by comparing runs.

What belongs here: which fields are watched, and what changed between two runs' definitions. What
does not: values over time, reading change logs (``entities.derived``), and who may change what. The
table is append-only: rows of earlier runs are never modified, and each row keeps both the old and
the new value.
"""

from __future__ import annotations

from collections.abc import Sequence
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
CHANGE_COLUMNS = [
    *KEY, "field", "old", "new", "old_value", "new_value", "unit", "rationale", "url",
]  # fmt: skip
"""What :func:`changes_between` returns."""
_NUMBERS = ("target", "target_high", "baseline")


def definition_changes(
    before: pd.DataFrame,
    now: pd.DataFrame,
    known: pd.DataFrame,
    as_of: date,
    run_id: str,
    logged: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The known changes, plus those between the last published definitions and the present ones.

    A Key Result that is new or gone has not changed. A baseline that is only the first measurement
    is not part of the definition, so it is not compared. The same quantity in another unit (3 days,
    72 hours) is a change of the unit only.

    A change that a log tells is dated by the log; then comparing the runs adds nothing for that
    field. Several changes between two runs are several rows.

    Args:
        before: The last published ``key_results``; empty before the first run.
        now: Those of this run.
        known: The last published ``changes``.
        as_of: The day this run computes; if it is earlier than the published day, a past day is
            being recomputed, and nothing is compared.
        run_id: This run.
        logged: What change logs tell: the columns of :func:`changes_between`, ``changed_at`` and
            ``changed_on``; known changes may be among them.

    Returns:
        The columns of :data:`okr_model.tables.CHANGES`, ordered by Key Result and number.
    """
    if len(before) and midnight(as_of) < to_days(before["as_of"]).max():
        return known
    known = dated(known)
    found = [] if before.empty else [changes_between(before, now)]
    if logged is not None and len(logged):
        found = [_unexplained(each, logged) for each in found]
        found.append(_unknown(logged, known))
    found = [each for each in found if len(each)]
    known = _explained_later(known, before, now, found)
    if not before.empty and len(renamed := _renamed(now, known)):
        found.append(renamed)
    if not found:
        return known
    new = pd.concat(found, ignore_index=True).assign(seen_on=as_of, run_id=run_id)
    new = dated(new)
    new = new.sort_values([*KEY, "changed_on", "changed_at"], kind="stable", ignore_index=True)
    last = known.groupby(KEY)["number"].max() if len(known) else pd.Series(dtype="int64")
    earlier = pd.Series(list(zip(new[KEY[0]], new[KEY[1]], strict=True))).map(last.to_dict())
    new["number"] = earlier.fillna(0).astype("int64") + new.groupby(KEY).cumcount() + 1
    new = new.reindex(columns=CHANGES.column_names)
    rows = pd.concat([known, new], ignore_index=True) if len(known) else new
    return rows.sort_values([*KEY, "number"], ignore_index=True)


def _explained_later(
    known: pd.DataFrame, before: pd.DataFrame, now: pd.DataFrame, found: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """Known changes of which nobody had said why, with the reason written since the run before.

    A reason that is written together with a new change is about that one.
    """
    if known.empty or before.empty:
        return known
    there = before.reindex(columns=[*KEY, "rationale"])
    both = there.merge(now[[*KEY, "rationale"]], on=KEY, suffixes=("_before", ""))
    written = both.assign(why=_rationale(both)).dropna(subset="why").set_index(KEY)["why"].to_dict()
    for each in found:
        for key in zip(each[KEY[0]], each[KEY[1]], strict=True):
            written.pop(key, None)
    if not written:
        return known
    later = [written.get(key) for key in zip(known[KEY[0]], known[KEY[1]], strict=True)]
    reasons = pd.Series(later, index=known.index, dtype="str")
    return known.assign(rationale=known["rationale"].where(known["rationale"].notna(), reasons))


def changes_between(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The changes of all watched fields, of Key Results that are in both.

    Args:
        before: Earlier definitions, as published or from :func:`as_published`.
        now: Later ones, likewise.

    Returns:
        :data:`CHANGE_COLUMNS`.
    """
    before = before.reindex(columns=[*KEY, *WATCHED, "baseline_source", "rationale"])
    both = before.merge(now, on=KEY, suffixes=("_before", ""))
    found = [_changes_of(both, field) for field in WATCHED]
    found = [each for each in found if each is not None]
    return pd.concat(found, ignore_index=True) if found else no_changes()


def no_changes() -> pd.DataFrame:
    """An empty result of :func:`changes_between`."""
    return pd.DataFrame({name: pd.Series(dtype="str") for name in CHANGE_COLUMNS})


def as_published(key_results: pd.DataFrame) -> pd.DataFrame:
    """Definitions as they are published: a baseline is a definition only if it was declared.

    Args:
        key_results: From :func:`okr_model.entities.read_key_results`.
    """
    declared = key_results["baseline"].notna()
    source = pd.Series("declared", index=key_results.index).where(declared)
    days = {name: key_results[name].dt.date for name in ("starts_on", "due_on")}
    return key_results.assign(baseline_source=source, **days)


def dated(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes with ``changed_on`` and ``changed_at``, which older versions do not have."""
    seen = to_days(changes["seen_on"])
    there = changes.reindex(columns=dict.fromkeys([*changes.columns, "changed_on", "changed_at"]))
    on = to_days(there["changed_on"]).fillna(seen)
    at = pd.to_datetime(there["changed_at"], utc=True).astype("datetime64[us, UTC]")
    return there.assign(changed_on=on.dt.date, changed_at=at)


def _unexplained(found: pd.DataFrame, logged: pd.DataFrame) -> pd.DataFrame:
    """The changes found by comparing runs whose outcome is not that of the last logged one."""
    key = [*KEY, "field"]
    last = logged.sort_values("changed_at", kind="stable").drop_duplicates(key, keep="last")
    both = found[key].astype("str").merge(last[[*key, "new"]].astype("str"), on=key, how="left")
    told = found[key].astype("str").merge(last[key].astype("str"), on=key, how="left",
                                          indicator="told")  # fmt: skip
    same = both["new"].fillna("") == found["new"].astype("str").fillna("").to_numpy()
    return found[~(same & (told["told"] == "both")).to_numpy()]


def _unknown(logged: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The logged changes that no earlier run recorded, by the log or by comparing runs."""
    if known.empty:
        return logged
    key = [*KEY, "field"]
    rows = logged.reset_index(names="at")
    both = rows.astype(dict.fromkeys(key, "str")).merge(
        known.astype(dict.fromkeys(key, "str")), on=key, suffixes=("", "_known")
    )
    same = both["changed_at"] == both["changed_at_known"]
    compared = both["changed_at_known"].isna()
    compared &= to_days(both["seen_on"]) >= to_days(both["changed_on"])
    for side in ("old", "new"):
        compared &= both[side].fillna("") == both[f"{side}_known"].fillna("")
    return logged[~logged.index.isin(both.loc[same | compared, "at"])]


def moved_targets(changes: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The last move of each target, unless it is back where it was before the first move.

    Args:
        changes: As :func:`definition_changes` returns.
        now: ``key_result_id, cycle_id, target, unit``.

    Returns:
        ``key_result_id, cycle_id, target_before`` (before that move, in the present unit; null
        if it cannot be converted), ``target_moved_on`` and ``target_move_logged`` (1: that day is
        a change log's; 0: it is when the move was seen).
    """
    rows = dated(changes[changes["field"] == "target"])
    rows = rows.sort_values([*KEY, "changed_on", "changed_at", "number"], kind="stable")
    rows = rows.merge(now[[*KEY, "target", "unit"]], on=KEY, suffixes=("", "_now"))
    old = [
        _converted(value, unit, into)
        for value, unit, into in zip(rows["old_value"], rows["unit"], rows["unit_now"], strict=True)
    ]
    rows = rows.assign(target_before=pd.Series(old, index=rows.index, dtype="float64"))
    first = rows.groupby(KEY)["target_before"].transform(lambda before: before.iloc[0])
    back = np.isclose(first, rows["target"].astype("float64"))
    moved = rows[~back].drop_duplicates(KEY, keep="last")
    moved = moved.assign(
        target_moved_on=to_days(moved["changed_on"]), target_move_logged=moved["changed_at"].notna()
    )
    columns = [*KEY, "target_before", "target_moved_on", "target_move_logged"]
    return moved[columns].astype({**dict.fromkeys(KEY, "str"), "target_move_logged": "float64"})


def moved_findings(rows: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """One finding for each move of a target whose signal ``target moved`` fires.

    Args:
        rows: ``key_result_id, cycle_id, signals``.
        changes: As :func:`definition_changes` returns.
    """
    firing = rows[rows["signals"].map(lambda names: Rule.TARGET_MOVED in names).astype("bool")]
    moves = changes[changes["field"] == "target"].merge(firing[KEY], on=KEY)
    moves = dated(moves)
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
    on = f"{row.changed_on:%Y-%m-%d}"
    when = f"seen on {on}" if pd.isna(row.changed_at) else f"on {on}"
    why = "Nobody wrote why: ask." if silent else f"Why: “{row.rationale}”."
    return Finding(
        rule=Rule.TARGET_MOVED,
        severity="warning" if silent else "info",
        subject_type="key result",
        subject_id=row.key_result_id,
        sentence=(
            f"{row.key_result_id}: The target was moved from {_or_none(row.old)} to"
            f" {_or_none(row.new)}, {when}. {why}"
        ),
        evidence=f"{on}: {_or_none(row.old)} → {_or_none(row.new)}",
        url=row.url if isinstance(row.url, str) else None,
    )


def _or_none(text: Any) -> str:
    return text if isinstance(text, str) else "none"


def _renamed(now: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The last renaming of each Key Result that no earlier run recorded."""
    if "former_ids" not in now or now["former_ids"].isna().all():
        return no_changes()
    rows = now[now["former_ids"].notna()]
    rows = rows.assign(field=KEY[0], old=rows["former_ids"].str[0], new=rows[KEY[0]])
    rows = rows.reindex(columns=CHANGE_COLUMNS)
    told = known.loc[known["field"] == KEY[0], [*KEY, "old"]].astype("str")
    return rows[~_pairs(rows[[*KEY, "old"]]).isin(_pairs(told))]


def _pairs(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame.astype("str"))


def _changes_of(both: pd.DataFrame, field: str) -> pd.DataFrame | None:
    """The changes of one field, for Key Results that exist in both runs; None if there is none."""
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
    if changed.empty:
        return None  # as nearly always; to make a frame of it would take most of the time
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
