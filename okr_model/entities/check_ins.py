"""Check-ins: dated statements of a team on one Key Result.

What belongs here: reading check-ins into one frame. What does not: the words for confidence levels
(``confidence_words``), what a check-in holds beside its call (``content``) and the computed level
(``confidence``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from okr_model.entities.confidence_words import confidence_levels
from okr_model.entities.content.content_fields import read_check_in_content
from okr_model.entities.derived.comment_check_ins import COMMENT
from okr_model.entities.fields import (
    each,
    or_none,
    order_columns,
    resolve,
    texts,
    unreadable,
    without_far_days,
    without_key_result,
)
from okr_model.entities.measurements import of_key_result
from okr_model.entities.target_texts import read_values
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.cells import cells_of, places_of, records_of
from okr_model.quantities.cycles import assign_cycles
from okr_model.quantities.days import read_days
from okr_model.quantities.statement_order import TOLD_BY, in_statement_order, same_moment

_HOLDS = "check_ins"
_OF_DAY = ["key_result_id", "date"]
_WHERE = ["comment_at", "stated_in"]  # for sentences only


def read_check_ins(
    cells: pd.DataFrame,
    key_results: pd.DataFrame,
    words: Sequence[str],
    timezone: str,
    aliases: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the check-ins.

    Args:
        cells: The long cells frame.
        key_results: From :func:`okr_model.entities.read_key_results`.
        words: The organization's three words of confidence, high to low.
        timezone: The organization's zone, in which instants become days.
        aliases: Former id of a Key Result -> its current one.

    Returns:
        ``key_result_id, cycle_id, date, stated_at (null where only the day is known), number,
        confidence (high, medium, low), confidence_text, value, unit, value_text, conversion, field,
        problem, note, author, source, record_id, url, seen_at``, the columns of
        :func:`okr_model.entities.content.content_fields.read_check_in_content`, and the findings. A
        check-in without a known Key Result or a day is left out. The rows are sorted by Key Result,
        day and ``number``: the first statement of a day is 1, and the last one counts.
    """
    records = records_of(cells, _HOLDS)
    named = resolve(
        cells_of(cells, _HOLDS, records, "key_result"),
        key_results.drop_duplicates("key_result_id"),
        "key_result_id",
        aliases,
    )
    date_cells = cells_of(cells, _HOLDS, records, "date")
    days = without_far_days(read_days(date_cells, timezone), key_results)
    frame = pd.DataFrame(
        {
            "key_result_id": named["id"],
            "date": days["day"],
            "confidence_text": texts(cells, _HOLDS, records, "confidence"),
            "note": texts(cells, _HOLDS, records, "note"),
            "author": texts(cells, _HOLDS, records, "author"),
            "unread": texts(cells, _HOLDS, records, COMMENT),
            "comment_at": places_of(cells_of(cells, _HOLDS, records, COMMENT)),
            "stated_in": places_of(cells_of(cells, _HOLDS, records, "confidence")),
            **order_columns(records, days),
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
    stated = frame["confidence_text"].notna() | texts(cells, _HOLDS, records, "value").notna()
    says = stated | frame["note"].notna()
    findings = without_key_result(frame[says & named["id"].isna()], "check-in")
    findings += each(frame[named["id"].notna() & ~named["known"]], _unknown)
    findings += each(
        undated[named["known"] & days["day"].isna()],
        lambda row: unreadable(row, "key result", row["key_result_id"], "date of a check-in"),
    )
    usable = named["known"] & days["day"].notna()
    silent = usable & frame["unread"].notna() & ~stated
    findings += each(frame[silent], _unreadable_comment)
    usable &= ~silent
    value_cells = cells_of(cells, _HOLDS, records, "value")
    frame = _with_values(frame[usable], value_cells[usable], key_results)
    findings += _unreadable_statements(frame, words)
    content, unread = read_check_in_content(cells, records, frame, timezone)
    frame, findings = frame.join(content), findings + unread
    ordered = in_statement_order(frame, _OF_DAY)
    findings += _contradictory(ordered)
    number = (ordered.groupby(_OF_DAY).cumcount() + 1).astype("Int64")
    unpublished = ["place", "dataset", "row", "created_at", "edited_at", "unread"]
    ordered = ordered.assign(number=number).drop(columns=[*unpublished, *_WHERE])
    return ordered.reset_index(drop=True), findings_frame(findings)


def _contradictory(ordered: pd.DataFrame) -> list[Finding]:
    """The findings about calls of one day of which nothing says which is the later."""
    calls = ordered[ordered["confidence"].notna()]
    calls = calls[calls.duplicated(_OF_DAY, keep=False)]
    last = calls.drop_duplicates(_OF_DAY, keep="last")
    names = [*_OF_DAY, "confidence", "confidence_text", "url", *TOLD_BY]
    taken = calls[_OF_DAY].merge(last[names], on=_OF_DAY).set_axis(calls.index)
    apart = (calls["confidence"] != taken["confidence"]) & same_moment(calls, taken)
    told = calls.assign(taken_text=taken["confidence_text"], taken_source=taken["source"])
    return each(told[apart], _which_is_later)


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
            f"A check-in in {row['source']} names {row['key_result_id']}, but no Key Result of"
            " that id is read: correct one of them."
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
            f" {row['date']:%Y-%m-%d} ({row['stated_in']}) is not a confidence level: write"
            f" {', '.join(words[:-1])} or {words[-1]}."
        ),
        evidence=row["confidence_text"],
        url=or_none(row["url"]),
    )


def _unreadable_comment(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.UNREADABLE_CHECK_IN,
        severity="warning",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"The {row['comment_at']} begins like a check-in of {row['key_result_id']}, but states"
            " neither a value nor a confidence: write them, or begin it in another way."
        ),
        evidence=or_none(row["unread"]),
        url=or_none(row["url"]),
    )


def _which_is_later(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.CONTRADICTORY_CHECK_INS,
        severity="warning",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"Two places state the confidence in {row['key_result_id']} on {row['date']:%Y-%m-%d}:"
            f" “{row['taken_text']}” in {row['taken_source']} is taken,"
            f" “{row['confidence_text']}” in {row['source']} is not, but nothing says which is the"
            " later. Write the time of day in both, or keep one."
        ),
        evidence=or_none(row["note"]),
        url=or_none(row["url"]),
    )
