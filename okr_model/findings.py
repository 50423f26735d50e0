"""Findings: problems someone should look at, one row each.

What belongs here: building finding rows, joining frames of them, and ids that are stable from run
to run. What does not: deciding what is worth a finding; each module does so where it detects the
problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, Literal

import pandas as pd

from okr_model.finding_rules import OF_A_RUNNING_CYCLE, Rule
from okr_model.quantities.cells import natural_key, place_of_record, without_row

FINDING_COLUMNS = [
    "rule",
    "severity",
    "subject_type",
    "subject_id",
    "sentence",
    "evidence",
    "url",
    "day",
]
_values = attrgetter(*FINDING_COLUMNS)  # many times faster than asdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem someone should look at.

    Attributes:
        rule: What kind of problem it is.
        subject_type: ``key result``, ``objective``, ``initiative``, ``record``
            and others; the table's description names them all.
        subject_id: Which one, by the organization's own id where it has one.
        sentence: What is wrong and what to do about it.
        evidence: The exact text or numbers.
        url: Opens the record it is about.
        day: The date of the record, where it has one; not published.
    """

    rule: Rule
    severity: Literal["error", "warning", "info"]
    subject_type: str
    subject_id: str
    sentence: str
    evidence: str | None = None
    url: str | None = None
    day: date | None = None


def findings_frame(findings: Iterable[Finding] = ()) -> pd.DataFrame:
    """The findings as a frame; empty, but with the same columns and types, if there are none."""
    columns = list(zip(*map(_values, findings), strict=True))
    if not columns:
        return _none().copy(deep=False)
    rules, *others = columns  # a rule may be a member of an enumeration, which is a text, too
    return _frame([tuple(map(str, rules)), *others])


@cache
def _none() -> pd.DataFrame:
    """No findings, which is what most who look for some find."""
    return _frame([()] * len(FINDING_COLUMNS))


def _frame(columns: Iterable[Sequence[object]]) -> pd.DataFrame:
    named = zip(FINDING_COLUMNS, columns, strict=True)
    return pd.DataFrame(
        {name: pd.Series(values, dtype="object").astype("str") for name, values in named}
    )


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts, for formatting; ``DataFrame.to_dict`` is slow on string columns."""
    columns = [frame[name].to_numpy(dtype=object).tolist() for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def join_findings(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All rows of several findings frames, each distinct row once."""
    rows = pd.concat([findings_frame(), *frames], ignore_index=True)[FINDING_COLUMNS]
    return rows.astype("str").drop_duplicates(ignore_index=True)


def known_by(findings: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The findings, without those about records dated after ``as_of``."""
    return findings[findings["day"].isna() | (findings["day"] <= as_of.isoformat())]


def still_asked(findings: pd.DataFrame, key_results: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The findings, without those that no longer matter because a Key Result's cycle has ended.

    Args:
        findings: Any findings.
        key_results: ``key_result_id, cycle_end``; an id has ended when every cycle of it has.
        as_of: The day the findings are about.
    """
    last = key_results.groupby("key_result_id")["cycle_end"].max()
    ended = last.index[last < pd.Timestamp(as_of)]
    over = (
        findings["rule"].isin(OF_A_RUNNING_CYCLE)
        & (findings["subject_type"] == "key result")
        & findings["subject_id"].isin(ended)
    )
    return findings[~over]


def identify(findings: pd.DataFrame) -> pd.DataFrame:
    """Add ``finding_id``, which stays the same from run to run while the finding is open.

    The id is a hash of rule, subject and URL. The evidence is left out, because its figures change
    while the problem stays. Of a record that is known by its row, which changes when lines are
    moved, the place and the day count instead. Findings that are alike in all this are numbered in
    the order of their sentences, in which row 9 comes before row 10.
    """
    named = join_findings([findings])
    keys = named[["rule", "subject_type", "subject_id", "url"]].astype("object").fillna("")
    address = keys["url"].map(without_row)
    by_row = address != keys["url"]
    keys["url"] = address.where(~by_row, address + "#" + named["day"].fillna("").astype("object"))
    keys["subject_id"] = keys["subject_id"].map(place_of_record)
    natural = named[["severity", "sentence", "evidence", "url", "day"]].astype("object").fillna("")
    natural = natural.map(natural_key).add_prefix("_")
    order = keys.assign(**natural).sort_values([*keys.columns, *natural.columns]).index
    named, keys = named.loc[order].reset_index(drop=True), keys.loc[order].reset_index(drop=True)
    keys["rank"] = keys.groupby(list(keys.columns)).cumcount().astype("str")
    ids = [
        hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:16]
        for key in keys.itertuples(index=False, name=None)
    ]
    return named.assign(finding_id=pd.Series(ids, index=named.index, dtype="str"))
