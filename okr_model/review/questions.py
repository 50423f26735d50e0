"""The questions of the review tab: decisions about links that people should take.

What belongs here: which questions are asked, and what a row shows. What does not: validating
answers (:mod:`okr_model.review.answers`), tokens (:mod:`okr_model.review.row_tokens`), and the tab
itself (``pipelines.review``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from okr_model.entities import known_by_row
from okr_model.entities.initiatives import still_open
from okr_model.links.decisions import claims_from_words
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.row_tokens import Value, token_of, version_of

HEADERS = {
    "question": "Question",
    "initiative": "Initiative",
    "present": "Serves now",
    "evidence": "Evidence",
    "suggested": "Asked about",
    "reason": "Reason",
    "score": "Score",
    "decision": "Decision",
    "correct": "Correct Key Result",
    "why": "Why",
    "who": "Who",
    "result": "Result",
    "url": "Source record",
    "token": "Row, leave as it is",
}
SHOWN = ("question", "initiative", "present", "evidence", "suggested", "reason", "score", "url")
CONFLICT = "Conflict"
"""The question about a claim that another one overrules: one of the two is the answer."""
MOST = 1000
"""The maximum number of rows in the tab: more than anyone decides in a day."""

_LONGEST = 300
_CLAIM = ["initiative_id", "key_result_id", "state", "rule", "field", "evidence", "url"]


@dataclass(frozen=True, slots=True)
class Published:
    """The published tables that questions and answers are about."""

    links: pd.DataFrame
    suggestions: pd.DataFrame
    initiatives: pd.DataFrame
    key_results: pd.DataFrame
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One row: what it shows by column, and its initiative and Key Result; the latter may be ""."""

    initiative_id: str
    key_result_id: str
    token: str
    shown: Mapping[str, Value]


def questions(tables: Published, log: DecisionIndex) -> Iterator[Question]:
    """What to ask: suggested links, conflicts, unknown ids, and work without a suggestion.

    Initiatives that only a row number identifies are left out, because no decision can refer to
    them. A pair that was decided is not asked again, unless a source has contradicted since.

    Yields:
        One question per pair, the most useful first, in a deterministic order.
    """
    builder = _QuestionBuilder(tables, log)
    asked: set[tuple[str, str]] = set()
    parts = (builder.suggested, builder.conflicting, builder.broken, builder.orphaned)
    for question in (question for part in parts for question in part()):
        pair = (question.initiative_id, question.key_result_id)
        if pair not in asked:
            asked.add(pair)
            yield question


class _QuestionBuilder:
    """Selects what to ask, and words it."""

    def __init__(self, tables: Published, log: DecisionIndex) -> None:
        self._tables, self._log = tables, log
        usable = tables.initiatives[~known_by_row(tables.initiatives)]
        about = usable[["initiative_id", "initiative", "title", "url"]].to_dict("records")
        self._initiatives = {row["initiative_id"]: row for row in about}
        self._open = usable.loc[still_open(usable), "initiative_id"].tolist()
        rows = tables.key_results.drop_duplicates("key_result_id", keep="last")
        self._statements = dict(zip(rows["key_result_id"], rows["statement"], strict=True))
        links = tables.links[_CLAIM].sort_values(["initiative_id", "key_result_id"])
        self._links = links[links["initiative_id"].isin(self._initiatives)]
        self._active: dict[str, list[Mapping[Any, Any]]] = {}
        for row in self._links[self._links["state"] == "active"].to_dict("records"):
            self._active.setdefault(row["initiative_id"], []).append(row)
        self._accepted: dict[str, set[tuple[str, str]]] = {}
        for (initiative_id, _), row in log.in_force.items():
            if row["decision"] == "accepted":
                claims = claims_from_words(row["claims"] if isinstance(row["claims"], str) else "")
                known = self._accepted.setdefault(initiative_id, set())
                known |= {(log.now(key), rule) for key, rule in claims}
        self._suggested: set[str] = set()

    def suggested(self) -> Iterator[Question]:
        """The best candidate of each initiative without a link, then of each Key Result."""
        order = ["asked_for", "score", "initiative_id", "key_result_id"]
        frame = self._tables.suggestions.sort_values(order, ascending=[True, False, True, True])
        rows = [row for row in frame.to_dict("records") if self._is_news(row)]
        for kind, about, question in (
            ("initiative", "initiative_id", "Suggested link"),
            ("key result", "key_result_id", "Key Result without work"),
        ):
            candidates: dict[str, list[Mapping[Any, Any]]] = {}
            for row in rows:
                if row["asked_for"] == kind:
                    candidates.setdefault(row[about], []).append(row)
            for best, *others in (sorted(each, key=_rank) for each in candidates.values()):
                other = "initiative" if kind == "key result" else "key_result_id"
                more = ", ".join(str(row[other]) for row in others)
                reason = f"{best['reason']}; else {more}" if more else best["reason"]
                self._suggested.add(best["initiative_id"])
                yield self._ask(question, best, reason, round(float(best["score"]), 2))

    def conflicting(self) -> Iterator[Question]:
        """Overruled claims, unless whoever accepted the stronger one knew of them."""
        for row in self._links[self._links["state"] == "overruled"].to_dict("records"):
            known = self._accepted.get(row["initiative_id"], set())
            if not self._is_decided(row) and (row["key_result_id"], row["rule"]) not in known:
                yield self._ask(CONFLICT, row, _evidence(row), None)

    def broken(self) -> Iterator[Question]:
        """Claims of unknown Key Results."""
        for row in self._links[self._links["state"] == "broken"].to_dict("records"):
            if not self._is_decided(row):
                self._suggested.add(row["initiative_id"])
                yield self._ask("Unknown Key Result", row, _evidence(row), None)

    def orphaned(self) -> Iterator[Question]:
        """Open initiatives without a link and without a suggestion."""
        for initiative_id in sorted(self._open):
            asked = initiative_id in self._suggested or initiative_id in self._active
            decided = initiative_id in self._accepted or self._log.is_other_work(initiative_id)
            if not asked and not decided:
                row = self._initiatives[initiative_id] | {"key_result_id": ""}
                yield self._ask("No link", row, "", None)

    def _is_news(self, row: Mapping[Any, Any]) -> bool:
        known = row["initiative_id"] in self._initiatives
        taken = row["asked_for"] == "initiative" and row["initiative_id"] in self._accepted
        return known and not taken and not self._is_decided(row)

    def _is_decided(self, row: Mapping[Any, Any]) -> bool:
        pair = (row["initiative_id"], self._log.now(row["key_result_id"]))
        return pair in self._log.in_force or self._log.is_other_work(row["initiative_id"])

    def _ask(
        self, question: str, row: Mapping[Any, Any], reason: str, score: float | None
    ) -> Question:
        initiative = self._initiatives[row["initiative_id"]]
        active = self._active.get(row["initiative_id"], [])
        named, title = initiative["initiative"], initiative["title"]
        shown: dict[str, Value] = {
            "question": question,
            "initiative": _plain(named if named == title else f"{named}: {title or ''}"),
            "present": _plain("; ".join(self._called(link["key_result_id"]) for link in active)),
            "evidence": _plain("; ".join(map(_evidence, active))),
            "suggested": _plain(self._called(row["key_result_id"])),
            "reason": _plain(reason),
            "score": score,
            "url": _plain(row["url"] if isinstance(row["url"], str) else ""),
        }
        pair = (row["initiative_id"], row["key_result_id"])
        token = token_of(*pair, version_of(self._log.decisions(*pair)), shown)
        return Question(*pair, token, shown)

    def _called(self, key_result_id: str) -> str:
        statement = self._statements.get(key_result_id)
        if statement is None:
            return key_result_id
        return f"{key_result_id}: {statement}"


def _rank(suggestion: Mapping[Any, Any]) -> int:
    """By this, a row of the tab names the same candidate first as the table and the command."""
    return int(suggestion["rank"])


def _evidence(link: Mapping[Any, Any]) -> str:
    place = f" in “{link['field']}”" if isinstance(link["field"], str) else ""
    text = f": “{link['evidence']}”" if isinstance(link["evidence"], str) else ""
    return f"{link['rule']}{place}{text}"


def _plain(text: str) -> Value:
    """The text on one line, truncated to fit a cell; None if it is empty."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(text.split())
    return (line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…") or None
