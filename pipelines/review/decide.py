"""Deciding about links: validating, recording, taking back; one for the command and the page.

What belongs here: from a request to a row of the decision log. What does not: asking and printing
(``pipelines.cli.links``, ``dashboard``), rows of the review tab (``okr_model.review.answers``), and
what a decision does to links (:mod:`okr_model.links.decisions`).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pandas as pd

from okr_model.entities import known_by_row
from okr_model.entities.initiatives import titled
from okr_model.languages.folding import same_id, same_ids
from okr_model.links.decisions import (
    EXPLICIT_RULES,
    LOG_COLUMNS,
    claims_from_words,
    decided_in_words,
    stated_claims,
    undone_ids,
)
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.decision_table import build_decisions
from okr_model.review.requests import Refusal, Request, Signature
from pipelines.datasets.former_ids import known_aliases
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.any_name import find_by_any_name
from pipelines.store import session
from published.errors import UserError
from published.formatting import plain
from published.selection import find_key_result
from published.tables import NotPublishedError, PublishedTables

MOST_OF_A_NAME, MOST_OF_A_TEXT = 200, 2000
"""How many characters of a decision can be read beside others."""
RECORDING = Lock()
"""Held between looking into the log and appending to it, within this process."""
_ABOUT = ("initiative_id", "initiative", "finding_rule", "finding_subject_type", "finding_subject")


class DecisionError(UserError):
    """The requested decision cannot be recorded.

    Attributes:
        refusal: Of which kind the reason is.
        opposed: The decisions in force that it would overrule, if that is the reason.
    """

    def __init__(
        self, refusal: Refusal, message: str, opposed: Sequence[Mapping[Any, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.refusal, self.opposed = refusal, opposed


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid decision that is not recorded yet.

    Attributes:
        row: The row of the log.
        opposed: The decisions in force that it would overrule.
        told: The same in a sentence each; "" without any.
    """

    row: Mapping[str, Any]
    opposed: Sequence[Mapping[Any, Any]]
    told: str


def draft(project: Project, request: Request) -> Draft:
    """Validate a decision against what is published and decided; nothing is recorded.

    Raises:
        DecisionError: For every refusal but an opposed decision, which the draft tells of.
        published.tables.UnknownKeyResultError: No such Key Result is published.
        published.selection.UnknownInitiativeError: No such initiative, or several.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    session.ensure_newest(project)
    tables = PublishedTables(project.paths.duckdb)
    found = _initiative(project, tables, request.initiative)
    _require_identity(found)
    links = tables.frame("links", "initiative_id = ?", [found["initiative_id"]])
    row = signed_row(project, request.action, request.by, request.why) | {
        "initiative_id": found["initiative_id"],
        "initiative": found["initiative"],
        "claims": stated_claims(links),
        **_key_results(tables, links, request),
    }
    if request.once is not None:
        row["decision_id"] = f"D-{hashlib.sha256(request.once.encode()).hexdigest()[:8]}"
    log = DecisionIndex(DecisionLog(project.paths.decisions).frame(), known_aliases(project))
    _require_new(project, log, row)
    opposed = log.opposed(row)
    named = plain(titled(found["initiative"], found["title"]))
    return Draft(row, opposed, _told(project, named, opposed))


def decide(project: Project, request: Request) -> Mapping[str, Any]:
    """Validate and record a decision; returns the row of the log.

    Raises:
        DecisionError: See :func:`draft`; or the opposite is in force, and ``request`` does not
            overrule it.
        published.errors.UserError: Of :func:`draft`.
    """
    with RECORDING:
        drafted = draft(project, request)
        if drafted.opposed and not request.overrule:
            raise DecisionError(Refusal.OPPOSED, drafted.told, drafted.opposed)
        record(project, drafted.row)
    return drafted.row


def draft_taking_back(
    project: Project, decision: str, by: Signature, why: str
) -> Mapping[str, Any]:
    """The row of the log that takes a decision back; nothing is recorded.

    Raises:
        DecisionError: There is no such decision, or it has already been taken back.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    session.ensure_newest(project)
    frame = DecisionLog(project.paths.decisions).frame()
    found = frame[same_ids(frame["decision_id"]) == same_id(decision)]
    if found.empty:
        raise DecisionError(
            Refusal.UNKNOWN, f"there is no decision {decision!r}. List them: okr links decisions"
        )
    taken = found.iloc[0]
    if taken["decision_id"] in undone_ids(frame):
        raise DecisionError(Refusal.SAME, f"{taken['decision_id']} has already been taken back.")
    return signed_row(project, "undo", by, why) | {
        "undoes": taken["decision_id"],
        **{name: None if pd.isna(taken[name]) else taken[name] for name in _ABOUT},
    }


def take_back(project: Project, decision: str, by: Signature, why: str) -> Mapping[str, Any]:
    """Record that a decision is taken back; returns the row of the log.

    Raises:
        DecisionError: Of :func:`draft_taking_back`.
        published.errors.UserError: Likewise.
    """
    with RECORDING:
        row = draft_taking_back(project, decision, by, why)
        record(project, row)
    return row


def record(project: Project, row: Mapping[str, Any]) -> None:
    """Append a drafted row to the log."""
    session.record(project, [row])


def decisions(project: Project) -> pd.DataFrame:
    """The rows of the published table ``decisions`` as they stand now, latest first.

    ``in_force`` tells whether a decision counts on the last published day, ``stands`` whether it is
    not taken back.
    """
    log = DecisionLog(project.paths.decisions).frame()
    try:
        last = PublishedTables(project.paths.duckdb).frame("sources").iloc[-1]
        day, run_id = last["as_of"], last["run_id"]
    except NotPublishedError:
        day, run_id = project.clock.as_of, None
    frame = build_decisions(log, day).assign(as_of=day, run_id=run_id)
    frame = frame.assign(stands=~frame["decision_id"].isin(undone_ids(log)))
    return frame.sort_values(["decided_at", "decision_id"], ascending=False, ignore_index=True)


def ensure_short(what: str, value: str, most: int = MOST_OF_A_TEXT) -> None:
    """Make sure that a text of a decision can be read beside others.

    Raises:
        DecisionError: It is longer.
    """
    if len(value.strip()) > most:
        raise DecisionError(
            Refusal.INCOMPLETE,
            f"the {what} has {len(value.strip()):,} characters; at most {most:,} can be read.",
        )


def day_of(project: Project, instant: Any) -> str:
    """The day of an instant in the organization's zone, as messages have it."""
    zone = project.settings.organization.timezone
    return f"{pd.Timestamp(instant).tz_convert(zone):%Y-%m-%d}"


def signed_row(project: Project, action: str, by: Signature, why: str) -> dict[str, Any]:
    """A row of the log that says who decides, when and why, and not yet about what.

    Raises:
        DecisionError: The name or the reason is empty.
    """
    for what, value, most in (("name", by.name, MOST_OF_A_NAME), ("reason", why, MOST_OF_A_TEXT)):
        if not value.strip():
            raise DecisionError(
                Refusal.INCOMPLETE, f"the {what} is empty; a decision needs a name and a reason."
            )
        ensure_short(what, value, most)
    return dict.fromkeys(LOG_COLUMNS) | {
        "decision_id": f"D-{secrets.token_hex(4)}",
        "decided_at": project.instant(),
        "action": action,
        "decided_by": " ".join(by.name.split()),
        "why": why.strip(),
        "via": by.via,
        "signed": by.signed,
    }


def _initiative(project: Project, tables: PublishedTables, named: str) -> pd.Series:
    """The initiative of this id or, which takes longer, key or title."""
    by_id = tables.frame("initiatives", "initiative_id = ?", [named])
    return find_by_any_name(project, by_id if len(by_id) else tables.frame("initiatives"), named)


def _key_results(
    tables: PublishedTables, links: pd.DataFrame, request: Request
) -> dict[str, str | None]:
    """The columns of the log that name Key Results, in their published spelling."""
    if request.action == "other":
        return {"key_result_id": None, "wrong_key_result_id": None}
    if not request.key_result:
        raise DecisionError(Refusal.INCOMPLETE, "no Key Result is chosen.")
    right = _published_id(tables, links, request.key_result)
    wrong = None
    if request.action == "correct":
        if not request.wrong:
            raise DecisionError(Refusal.INCOMPLETE, "nothing is named that would be corrected.")
        wrong = _published_id(tables, links, request.wrong)
    if wrong == right:
        raise DecisionError(
            Refusal.INCOMPLETE,
            f"{right} is both the wrong and the right one; there is nothing to correct.",
        )
    return {"key_result_id": right, "wrong_key_result_id": wrong}


def _published_id(tables: PublishedTables, links: pd.DataFrame, key_result: str) -> str:
    """The published spelling of the id, or that of the initiative's own broken claim."""
    claimed = links.loc[same_ids(links["key_result_id"]) == same_id(key_result)]
    rows = claimed if len(claimed) else find_key_result(tables.frame("key_results"), key_result)
    return str(rows["key_result_id"].iloc[0])


def _require_identity(initiative: pd.Series) -> None:
    if known_by_row(initiative.to_frame().T).iloc[0]:
        raise DecisionError(
            Refusal.NO_IDENTITY,
            f"{initiative['initiative']} is known only by its row, which another may have "
            "tomorrow. Give it an id in a column of its own, and map it: fields: {id: …}.",
        )


def _require_new(project: Project, log: DecisionIndex, row: Mapping[str, Any]) -> None:
    if row["decision_id"] in log.by_id:
        raise DecisionError(
            Refusal.SAME, f"this has been recorded already ({row['decision_id']}); once is enough."
        )
    same = log.agreeing(row)
    # What a source says otherwise since may be answered by deciding the same again.
    if any(_on_purpose(one["claims"]) == _on_purpose(row["claims"]) for one in same):
        first = same[0]
        raise DecisionError(
            Refusal.SAME,
            f"{first['decided_by']} {_verdict(first)} already on"
            f" {day_of(project, first['decided_at'])} ({first['decision_id']}); there is nothing to"
            " do.",
        )


def _on_purpose(claims: Any) -> set[tuple[str, str]]:
    """The claims in words that a source made on purpose."""
    told = claims_from_words(claims if isinstance(claims, str) else None)
    return {(key, rule) for key, rule in told if rule in EXPLICIT_RULES}


def _verdict(one: Mapping[Any, Any]) -> str:
    return f"{one['decision']} it" if one["key_result_id"] else decided_in_words(one)


def _told(project: Project, initiative: str, opposed: Sequence[Mapping[Any, Any]]) -> str:
    """Who decided the opposite, when and why."""
    return " ".join(
        f"{one['decided_by']} {decided_in_words(one)} for {initiative} on"
        f" {day_of(project, one['decided_at'])} ({one['decision_id']}):"
        f" “{plain(one['decided_why'])}”."
        for one in opposed
    )
