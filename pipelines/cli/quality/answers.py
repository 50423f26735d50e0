"""``okr quality``: how well Objectives and Key Results are written, and a better question for each.

What belongs here: printing answers, of the published OKRs or of one line that is tried. What does
not: the answers (``okr_model.governance.quality``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from okr_model.governance.quality.better_questions import better_question
from okr_model.governance.quality.judge import Kind, judge
from okr_model.governance.quality.line_findings import measured
from okr_model.governance.quality.line_language import languages_of
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import print_json, print_rows, say
from published.errors import UserError

_YES, _NO, _OPEN = "yes", "no", "not known"
_COLUMNS = ["kind", "id", "team", "text", "question", "words", "better_question"]


def try_line(text: str, kind: Kind, form: Format) -> int:
    """Print each question about one line, with its answer and a better question; returns 0.

    Raises:
        UserError: The line is empty, or its language is none of those whose words are known.
    """
    if not text.strip():
        raise UserError("The line is empty. Write a whole Key Result or Objective behind --text.")
    language = languages_of([text])[text]
    if language is None:
        raise UserError(
            "The language of this line is none whose words are known, or cannot be told. Write a"
            " whole line in English, German, French, Spanish, Italian, Dutch or Portuguese."
        )
    rows = list(_answers(text, kind, language))
    if form is Format.CSV:
        print_rows(pd.DataFrame(rows), form)
    elif form is Format.JSON:
        print_json({"text": text, "kind": kind, "language": language, "answers": rows})
    else:
        for row in rows:
            say(f"{row['question']:11} {row['answer']}")
            if row["better_question"]:
                say(f"{'':11} {row['better_question']}")
    return 0


def _answers(
    text: str, kind: Kind, language: str, *, has_figure: bool = False
) -> Iterator[dict[str, Any]]:
    for question, answer in judge(text, kind, language, measured=has_figure).items():
        wrong = answer.holds is False
        yield {
            "question": question,
            "answer": _OPEN if answer.holds is None else _NO if wrong else _YES,
            "words": answer.words,
            "better_question": better_question(kind, question, answer) if wrong else None,
        }


def show_quality(config: Path | None, form: Format) -> int:
    """Print every question that a published line of a cycle that comes or runs fails; returns 0."""
    from pipelines.cli.shared.published import open_published
    from published.selection import published_day

    _, tables = open_published(config)
    as_of = pd.Timestamp(published_day(tables))
    key_results, objectives = tables.frame("key_results"), tables.frame("objectives")
    ends = tables.frame("cycles").set_index("cycle_id")["cycle_end"]
    now = [
        frame[pd.to_datetime(frame["cycle_id"].map(ends)) >= as_of]
        for frame in (key_results, objectives)
    ]
    rows = list(_failed(*now))
    if form is not Format.TABLE:
        print_rows(pd.DataFrame(rows, columns=_COLUMNS), form)
        return 0
    for row in rows:
        say(f"{row['id']}  {row['text']}")
        say(f"{'':4}{row['question']}: {row['better_question']}")
    asked = sum(map(len, now))
    say(f"{len({(row['kind'], row['id']) for row in rows})} of {asked} lines could be better.")
    return 0


def _failed(key_results: pd.DataFrame, objectives: pd.DataFrame) -> Iterator[dict[str, Any]]:
    lines = [*key_results["statement"].dropna(), *objectives["title"].dropna()]
    languages = languages_of(lines)
    rows = key_results.assign(has_figure=measured(key_results)).to_dict("records")
    for row in rows:
        yield from _rows("key result", row["key_result_id"], row, row["statement"], languages)
    for row in objectives.to_dict("records"):
        yield from _rows("objective", row["objective_id"], row, row["title"], languages)


def _rows(
    kind: Kind,
    name: str,
    row: Mapping[Any, Any],
    text: Any,
    languages: Mapping[str, str | None],
) -> Iterator[dict[str, Any]]:
    language = None if pd.isna(text) else languages[text]
    if language is None:
        return
    for answer in _answers(text, kind, language, has_figure=bool(row.get("has_figure"))):
        if answer["answer"] == _NO:
            yield {"kind": kind, "id": name, "team": row["team"], "text": text, **answer}
