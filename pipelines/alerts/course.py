"""The course of a cause: it opens once, lasts while runs find it, and ends once.

What belongs here: which causes are open, and which messages are due to whom; pure functions. What
does not: finding causes (``causes``), sending (``senders``) and keeping the state (``state``).

Each address is told of a cause once, and of its end once if it was told of the cause. What could
not be sent stays due, so the next run sends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from pipelines.alerts.causes import Cause, Kind


class Course(msgspec.Struct, frozen=True):
    """One cause from its opening on.

    Attributes:
        cause: As the last run that found it saw it.
        opened: When a run first found it, as an ISO instant.
        ended: When a run first found it no more; None while it is open.
        told: The addresses that were told of it and not yet of its end, as digests.
    """

    cause: Cause
    opened: str
    ended: str | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """What one address is yet to be told."""

    address: str
    opened: tuple[Course, ...]
    ended: tuple[Course, ...]


def advance(
    courses: Iterable[Course], causes: Iterable[Cause], judged: Collection[Kind], now: dt.datetime
) -> list[Course]:
    """The courses after a run.

    Args:
        courses: Those before it.
        causes: What it found.
        judged: The kinds that it could judge: a cause of another kind is neither found nor gone.
        now: The instant of the run.
    """
    found = {cause.id: cause for cause in causes}
    after = []
    for course in courses:
        cause = found.pop(course.cause.id, None)
        if cause is not None:
            kept = msgspec.structs.replace(cause, since=course.cause.since or cause.since)
            after.append(msgspec.structs.replace(course, cause=kept, ended=None))
        elif course.ended is None and course.cause.kind in judged:
            after.append(msgspec.structs.replace(course, ended=now.isoformat()))
        else:
            after.append(course)
    after += [Course(cause, now.isoformat()) for cause in found.values()]
    # Nobody needs to hear of the end of what nobody was told.
    return [course for course in after if course.ended is None or course.told]


def is_open(course: Course) -> bool:
    """Whether the cause lasts."""
    return course.ended is None


def due(courses: Sequence[Course], addresses: Iterable[str]) -> list[Due]:
    """What each address is yet to be told; addresses with nothing are left out."""
    every = [
        Due(
            address,
            tuple(one for one in courses if is_open(one) and address not in one.told),
            tuple(one for one in courses if not is_open(one) and address in one.told),
        )
        for address in addresses
    ]
    return [one for one in every if one.opened or one.ended]


def delivered(
    courses: Iterable[Course], address: str, ids: Collection[str], *, ended: bool
) -> list[Course]:
    """The courses once ``address`` was told of the opening or the end of the causes ``ids``."""
    after = []
    for course in courses:
        if course.cause.id in ids and is_open(course) != ended:
            told = set(course.told) - {address} if ended else {*course.told, address}
            course = msgspec.structs.replace(course, told=tuple(sorted(told)))
        after.append(course)
    return [course for course in after if is_open(course) or course.told]


def without_addresses(courses: Iterable[Course], addresses: Collection[str]) -> list[Course]:
    """The courses without addresses that the settings no longer name."""
    after = [
        msgspec.structs.replace(one, told=tuple(a for a in one.told if a in addresses))
        for one in courses
    ]
    return [one for one in after if is_open(one) or one.told]
