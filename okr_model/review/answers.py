"""Answers in the review tab: the decisions to record, and what is wrong with the others.

What belongs here: validating each row by itself and against the other rows, the log and the
published tables. What does not: which questions are asked (:mod:`okr_model.review.questions`), and
the tab itself (``pipelines.review``).

A decision's id is derived from its row's token, so that reading a row again, for instance after a
run that was killed, never records it twice. Changing an answer before its row is removed makes
another decision.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from okr_model.entities import known_by_row
from okr_model.links.decisions import (
    LOG_COLUMNS,
    claims_from_words,
    stated_claims,
)
from okr_model.links.references import canonical_key
from okr_model.review.decided_meanwhile import (
    in_force_in_words,
    overtaken,
    same_name,
    take_back_first,
)
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.questions import CONFLICT, HEADERS, Published
from okr_model.review.row_tokens import CHECKED, Value, token_of, token_parts, version_of

WORDS = ("accept", "reject", "correct", "other work")
VIA = "review tab"
SIGNED = "not verified"

_CLAIM = ["key_result_id", "rule"]
State = Literal["blank", "begun", "new", "recorded", "wrong"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the tab: its position, and its cells by the names of :data:`HEADERS`."""

    place: int
    cells: Mapping[str, Value]

    def text(self, name: str) -> str:
        """A cell as text, "" if it is empty; whole numbers without a decimal point."""
        value = self.cells.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else " ".join(str(value).split())


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of validating a row.

    Attributes:
        row: The row.
        state: ``blank`` (nothing is decided), ``begun`` (a reason or Key Result, but no decision),
            ``new`` (``decision`` is to be recorded), ``recorded`` (nothing is left to do) or
            ``wrong`` (``problem`` says why it is not recorded).
        initiative_id: The initiative it is about, from its token; None without a token.
        key_result_id: The Key Result it is about; may be "".
        decision: The row of the log, without its instant.
        problem: What is wrong and what to do about it, in a sentence; of what is ``recorded``, who
            had decided the same, if this row had not.
        column: The cell that has the problem.
    """

    row: Row
    state: State
    initiative_id: str | None = None
    key_result_id: str = ""
    decision: Mapping[str, Any] | None = None
    problem: str = ""
    column: str = "decision"


class _ProblemError(Exception):
    """Why an answer is not recorded."""

    def __init__(self, problem: str, column: str = "decision") -> None:
        super().__init__(problem)
        self.problem, self.column = problem, column


def judge(
    rows: Sequence[Row], tables: Published, log: DecisionIndex, timezone: str = "UTC"
) -> list[Answer]:
    """Validate each row; the result does not depend on the order of the rows.

    Args:
        rows: The rows below the header.
        tables: The published tables.
        log: The decisions so far.
        timezone: The organization's zone, in which days are told.
    """
    tokens = Counter(token for row in rows if (token := row.text("token")))
    about = {parts[0] for row in rows if row.text("decision") and (parts := _parts(row))}
    validator = _AnswerValidator(tables, log, about, timezone)
    answers = [validator.judge(row, tokens[row.text("token")]) for row in rows]
    return _without_contradictions(answers, log)


class _AnswerValidator:
    """Validates one row at a time."""

    def __init__(
        self, tables: Published, log: DecisionIndex, about: set[str], timezone: str
    ) -> None:
        self._log, self._timezone = log, timezone
        usable = tables.initiatives[~known_by_row(tables.initiatives)]
        self._names = dict(zip(usable["initiative_id"], usable["initiative"], strict=True))
        claimed = tables.links[tables.links["initiative_id"].isin(about)]
        self._links = dict(list(claimed.groupby("initiative_id")))
        self._unlinked = claimed.iloc[:0]
        ids = tables.key_results["key_result_id"].drop_duplicates()
        self._known = {canonical_key(key): str(key) for key in ids}

    def judge(self, row: Row, times: int) -> Answer:
        """Validate a row whose token occurs in ``times`` rows."""
        parts = _parts(row)
        initiative_id, key_result_id = parts[:2] if parts else (None, "")
        if not row.text("decision"):
            begun = bool(row.text("why") or row.text("correct"))
            return Answer(row, "begun" if begun else "blank", initiative_id, key_result_id)
        try:
            self._require_whole(row, parts, times)
            assert parts is not None  # noqa: S101 - _require_whole rejects rows without a token
            decision = self._decision(row, *parts[:2])
            return self._against_log(row, decision, *parts[:3])
        except _ProblemError as error:
            about = (initiative_id, key_result_id)
            return Answer(row, "wrong", *about, None, error.problem, error.column)

    def _require_whole(self, row: Row, parts: tuple[str, ...] | None, times: int) -> None:
        if parts is None:
            raise _ProblemError(
                f"the hidden column “{HEADERS['token']}” does not say what this row is about. "
                "Decide in a row that okr-sync wrote, or by okr links accept."
            )
        if times > 1:
            raise _ProblemError(f"this row occurs {times} times. Delete all but one.")
        initiative_id, key_result_id, version, _ = parts
        shown = {name: row.cells.get(name) for name in CHECKED}
        same = row.text("token").rpartition("|")[2] == _check(
            initiative_id, key_result_id, version, shown
        )
        if not same:
            raise _ProblemError(
                "this row no longer shows what okr-sync wrote in it, so the decision may be about "
                "something else. Delete the row; it is written again."
            )

    def _decision(self, row: Row, initiative_id: str, key_result_id: str) -> dict[str, Any]:
        """The row of the log for what was typed."""
        action = row.text("decision").casefold()
        if action not in WORDS:
            raise _ProblemError(
                f"“{row.text('decision')}” is not a decision. Choose one of {', '.join(WORDS)}."
            )
        if initiative_id not in self._names:
            raise _ProblemError(
                "this initiative is no longer read under the id that it had. Clear the decision."
            )
        right: str | None = key_result_id
        wrong = None
        if action == "other work":
            action, right = "other", None
        if action == "correct":
            right, wrong = self._corrected(row, key_result_id), key_result_id or None
        elif row.text("correct"):
            raise _ProblemError(
                f"“{HEADERS['correct']}” is only for correct. Choose correct, or empty it.",
                "correct",
            )
        elif not key_result_id and action != "other":
            raise _ProblemError(
                f"there is no Key Result to {action}. Choose correct, and name the right one."
            )
        elif action == "accept" and canonical_key(key_result_id) not in self._known:
            raise _ProblemError(f"there is no {key_result_id}. Choose correct or reject.")
        _require_signed(row)
        links = self._links.get(initiative_id, self._unlinked)
        return dict.fromkeys(LOG_COLUMNS) | {
            "action": "accept" if action == "correct" and wrong is None else action,
            "initiative_id": initiative_id,
            "initiative": self._names[initiative_id],
            "key_result_id": right,
            "wrong_key_result_id": wrong,
            "claims": stated_claims(links),
            "decided_by": row.text("who"),
            "why": row.text("why"),
            "via": VIA,
            "signed": SIGNED,
        }

    def _corrected(self, row: Row, wrong: str) -> str:
        """The right Key Result: its id, optionally followed by its statement."""
        typed = row.text("correct")
        if not typed:
            raise _ProblemError(
                f"correct needs the right Key Result in “{HEADERS['correct']}”.", "correct"
            )
        key = self._log.now(typed.partition(":")[0])
        if key not in self._known:
            raise _ProblemError(f"there is no Key Result “{typed}”.", "correct")
        if wrong and key == self._log.now(wrong):
            raise _ProblemError(f"{wrong} is what is asked about: choose accept.", "correct")
        return self._known[key]

    def _against_log(
        self,
        row: Row,
        decision: dict[str, Any],
        initiative_id: str,
        key_result_id: str,
        version: str,
    ) -> Answer:
        """Whether the log has this decision already, or has moved on since the row was written."""
        about = (initiative_id, key_result_id)
        made, following = self._made(row.text("token"))
        if made and _says_the_same(self._log.by_id[made[-1]], decision):
            return Answer(row, "recorded", *about)
        others = [one for one in self._log.decisions(*about) if one not in made]
        if version_of(others) != version:
            if same := self._log.agreeing(decision):
                return self._said_already(Answer(row, "recorded", *about), decision, same)
            last = self._log.by_id[others[-1]] if others else None
            raise _ProblemError(overtaken(last, self._timezone))
        if decision["action"] == "correct":
            self._require_not_rejected(initiative_id, decision["key_result_id"])
        if decision["action"] == "other":
            self._require_not_accepted(decision, made)
        if row.text("question") == CONFLICT and decision["action"] in ("accept", "correct"):
            decision = self._one_of_two(decision, key_result_id, made)
        return Answer(row, "new", *about, decision=decision | {"decision_id": following})

    def _said_already(
        self, answer: Answer, decision: Mapping[str, Any], same: Sequence[Mapping[Any, Any]]
    ) -> Answer:
        """A row that says what is in force: nothing is left to do for whoever said it."""
        told = in_force_in_words(same, self._timezone)
        if all(same_name(one["decided_by"], decision["decided_by"]) for one in same):
            return replace(answer, problem=told)
        raise _ProblemError(
            f"{told}. What is typed here says the same, and is not recorded again. Clear the "
            "decision; the row is then removed."
        )

    def _require_not_rejected(self, initiative_id: str, right: str) -> None:
        """A row asks about one pair; what was rejected about another is not undone in passing."""
        found = self._log.in_force.get((initiative_id, self._log.now(right)))
        if found is not None and found["decision"] == "rejected":
            raise _ProblemError(take_back_first(found, self._timezone), "correct")

    def _require_not_accepted(self, decision: Mapping[str, Any], made: Sequence[str]) -> None:
        """Nor is what was accepted for an initiative by anybody but this row."""
        for found in self._log.opposed(decision):
            if found["decision_id"] not in made:
                raise _ProblemError(take_back_first(found, self._timezone))

    def _one_of_two(
        self, decision: dict[str, Any], asked: str, made: Sequence[str]
    ) -> dict[str, Any]:
        """A conflict is answered with one: what was accepted before ``asked`` was named gives way.

        Whoever accepted it knowing of ``asked`` has decided this very conflict.
        """
        of, right = decision["initiative_id"], self._log.now(decision["key_result_id"])
        links = self._links.get(of, self._unlinked)
        rules = {(self._log.now(key), rule) for key, rule in links[_CLAIM].to_numpy()}
        named = {claim for claim in rules if claim[0] == self._log.now(asked)}
        accepted = [
            one
            for (initiative_id, key), one in self._log.in_force.items()
            if (initiative_id, one["decision"]) == (of, "accepted")
            and key != right
            and one["decision_id"] not in made
        ]
        for one in accepted:
            told = one["claims"] if isinstance(one["claims"], str) else None
            if named & {(self._log.now(key), rule) for key, rule in claims_from_words(told)}:
                raise _ProblemError(overtaken(self._log.by_id[one["decision_id"]], self._timezone))
        if len(accepted) > 1:  # a decision rejects one at most
            raise _ProblemError(take_back_first(accepted[0], self._timezone))
        wrong = accepted[0]["key_result_id"] if accepted else None
        return decision | {"action": "correct", "wrong_key_result_id": wrong} if wrong else decision

    def _made(self, token: str) -> tuple[list[str], str]:
        """Ids of the decisions that this row has made, and the id of its next one."""
        made: list[str] = []
        while (following := _decision_id(token, len(made))) in self._log.by_id:
            made.append(following)
        return made, following


def _require_signed(row: Row) -> None:
    for name in ("who", "why"):
        if not row.text(name):
            raise _ProblemError(
                f"“{HEADERS[name]}” is empty; a decision needs a name and a reason.", name
            )


def _parts(row: Row) -> tuple[str, str, str, str] | None:
    return token_parts(row.text("token"))


def _without_contradictions(answers: list[Answer], log: DecisionIndex) -> list[Answer]:
    """The answers, with those that contradict each other marked as wrong."""
    answers = _other_work_once(answers)
    verdicts: dict[tuple[str, str], set[str]] = {}
    for answer in answers:
        for pair, verdict in _pairs(answer, log):
            verdicts.setdefault(pair, set()).add(verdict)
    return [
        replace(
            answer,
            state="wrong",
            decision=None,
            problem="another row of this tab says the opposite about the same pair. Keep one.",
        )
        if any(len(verdicts[pair]) > 1 for pair, _ in _pairs(answer, log))
        else answer
        for answer in answers
    ]


def _other_work_once(answers: list[Answer]) -> list[Answer]:
    """The answers, with one decision for each initiative that several rows call other work."""
    first: dict[str, Mapping[str, Any]] = {}
    for one in answers:
        if one.decision and one.decision["action"] == "other":
            of = one.decision["initiative_id"]
            first[of] = min(one.decision, first.get(of, one.decision), key=_id_of)
    return [_said_once(one, first) for one in answers]


def _said_once(answer: Answer, first: Mapping[str, Mapping[str, Any]]) -> Answer:
    """An answer that is no decision of its own if another row calls the same other work."""
    mine = answer.decision
    if mine is None or mine["action"] != "other":
        return answer
    recorded = first[mine["initiative_id"]]
    if _id_of(mine) == _id_of(recorded):
        return answer
    told = f"{recorded['decided_by']} chooses other work for it in another row"
    if same_name(recorded["decided_by"], mine["decided_by"]):
        return replace(answer, state="recorded", decision=None, problem=told)
    problem = f"{told}, which is recorded. Clear the decision; the row is then removed."
    return replace(answer, state="wrong", decision=None, problem=problem)


def _id_of(decision: Mapping[str, Any]) -> str:
    return str(decision["decision_id"])


def _pairs(answer: Answer, log: DecisionIndex) -> list[tuple[tuple[str, str], str]]:
    """What an answer says by initiative and Key Result; with none, whether it serves any."""
    if answer.decision is None:
        return []
    initiative_id, said = answer.decision["initiative_id"], log.verdicts(answer.decision)
    serves = {"": "accepted"} if "accepted" in said.values() else {}
    return [((initiative_id, key), verdict) for key, verdict in (serves | said).items()]


def _says_the_same(one: Mapping[Any, Any], other: Mapping[str, Any]) -> bool:
    """Whether a row says what it said before; what it rejects follows from what it is about."""
    accepts = ("accept", "correct")
    alike = one["action"] == other["action"] or {one["action"], other["action"]} <= {*accepts}
    key = one["key_result_id"] if isinstance(one["key_result_id"], str) else None
    by = all(one[name] == other[name] for name in ("decided_by", "why"))
    return alike and by and key == other["key_result_id"]


def _decision_id(token: str, count: int) -> str:
    return f"D-{hashlib.sha256(f'{token}|{count}'.encode()).hexdigest()[:8]}"


def _check(initiative_id: str, key_result_id: str, version: str, shown: Mapping[str, Value]) -> str:
    return token_of(initiative_id, key_result_id, version, shown).rpartition("|")[2]
