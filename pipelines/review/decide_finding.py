"""Deciding about findings: which are meant, validating, recording; for the command and the page.

What belongs here: from a request to rows of the decision log. What does not: what a decision does
to findings (:mod:`okr_model.review.finding_verdicts`), taking it back (``decide``).
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.languages.folding import same_id, same_ids
from okr_model.review.finding_verdicts import VERDICTS, key_of, verdicts_in_force
from okr_model.review.requests import FindingRequest, Refusal
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.decide import RECORDING, DecisionError, day_of, signed_row
from pipelines.store import session
from published.tables import PublishedTables

_SPAN = re.compile(r"(?:for\s+)?(\d{1,4})\s+(day|week)s?", re.IGNORECASE)
_NAMED = 5  # how many are named where one is not found


def draft_verdict(project: Project, request: FindingRequest) -> list[dict[str, Any]]:
    """The rows of the log for a decision about findings, one for each; nothing is recorded.

    Raises:
        DecisionError: There is no such finding, nothing new is said, or something is missing.
        published.tables.NotPublishedError: Nothing is published yet.
        pipelines.maintenance.examine.LostDecisionsError: Earlier decisions are not there any more.
    """
    session.ensure_newest(project)
    day = project.clock.as_of
    if request.until is not None and request.until < day:
        raise DecisionError(
            Refusal.INCOMPLETE, f"{request.until} is over; name a day from {day} on."
        )
    found = _meant(PublishedTables(project.paths.duckdb), request)
    log = DecisionLog(project.paths.decisions).frame()
    in_force = verdicts_in_force(log, day)
    until = request.until.isoformat() if request.until else None
    rows: dict[object, dict[str, Any]] = {}
    standing = None
    for one in found.to_dict("records"):
        now = in_force.get(key_of(one))
        if now and now["action"] == request.action and _same_end(now["until"], until):
            standing = now
            continue
        rows[key_of(one)] = {
            **signed_row(project, request.action, request.by, request.why),
            "finding_rule": one["rule"],
            "finding_subject_type": one["subject_type"],
            "finding_subject": one["subject_id"],
            "finding_said": one["sentence"],
            "until": until,
        }
    if not rows and standing is not None:
        raise DecisionError(
            Refusal.SAME,
            f"{standing['decided_by']} {VERDICTS[standing['action']]} it already on"
            f" {day_of(project, standing['decided_at'])} ({standing['decision_id']}); there is"
            " nothing to do.",
        )
    return _once(list(rows.values()), request, set(log["decision_id"]))


def decide_findings(project: Project, request: FindingRequest) -> list[dict[str, Any]]:
    """Validate and record a decision about findings; returns the rows of the log.

    Raises:
        DecisionError: See :func:`draft_verdict`.
        published.errors.UserError: Likewise.
    """
    with RECORDING:
        rows = draft_verdict(project, request)
        session.record(project, rows)
    return rows


def until_day(text: str, today: dt.date) -> dt.date:
    """The last day of ``2026-12-15``, ``30 days`` or ``for 2 weeks``.

    Raises:
        DecisionError: It is none of these.
    """
    words = text.strip()
    span = _SPAN.fullmatch(words)
    try:
        if span is None:
            return dt.date.fromisoformat(words)
        return today + dt.timedelta(days=int(span[1]) * (7 if span[2].lower() == "week" else 1))
    except (ValueError, OverflowError):
        raise DecisionError(
            Refusal.INCOMPLETE,
            f"{text!r} is no day. Write one such as 2026-12-15, or how long: 30 days.",
        ) from None


def known_rule(given: str, published: Iterable[str]) -> str:
    """The rule that is meant, however it is typed.

    Raises:
        DecisionError: There is none; the message names the nearest.
    """
    names = list(dict.fromkeys([*published, *map(str, Rule)]))
    same = [one for one in names if same_id(one) == same_id(given)]
    if same:
        return same[0]
    raise DecisionError(
        Refusal.UNKNOWN,
        f"there is no rule {given[:80]!r}.{_near(given, names)} docs/findings.md lists all.",
    )


def subject_rows(found: pd.DataFrame, subject: str, tables: PublishedTables | None) -> pd.DataFrame:
    """The findings about a subject: by its id or, of an initiative, by its key or title.

    Args:
        found: Rows of ``findings``.
        subject: What is meant.
        tables: Where keys and titles stand; None if nothing was ever published.

    Raises:
        DecisionError: None is about it; the message names the nearest subjects.
    """
    wanted = same_id(subject)
    rows = found[same_ids(found["subject_id"]) == wanted]
    if len(rows):
        return rows
    columns = ["initiative_id", "initiative", "title"]
    work = tables.frame("initiatives") if tables else pd.DataFrame(columns=columns, dtype="str")
    titles = work["title"].fillna("").astype("str")
    named = (same_ids(work["initiative"]) == wanted) | (same_ids(titles) == wanted)
    rows = found[found["subject_id"].isin(work.loc[named, "initiative_id"])]
    if len(rows):
        return rows
    names = dict(zip(work["initiative_id"], work["initiative"], strict=True))
    known = [str(names.get(one, one)) for one in dict.fromkeys(found["subject_id"])]
    raise DecisionError(
        Refusal.UNKNOWN,
        f"no such finding is about {subject[:80]!r}.{_near(subject, known)} See: okr findings",
    )


def _meant(tables: PublishedTables, request: FindingRequest) -> pd.DataFrame:
    found = tables.frame("findings")
    if request.finding_id is not None:
        rows = found[found["finding_id"] == request.finding_id]
        if rows.empty:
            raise DecisionError(
                Refusal.UNKNOWN, "this finding is not published any more; the last run is newer."
            )
        return rows
    rule = known_rule(request.rule, found["rule"])
    rows = found[found["rule"] == rule]
    if rows.empty:
        raise DecisionError(Refusal.UNKNOWN, f"no finding of the rule {rule!r} is published.")
    return subject_rows(rows, request.subject, tables)


def _once(
    rows: list[dict[str, Any]], request: FindingRequest, known: set[str]
) -> list[dict[str, Any]]:
    """The rows with ids that follow from ``request.once``, if it is given."""
    if request.once is None:
        return rows
    for number, row in enumerate(rows):
        text = f"{request.once} {number}"
        row["decision_id"] = f"D-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        if row["decision_id"] in known:
            raise DecisionError(
                Refusal.SAME,
                f"this has been recorded already ({row['decision_id']}); once is enough.",
            )
    return rows


def _same_end(one: Any, other: str | None) -> bool:
    return (one if isinstance(one, str) else None) == other


def _near(given: str, known: Iterable[str]) -> str:
    """The nearest names as a sentence, or the first ones; "" if there are none."""
    spelled: Mapping[str, str] = {same_id(one): one for one in known}
    close = difflib.get_close_matches(same_id(given), [*spelled], n=_NAMED, cutoff=0.5)
    if close:
        return f" Near it: {', '.join(spelled[one] for one in close)}."
    some = list(spelled.values())[:_NAMED]
    return f" There are: {', '.join(some)}{', …' if len(spelled) > _NAMED else ''}." if some else ""
