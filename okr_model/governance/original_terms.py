"""What a Key Result promised at first: its terms as they were when the baseline phase ended.

What belongs here: going back through recorded changes to the original target, baseline, kind and
unit. What does not: recording changes (``progress.definition_changes``), and scores (``scores``).

In the baseline phase terms are still being agreed on; a later change is measured against what was
agreed. A term that was empty and is filled in later was missing, not moved: it counts as if it had
been there from the start.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from okr_model.progress.definition_changes import dated
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import to_days
from okr_model.quantities.units import convert

TERMS = ("kind", "unit", "baseline", "target", "target_high")
_FIGURES = ("baseline", "target", "target_high")


def original_terms(
    rows: pd.DataFrame, changes: pd.DataFrame, agreed: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    """The original terms of each Key Result, in its present unit.

    Args:
        rows: ``key_result_id, cycle_id, kind, unit, baseline, target, target_high``.
        changes: As :func:`okr_model.progress.definition_changes.definition_changes` returns.
        agreed: The last day of the baseline phase of each row's cycle, as midnights.

    Returns:
        :data:`TERMS` with the index of ``rows``: the present term where nothing changed; a figure
        that was in a unit which does not convert into the present one is null. And how many terms
        changed after the baseline phase.
    """
    terms = rows[list(TERMS)].astype({"kind": "object", "unit": "object"})
    counted = pd.Series(0, index=rows.index)
    if changes.empty:
        return terms, counted
    later = dated(changes[changes["field"].isin(TERMS) & changes["old"].notna()])
    keys = rows[KEY].astype("str").assign(at=rows.index, agreed=agreed, now=rows["unit"])
    later = later.astype(dict.fromkeys(KEY, "str")).merge(keys, on=KEY)
    later = later[to_days(later["changed_on"]) > later["agreed"]]
    later = later.sort_values(["at", "changed_on", "changed_at", "number"], kind="stable")
    first = later.drop_duplicates(["at", "field"])
    for change in first.itertuples(index=False):
        terms.at[change.at, change.field] = _before(change)
    counted.update(later.groupby("at").size())
    return terms, counted


def _before(change: Any) -> Any:
    """The term before a change; a figure in the unit of the row today."""
    if change.field not in _FIGURES:
        return change.old
    if pd.isna(change.old_value):
        return None
    unit, now = (text if isinstance(text, str) else None for text in (change.unit, change.now))
    return convert(float(change.old_value), unit, now)
