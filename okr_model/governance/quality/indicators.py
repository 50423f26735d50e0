"""Whether the Key Results of an Objective lead, lag, or do both.

What belongs here: telling that by words, and asking where an Objective has one kind alone. What
does not: the words (``lexicon.indicator_words``), and what else is asked of a line.

A lagging figure shows the result once it is there (revenue, churn); a leading one moves while
something can still be done (sign-ups, response time). An Objective with lagging ones alone learns
too late; one with leading ones alone may miss what it is for. A line that has words of both kinds
or of none is unknown, and an Objective with such a line is unknown unless the others are of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.governance.quality.lexicon.indicator_words import indicator_words
from okr_model.governance.quality.line_language import languages_of
from okr_model.governance.quality.words_of_line import read_line
from okr_model.languages.words import listed
from okr_model.quantities.days import midnight, to_days

Mix = Literal["mixed", "leading", "lagging", "unknown"]
_KEY = ["objective_id", "cycle_id"]
_FEWEST = 2
_ASKS = {
    "lagging": "show a result once it is there. Which figure moves first when the work bites, so"
    " that there is time to act?",
    "leading": "move early, and may all be met without the aim. By which figure would you see that"
    " the Objective itself is reached?",
}


class Indicator(NamedTuple):
    """What a line is: ``leading``, ``lagging`` or None where it cannot be told; by which words."""

    kind: str | None
    words: str | None = None


def indicator(text: str, language: str | None) -> Indicator:
    """Whether a Key Result leads or lags.

    Args:
        text: Its statement.
        language: Of the line; None: not known.
    """
    if language is None:
        return Indicator(None)
    words = [part.word for part in read_line(text, language).parts if part.kind == "word"]
    left = f" {' '.join(words)} "
    found: dict[str, str] = {}
    for pattern, kind in _patterns(language):
        while match := pattern.search(left):
            found.setdefault(kind, match[0].strip())
            left = f"{left[: match.start()]} | {left[match.end() :]}"
    if len(found) != 1:
        return Indicator(None)
    ((kind, told),) = found.items()
    return Indicator(kind, told)


def mixes(objectives: pd.DataFrame, key_results: pd.DataFrame) -> pd.Series:
    """What the Key Results of each Objective are together; null of one without any.

    Args:
        objectives: ``objective_id, cycle_id``.
        key_results: ``objective_id, cycle_id, statement, objective``.
    """
    told = _told(key_results)
    found = {key: mix_of(list(rows["kind"])) for key, rows in told.groupby(_KEY)}
    keys = objectives[_KEY].itertuples(index=False, name=None)
    return pd.Series([found.get(key) for key in keys], objectives.index, dtype="str")


def mix_of(kinds: list[str | None]) -> Mix:
    """What several lines are together, of which each is leading, lagging or unknown."""
    if {"leading", "lagging"} <= set(kinds):
        return "mixed"
    if None in kinds or not kinds:
        return "unknown"
    return "leading" if kinds[0] == "leading" else "lagging"


def one_sided_findings(
    key_results: pd.DataFrame, objectives: pd.DataFrame, as_of: date
) -> Iterator[Finding]:
    """One finding for each Objective of a cycle that comes or runs, whose lines are all of a kind.

    Args:
        key_results: ``key_result_id, objective_id, cycle_id, statement, objective``.
        objectives: ``objective_id, cycle_id, cycle_end, url``; without a cycle it is null.
        as_of: The day the findings are about.
    """
    told: Mapping[object, pd.DataFrame] = dict(iter(_told(key_results).groupby(_KEY)))
    asked = objectives[to_days(objectives["cycle_end"]) >= midnight(as_of)]
    for row in asked.itertuples(index=False):
        mine = told.get((row.objective_id, row.cycle_id))
        if mine is None or len(mine) < _FEWEST:
            continue
        kind = mix_of(list(mine["kind"]))
        if kind not in _ASKS:
            continue
        quoted = [
            f"“{words}” ({key})"
            for words, key in zip(mine["words"], mine["key_result_id"], strict=True)
        ]
        yield Finding(
            rule=Rule.ONE_SIDED_KEY_RESULTS,
            severity="info",
            subject_type="objective",
            subject_id=str(row.objective_id),
            sentence=f"{row.objective_id}: {', '.join(quoted)} {_ASKS[kind]}",
            evidence=", ".join(mine["key_result_id"]),
            url=or_none(row.url),
        )


def _told(key_results: pd.DataFrame) -> pd.DataFrame:
    """The Key Results of Objectives with ``kind`` and ``words``, in the order of their ids."""
    rows = key_results[key_results["objective_id"].notna()].sort_values("key_result_id")
    lines = [*rows["statement"].dropna(), *rows["objective"].dropna()]
    languages = languages_of(lines)
    found = [
        Indicator(None) if pd.isna(text) else indicator(str(text), languages.get(text))
        for text in rows["statement"]
    ]
    return rows.assign(
        kind=pd.Series([one.kind for one in found], rows.index, dtype="object"),
        words=pd.Series([one.words for one in found], rows.index, dtype="object"),
    )


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """What to look for, entries of several words first."""
    entries = [
        (entry, kind) for kind, text in indicator_words(language).items() for entry in listed(text)
    ]
    entries.sort(key=lambda one: -one[0].count(" "))
    return [(_pattern(entry), kind) for entry, kind in entries]


def _pattern(entry: str) -> re.Pattern[str]:
    spelled = re.escape(entry).replace(r"\*", r"[^\s]*")
    return re.compile(rf"(?<=\s){spelled}(?=\s)")
