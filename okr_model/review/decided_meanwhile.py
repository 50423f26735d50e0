"""What was decided meanwhile about what somebody types in the review tab, in words.

What belongs here: sentences about decisions of the log, and whether two names are one. What does
not: which answers they are told of (:mod:`okr_model.review.answers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from okr_model.links.decisions import decided_in_words
from okr_model.quantities.days import local_day


def take_back_first(found: Mapping[Any, Any], timezone: str) -> str:
    """A decision in force that a row does not overrule in passing."""
    return (
        f"{found['decided_by']} {found['decision']} {found['key_result_id']} for it on"
        f" {local_day(found['decided_at'], timezone)} ({found['decision_id']})."
        f" Take that back first: okr links undo {found['decision_id']}"
    )


def overtaken(last: Mapping[Any, Any] | None, timezone: str) -> str:
    """A decision that whoever typed could not know of, which says otherwise."""
    by = "somebody"
    if last is not None:
        by = (
            f"{last['decided_by']} ({last['action']} by {last['via']} on "
            f"{local_day(last['decided_at'], timezone)}, {last['decision_id']})"
        )
    return (
        f"{by} has decided about this after the row was written. Clear the decision; if there is "
        "still something to decide, the row is then written again."
    )


def in_force_in_words(same: Sequence[Mapping[Any, Any]], timezone: str) -> str:
    """Who decided what, when: decisions in force about one initiative."""
    told = [
        f"{one['decided_by']} {decided_in_words(one)} for it already on"
        f" {local_day(one['decided_at'], timezone)} ({one['decision_id']})"
        for one in same
    ]
    return ", and ".join(told)


def same_name(one: Any, other: Any) -> bool:
    """Whether two cells name one person."""
    return " ".join(str(one).split()).casefold() == " ".join(str(other).split()).casefold()
