"""The words of alerts.

What belongs here: the messages, whose subject names the culprit and whose first line says what to
do. What does not: sending them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.alerts.causes import STALE
from pipelines.alerts.course import Course, Due

_MOST_APART = 3
_MOST_NAMED = 20
_VERIFY = "To verify: okr doctor; then okr sync publishes, and a message says that it is over."


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
        body = "\n\n".join(map(_told, due.opened))
        title = f"{len(due.opened)} causes; begin with: {due.opened[0].cause.title}"
        body = f"{body}\n{_VERIFY}"
        yield Message(title, body, tuple(one.cause.id for one in due.opened))
    else:
        for one in due.opened:
            yield Message(one.cause.title, f"{_told(one)}\n{_VERIFY}", (one.cause.id,))
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
    lines = [cause.remedy, cause.happened, f"Cause: {cause.id}"]
    if cause.kind in STALE and cause.since:
        lines.append(f"Last read: {in_utc(cause.since)}")
    lines += [
        f"Since: {in_utc(begun(course))}",
        f"Key Results that depend on it: {_named(cause.key_results)}",
        f"Manual: {cause.page}",
    ]
    return "\n".join(lines)


def begun(course: Course) -> str:
    """Since when it lasts, as far as runs know, as an ISO instant."""
    since = None if course.cause.kind in STALE else course.cause.since
    return since or course.opened


def _recovered(course: Course) -> str:
    begun_at, ended = in_utc(begun(course)), in_utc(course.ended or "")
    return f"Recovered: {course.cause.id}, from {begun_at} to {ended}."


def _named(key_results: Sequence[str]) -> str:
    if not key_results:
        return "none known"
    named = ", ".join(key_results[:_MOST_NAMED])
    more = len(key_results) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def in_utc(iso: str) -> str:
    """An ISO instant as sentences have it."""
    return f"{iso[:16].replace('T', ' ')} UTC" if "T" in iso else iso
