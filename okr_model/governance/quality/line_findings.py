"""What is asked about the lines of an organization: one finding a Key Result or Objective at most.

What belongs here: which lines are asked about and which answer goes first. What does not: the
answers (``judge``), and how many OKRs there are (``limits``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.governance.quality.better_questions import better_question
from okr_model.governance.quality.judge import QUESTIONS, Kind, judge
from okr_model.governance.quality.line_language import languages_of
from okr_model.governance.quality.verdict import Verdict
from okr_model.progress.kinds import MILESTONES
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.units import YES_NO

_RULES: Mapping[Kind, Mapping[str, Rule]] = {
    "key result": {
        "outcome": Rule.OUTPUT_AS_KEY_RESULT,
        "one thing": Rule.SEVERAL_THINGS_IN_ONE,
        "plain": Rule.UNCLEAR_WORDING,
    },
    "objective": {
        "aim": Rule.TASK_AS_OBJECTIVE,
        "qualitative": Rule.FIGURE_IN_AN_OBJECTIVE,
        "one thing": Rule.SEVERAL_THINGS_IN_ONE,
        "plain": Rule.UNCLEAR_WORDING,
    },
}
"""What is told, the gravest first. That a Key Result has no figure is ``no target``'s to tell."""


def measured(key_results: pd.DataFrame) -> pd.Series:
    """Whether a figure beside the statement says where each Key Result should arrive.

    Args:
        key_results: ``target, kind``.
    """
    return key_results["target"].notna() & ~key_results["kind"].isin([YES_NO, MILESTONES])


def failed_questions(key_results: pd.DataFrame) -> pd.Series:
    """The questions that each Key Result fails, a list; null where its language is not known.

    Args:
        key_results: ``statement, objective, target, kind``.
    """
    languages = _languages(key_results["statement"], key_results["objective"])
    rows = zip(key_results["statement"], measured(key_results), strict=True)
    failed = [_failed(or_none(text), bool(has_figure), languages) for text, has_figure in rows]
    return pd.Series(failed, index=key_results.index, dtype="object")


def _failed(text: str | None, has_figure: bool, languages: Mapping[str, str | None]) -> object:
    language = languages.get(text) if text else None
    if text is None or language is None:
        return None
    answers = judge(text, "key result", language, measured=has_figure)
    return [name for name, answer in answers.items() if answer.holds is False]


def line_findings(
    key_results: pd.DataFrame, objectives: pd.DataFrame, as_of: date
) -> Iterator[Finding]:
    """One finding for each line that is not well written, of cycles that come or run.

    Args:
        key_results: ``key_result_id, statement, objective, target, kind, cycle_end, url``.
        objectives: ``objective_id, title, cycle_end, url``; without a cycle, ``cycle_end`` is null.
        as_of: The day the findings are about.
    """
    languages = _languages(key_results["statement"], key_results["objective"], objectives["title"])
    now = key_results[to_days(key_results["cycle_end"]) >= midnight(as_of)]
    for row, has_figure in zip(now.itertuples(index=False), measured(now), strict=True):
        if (language := languages.get(row.statement)) is not None:
            answers = judge(row.statement, "key result", language, measured=bool(has_figure))
            yield from _finding("key result", row.key_result_id, row.statement, answers, row.url)
    for row in objectives[to_days(objectives["cycle_end"]) >= midnight(as_of)].itertuples():
        if (language := languages.get(row.title)) is not None:
            answers = judge(row.title, "objective", language)
            yield from _finding("objective", row.objective_id, row.title, answers, row.url)


def _finding(
    kind: Kind, subject: str, line: str, answers: Mapping[str, Verdict], url: object
) -> Iterator[Finding]:
    worst = gravest(kind, answers)
    if worst is not None:
        question, answer = worst
        yield Finding(
            rule=_RULES[kind][question],
            severity="info",
            subject_type=kind,
            subject_id=subject,
            sentence=f"{subject}: {better_question(kind, question, answer)}",
            evidence=line,
            url=or_none(url),
        )


def gravest(kind: Kind, answers: Mapping[str, Verdict]) -> tuple[str, Verdict] | None:
    """The gravest question that a line fails and that is told; None if it fails none."""
    told = (name for name in QUESTIONS[kind] if name in _RULES[kind])
    return next(((name, answers[name]) for name in told if answers[name].holds is False), None)


def _languages(*texts: pd.Series) -> Mapping[str, str | None]:
    return languages_of(line for series in texts for line in series.dropna().unique())
