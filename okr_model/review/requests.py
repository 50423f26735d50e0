"""A decision as somebody asks for it, and why one may be refused.

What belongs here: the types that those who decide (command, page) and those who record share. What
does not: validating and recording (``pipelines.review.decide``), and the questions of the review
tab (``questions``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Refusal(StrEnum):
    """Why a decision is not recorded."""

    INCOMPLETE = "incomplete"  # no name, no reason, no Key Result, or it contradicts itself
    UNKNOWN = "unknown"  # no such initiative, Key Result or decision
    NO_IDENTITY = "no identity"  # the initiative is known by its row alone
    SAME = "same"  # the same is in force already, or it is taken back already
    OPPOSED = "opposed"  # the opposite is in force, and nobody confirmed to overrule it


@dataclass(frozen=True, slots=True)
class Signature:
    """Who decides.

    Attributes:
        name: A name people know.
        via: ``command`` or ``page``.
        signed: How they signed in, such as ``local user``.
    """

    name: str
    via: str
    signed: str


@dataclass(frozen=True, slots=True)
class Request:
    """A decision that somebody asks for.

    Attributes:
        action: ``accept``, ``reject``, ``correct`` or ``other``.
        initiative: Key, title or id.
        key_result: The Key Result that the initiative serves or, for ``reject``, does not; None for
            ``other``.
        by: Who decides.
        why: The reason.
        wrong: Only for ``correct``: the Key Result that the initiative does not serve.
        overrule: Whether a decision that says the opposite is overruled.
        once: A text of which only one decision may come, such as that of a form; None for any.
    """

    action: str
    initiative: str
    key_result: str | None
    by: Signature
    why: str
    wrong: str | None = None
    overrule: bool = False
    once: str | None = None


@dataclass(frozen=True, slots=True)
class ClosingRequest:
    """What somebody says becomes of a Key Result or an Objective when its cycle ends.

    Attributes:
        subject: Its id.
        closed_as: ``continue``, ``abandon`` or ``done``.
        by: Who decides.
        why: The reason.
        lesson: What was learnt; None leaves what the record says.
        cycle: The cycle; None: the only one that has begun.
        once: A text of which only one decision may come, such as that of a form; None for any.
        kind: What ``subject`` is the id of.
    """

    subject: str
    closed_as: str
    by: Signature
    why: str
    lesson: str | None = None
    cycle: str | None = None
    once: str | None = None
    kind: Literal["key result", "objective"] = "key result"


@dataclass(frozen=True, slots=True)
class FindingRequest:
    """What somebody says of findings: all of one rule about one subject, or a single one.

    Attributes:
        action: ``acknowledge`` or ``dismiss``.
        rule: The findings' rule.
        subject: What they are about: its id or, of an initiative, its key.
        by: Who decides.
        why: The reason.
        until: The last day on which it holds; None: as long as the finding says the same.
        finding_id: The only one that is meant; None for all.
        once: A text of which only one decision may come, such as that of a form; None for any.
    """

    action: str
    rule: str
    subject: str
    by: Signature
    why: str
    until: dt.date | None = None
    finding_id: str | None = None
    once: str | None = None
