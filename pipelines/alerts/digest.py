"""The words of alerts.

What belongs here: the messages, whose first line says what to do. What does not: sending them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.alerts.causes import STALE
from pipelines.alerts.course import Course, Due

_MOST_APART = 3
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Message:
    """One message: ``title`` is its first line; ``ids`` are the causes that it is about."""

    title: str
    body: str
    ids: tuple[str, ...]
    ended: bool = False


def messages(due: Due) -> Iterator[Message]:
    """What to send to one address: a message for each cause, or one digest of many."""
    if len(due.opened) > _MOST_APART:
        body = "\n\n".join(f"{one.cause.remedy}\n{_told(one)}" for one in due.opened)
        title = f"{len(due.opened)} causes; begin with: {due.opened[0].cause.remedy}"
        yield Message(title, body, tuple(one.cause.id for one in due.opened))
    else:
        for one in due.opened:
            yield Message(one.cause.remedy, _told(one), (one.cause.id,))
    if len(due.ended) > _MOST_APART:
        body = "\n".join(_recovered(one) for one in due.ended)
        title = f"Nothing to do: {len(due.ended)} causes are over."
        yield Message(title, body, tuple(one.cause.id for one in due.ended), ended=True)
    else:
        for one in due.ended:
            title = f"Nothing to do: “{one.cause.id}” is over."
            yield Message(title, _recovered(one), (one.cause.id,), ended=True)


def _told(course: Course) -> str:
    cause = course.cause
    lines = [cause.happened, f"Cause: {cause.id}"]
    if cause.kind in STALE and cause.since:
        lines.append(f"Last read: {in_utc(cause.since)}")
    lines += [
        f"Since: {_begun(course)}",
        f"Key Results that depend on it: {_named(cause.key_results)}",
        f"Manual: {cause.page}",
    ]
    return "\n".join(lines)


def _begun(course: Course) -> str:
    since = None if course.cause.kind in STALE else course.cause.since
    return in_utc(since or course.opened)


def _recovered(course: Course) -> str:
    return f"Recovered: {course.cause.id}, from {_begun(course)} to {in_utc(course.ended or '')}."


def _named(key_results: Sequence[str]) -> str:
    if not key_results:
        return "none known"
    named = ", ".join(key_results[:_MOST_NAMED])
    more = len(key_results) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def in_utc(iso: str) -> str:
    """An ISO instant as sentences have it."""
    return f"{iso[:16].replace('T', ' ')} UTC" if "T" in iso else iso
