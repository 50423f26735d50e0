"""Check-ins: dated statements of a team on one Key Result.

What belongs here: reading check-ins into one frame. What does not: the words for confidence levels
(``confidence_words``) and the computed level (``confidence``).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from okr_model.entities.confidence_words import confidence_levels
from okr_model.entities.fields import each, or_none, resolve, texts, unreadable
from okr_model.entities.measurements import of_key_result
from okr_model.entities.target_texts import read_values
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cells import cells_of, places_of, records_of
from okr_model.quantities.cycles import assign_cycles
from okr_model.quantities.days import read_days

_HOLDS = "check_ins"


def read_check_ins(
    cells: pd.DataFrame, key_results: pd.DataFrame, words: Sequence[str], timezone: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the check-ins.

    Args:
        cells: The long cells frame.
        key_results: From :func:`okr_model.entities.read_key_results`.
        words: The organization's three words of confidence, high to low.
        timezone: The organization's zone, in which instants become days.

    Returns:
        ``key_result_id, cycle_id, date, confidence (high, medium, low), confidence_text, value,
        unit, value_text, conversion, field, problem, note, author, source, record_id, url,
        seen_at``, and the findings. A check-in without a known Key Result or a day is left out.
    """
    records = records_of(cells, _HOLDS)
    named = resolve(
        cells_of(cells, _HOLDS, records, "key_result"),
        key_results.drop_duplicates("key_result_id"),
        "key_result_id",
    )
    date_cells = cells_of(cells, _HOLDS, records, "date")
    days = read_days(date_cells, timezone)
    frame = pd.DataFrame(
        {
            "key_result_id": named["id"],
            "date": days["day"],
            "confidence_text": texts(cells, _HOLDS, records, "confidence"),
            "note": texts(cells, _HOLDS, records, "note"),
            "author": texts(cells, _HOLDS, records, "author"),
            "source": records["source"],
            "record_id": records["record_id"],
            "url": records["record_url"],
            "seen_at": records["seen_at"],
        }
    )
    frame["confidence"] = confidence_levels(frame["confidence_text"], words)
    undated = frame.assign(
        problem=days["problem"].fillna("it is empty"),
        text=date_cells["text"],
        field=places_of(date_cells),
    )
    findings = each(frame[named["id"].notna() & ~named["known"]], _unknown)
    findings += each(
        undated[named["known"] & days["day"].isna()],
        lambda row: unreadable(row, "key result", row["key_result_id"], "date of a check-in"),
    )
    usable = named["known"] & days["day"].notna()
    value_cells = cells_of(cells, _HOLDS, records, "value")
    frame = _with_values(frame[usable], value_cells[usable], key_results)
    findings += _unreadable_statements(frame, words)
    ordered = frame.sort_values(["key_result_id", "date", "record_id"], ignore_index=True)
    return ordered, findings_frame(findings)


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
        value_text=value_cells["text"],
        conversion=converted["conversion"].astype("str"),
        field=places_of(value_cells),
        problem=converted["problem"].astype("str"),
    )


def _unreadable_statements(frame: pd.DataFrame, words: Sequence[str]) -> list[Finding]:
    """The findings about unknown confidence words and unreadable values."""
    unknown = frame["confidence_text"].notna() & frame["confidence"].isna()
    return each(frame[unknown], lambda row: _unknown_word(row, words)) + each(
        frame.assign(text=frame["value_text"])[frame["problem"].notna()],
        lambda row: unreadable(
            row,
            "key result",
            row["key_result_id"],
            f"value in the check-in of {row['date']:%Y-%m-%d}",
        ),
    )


def _unknown(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_KEY_RESULT,
        severity="warning",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"A check-in in {row['source']} names {row['key_result_id']}, but no Key Result has"
            " that id: correct one of them."
        ),
        evidence=or_none(row["note"]),
        url=or_none(row["url"]),
    )


def _unknown_word(row: pd.Series, words: Sequence[str]) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_CONFIDENCE,
        severity="warning",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"“{row['confidence_text']}” in the check-in of {row['key_result_id']} on"
            f" {row['date']:%Y-%m-%d} is not a confidence level: write {', '.join(words[:-1])} or"
            f" {words[-1]}."
        ),
        evidence=row["confidence_text"],
        url=or_none(row["url"]),
    )
