"""A Key Result over several nights: its rows and the changes that comparing the nights finds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from okr_model.assemble import KeyResultParts, SignalInputs, build_key_results
from okr_model.progress.definition_changes import as_published, definition_changes
from okr_model.progress.value_series import all_measurements
from okr_model.tables import CHANGES
from okr_model.tables.columns import STALE_COLUMNS
from okr_model.tables.contract import conform
from tests.support.key_result_frames import NO_CHECK_INS, definitions, measured, measurements

NO_CHANGES = pd.DataFrame(columns=CHANGES.column_names)
_LINKS = pd.DataFrame(columns=["initiative_id", "key_result_id", "cycle_id", "state"])
_COUNTS = ["activity_28d", "open_issues", "done_issues", "added_28d", "finished_28d"]


def changes_over(*nights: tuple[date, pd.DataFrame]) -> pd.DataFrame:
    """The changes found by comparing each night's definitions with those of the night before."""
    before, known = pd.DataFrame(), NO_CHANGES
    for number, (day, defined) in enumerate(nights):
        now = as_published(defined).assign(as_of=day, run_id="r")
        known = conform(definition_changes(before, now, known, day, f"run {number}"), CHANGES)
        before = now
    return known


def rows_on(
    day: date,
    defined: pd.DataFrame,
    *values: list[dict[str, Any]],
    check_ins: pd.DataFrame = NO_CHECK_INS,
) -> pd.DataFrame:
    """The rows of Key Results on a day, with these readings."""
    parts = KeyResultParts(
        key_results=defined,
        measurements=all_measurements(defined, measurements(*values), check_ins),
        check_ins=check_ins,
        links=_LINKS,
        activity=pd.DataFrame(columns=["key_result_id", *_COUNTS]),
        stale=pd.DataFrame(columns=STALE_COLUMNS),
    )
    return build_key_results(parts, day, signals=SignalInputs(expects_check_ins=False))


def at(value: float, on: int = 40, key_result_id: str = "KR-1") -> list[dict[str, Any]]:
    """One reading so many days after the first day of the cycle."""
    return measured(key_result_id, [(on, value)])


__all__ = ["NO_CHANGES", "at", "changes_over", "definitions", "rows_on"]
