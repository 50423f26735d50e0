"""The content of each check-in out of its cells, and what of it cannot be read.

What belongs here: which field becomes which column. What does not: notes (``derived_cells``), and
what follows from several check-ins (``teams``).
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from okr_model.entities.content.labelled_text import day_near
from okr_model.entities.fields import each, or_none, texts, unreadable
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.check_in_words import (
    NOTHING,
    impediment_kind,
    is_confirmed,
    is_done,
)
from okr_model.languages.folding import fold_case
from okr_model.quantities.cells import cells_of, places_of
from okr_model.quantities.days import read_days
from okr_model.tables.records import IMPEDIMENT_KINDS

_HOLDS = "check_ins"
_TEXTS = {
    "changed": "changed",
    "cause": "cause",
    "impediment": "impediment",
    "impediment_kind": "impediment_kind_text",
    "impediment_owner": "impediment_owner",
    "next_action": "next_action",
    "action_owner": "action_owner",
    "adjustment": "adjustment",
    "depends_on": "depends_on",
}
_DAYS = {"impediment_since": "impediment_since", "action_due": "action_due_on"}
_ANSWERS = {
    "action_done": is_done,
    "last_action_done": is_done,
    "dependency_confirmed": is_confirmed,
}
_CALLED = {
    "impediment_since": "day since which the impediment is open",
    "action_due": "due day of the next action",
    "action_done": "answer whether the next action is done",
    "last_action_done": "answer whether the last action is done",
    "dependency_confirmed": "answer whether the dependency is confirmed",
}
FIELDS = (*_TEXTS, *_DAYS, *_ANSWERS)
"""The fields that may be mapped; see :data:`okr_model.tables.records.CHECK_IN_CONTENT`."""


def read_check_in_content(
    cells: pd.DataFrame, records: pd.DataFrame, told: pd.DataFrame, timezone: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The content of the check-ins that are used.

    Args:
        cells: The long cells frame.
        records: The records of check-ins.
        told: Of those that are used, by their index in ``records``: ``key_result_id, date, source,
            url``.
        timezone: The organization's zone.

    Returns:
        With the index of ``told``: ``changed, cause, impediment, impediment_kind,
        impediment_kind_text, impediment_owner, impediment_since, next_action, action_owner,
        action_due_on, action_done, last_action_done, adjustment, depends_on,
        dependency_confirmed``, all null where nothing is said; and the findings.
    """
    mine = cells[(cells["holds"] == _HOLDS) & cells["field"].isin(FIELDS)]
    mine = mine.reset_index(drop=True)
    records = records.loc[told.index]
    found = {
        column: _unless_nothing(texts(mine, _HOLDS, records, field), field)
        for field, column in _TEXTS.items()
    }
    findings: list[Finding] = []
    for field, column in _DAYS.items():
        of_field = cells_of(mine, _HOLDS, records, field)
        found[column], problem = _days(of_field, told, timezone)
        findings += _unread(of_field, told, problem, field)
    for field in _ANSWERS:
        of_field = cells_of(mine, _HOLDS, records, field)
        found[field], problem = _answers(of_field, field)
        findings += _unread(of_field, told, problem, field)
    written = found["impediment_kind_text"]
    kinds = {text: impediment_kind(text) for text in written.dropna().unique()}
    found["impediment_kind"] = written.astype("object").map(kinds).astype("str")
    content = pd.DataFrame(found, index=told.index)
    unknown = content["impediment_kind_text"].notna() & content["impediment_kind"].isna()
    places = places_of(cells_of(mine, _HOLDS, records, "impediment_kind"))
    asked = told.assign(word=written, place=places, impediment=content["impediment"])
    return content, findings + each(asked[unknown], _unknown_kind)


def _unless_nothing(said: pd.Series, field: str) -> pd.Series:
    """Null where somebody wrote that there is none; that nothing has changed is said, though."""
    if field == "changed":
        return said
    none = [text for text in said.dropna().unique() if _is_nothing(text)]
    return said.where(~said.isin(none), None).astype("str")


def _is_nothing(text: str) -> bool:
    return fold_case(text).strip(" .") in NOTHING


def _days(cells: pd.DataFrame, told: pd.DataFrame, timezone: str) -> tuple[pd.Series, pd.Series]:
    """The day that each cell names near its check-in's, and why it names none."""
    read = read_days(cells, timezone)
    days, problems = read["day"].copy(), read["problem"].astype("object")
    for row in read.index[read["problem"].notna() & (cells["kind"] == "text")]:
        locale = or_none(cells.at[row, "locale"])
        text, said_on = str(cells.at[row, "text"]), pd.Timestamp(told.at[row, "date"]).date()
        day = day_near(text, said_on, locale)
        if day is not None or _is_nothing(text):
            days.at[row] = pd.NaT if day is None else _midnight(day)
            problems.at[row] = None
    return days, problems.astype("str")


def _midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(day).as_unit("us")


def _answers(cells: pd.DataFrame, field: str) -> tuple[pd.Series, pd.Series]:
    """Yes or no of each cell, null where it is empty, and why it says neither."""
    read = _ANSWERS[field]
    answers: list[bool | None] = []
    problems: list[str | None] = []
    for kind, text, number in zip(cells["kind"], cells["text"], cells["number"], strict=True):
        silent = kind in ("empty", "error") or not str(text).strip()
        is_box = kind == "bool" and pd.notna(number)
        answer = bool(number) if is_box else None if silent else read(str(text))
        answers.append(answer)
        unclear = answer is None and not silent
        problems.append(f"“{text}” says neither yes nor no" if unclear else None)
    return (
        pd.Series(answers, index=cells.index, dtype="boolean"),
        pd.Series(problems, index=cells.index, dtype="str"),
    )


def _unread(
    cells: pd.DataFrame, told: pd.DataFrame, problem: pd.Series, field: str
) -> list[Finding]:
    asked = told.assign(text=cells["text"], field=places_of(cells), problem=problem)
    return each(
        asked[problem.notna()],
        lambda row: unreadable(
            row,
            "key result",
            row["key_result_id"],
            f"{_CALLED[field]}",
            f"{row['key_result_id']}, check-in of {row['date']:%Y-%m-%d},",
        ),
    )


def _unknown_kind(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_IMPEDIMENT_KIND,
        severity="info",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"“{row['word']}” in the check-in of {row['key_result_id']} on {row['date']:%Y-%m-%d}"
            f" ({row['place']}) is no kind of impediment: write"
            f" {', '.join(IMPEDIMENT_KINDS[:-1])} or {IMPEDIMENT_KINDS[-1]}."
        ),
        evidence=or_none(row["impediment"]),
        url=or_none(row["url"]),
    )
