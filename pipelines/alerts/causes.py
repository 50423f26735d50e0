"""The causes of alerts, each with what to do about it.

What belongs here: the kinds of causes and the alerts that follow from figures of a run; pure
functions. What does not: gathering the figures (``facts``), and whom was told (``course``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from connectors.records import ProblemRule
from pipelines.publish.blocked_run import BlockedRun
from pipelines.run_status.unread import HELD_BACK

CREDENTIAL_DAYS = 14
"""How many days before its end a credential is a cause."""
MANUAL = "docs/alerts.md"
MOST_IN_TITLE = 110  # with the organization's name some 120, which a list of mails shows
_ADDRESS = re.compile(r" \(https?://[^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.?])”? (?=[A-Z])")
_LONG_PATH = re.compile(r"(?<!\S)/\S{20,}(?=/)")
"""All of a path but its last name: a subject has no room for it beside what is wrong."""


class Kind(StrEnum):
    """What kinds of causes there are; each is a heading of the manual's page."""

    SOURCE_STALE = "source stale"
    PLACE_STALE = "place stale"
    DATASET_STALE = "dataset stale"
    BLOCKED = "check blocked publishing"
    WARNED = "check warned"
    FAILED = "run failed"
    NOT_BEGUN = "run could not begin"
    NO_RUN = "no run"
    LATE = "published late"
    VOLUME = "unusual volume"
    DISK = "disk room low"
    CREDENTIAL = "credential ends"
    TARGET = "target not published"


STALE = frozenset({Kind.SOURCE_STALE, Kind.PLACE_STALE, Kind.DATASET_STALE})
"""Causes of which ``since`` says when it was last read, not since when it is not."""


class Cause(msgspec.Struct, frozen=True):
    """One cause of an alert, as a run sees it.

    Attributes:
        kind: Its kind.
        subject: Which source, place, check or file; with the kind it identifies the cause.
        remedy: What to do, in sentences.
        happened: What happened, in sentences.
        since: Since when, as an ISO instant; None if only this run knows.
        key_results: The ids of the Key Results that depend on it.
        brief: What is wrong, then what to do, in some 100 letters; empty if the remedy is short.
    """

    kind: Kind
    subject: str
    remedy: str
    happened: str
    since: str | None = None
    key_results: tuple[str, ...] = ()
    brief: str = ""

    @property
    def title(self) -> str:
        """The subject of its message, at most ``MOST_IN_TITLE`` letters."""
        words = _ADDRESS.sub("", self.brief or self.remedy)
        words = f"{words[:1].upper()}{words[1:]}".rstrip(".")
        if len(words) <= MOST_IN_TITLE:
            return words
        return f"{words[: MOST_IN_TITLE - 1].rpartition(' ')[0]}…"

    @property
    def id(self) -> str:
        """The same in every run that finds the cause."""
        return f"{self.kind}: {self.subject}" if self.subject else str(self.kind)

    @property
    def page(self) -> str:
        """The entry of the manual."""
        return f"{MANUAL}#{self.kind.replace(' ', '-')}"


class Unread(msgspec.Struct, frozen=True):
    """What a run could not read: a whole source, a place or a dataset of it.

    Attributes:
        kind: Which of the three.
        name: How the published tables name it.
        reason: What went wrong and what to do about it.
        remedy: What to do, if the service's answer tells.
        since: When it was last read completely; None if it never was.
        called: What people call it, where that is not its name.
        more: What only its operator needs: settings that it comes from, records that are gone.
        brief: What is wrong, then what to do, in a few words; empty if the remedy is short.
    """

    kind: Kind
    name: str
    reason: str
    remedy: str = ""
    since: dt.datetime | str | None = None
    called: str = ""
    more: str = ""
    brief: str = ""


_REMEDY = {
    Kind.SOURCE_STALE: "Restore access to {name}: see whether it is up and its credential valid.",
    Kind.PLACE_STALE: "Share {name} with okr-sync's account again, or correct it in okr.yaml.",
    Kind.DATASET_STALE: "Restore what is gone from {name}, or change its entry in okr.yaml.",
}
_GONE = {
    "jira": "Find out where the issues of {name} are. Moved: move them back, or widen the jql."
    " Hidden by permission or issue security: let {account} see them. Deleted: Jira has no trash,"
    " only a back-up of Jira brings them back.",
    "notion": "Restore the pages of {name} from Notion's trash, or share them with {account}"
    " again.",
    "sheets": "Restore the rows of {name} from its version history (File, Version history).",
    "files": "Restore {name} from a back-up.",
}


def remedy_of_place(source: str, rule: str, given: str) -> str:
    """What to do about a place, with ``{name}`` and ``{account}`` where these are to be.

    Args:
        source: Which source it is part of.
        rule: The problem that was found.
        given: What the service's answer tells to do; empty if it does not tell.
    """
    if rule in HELD_BACK and not given:
        return _GONE[source]
    if rule == ProblemRule.PROJECT_NOT_VISIBLE:
        return (
            "Let an administrator of {name} grant the permission Browse Projects to {account}; if"
            " it is gone for good, take it out of the jql."
        )
    return given.replace("{", "{{").replace("}", "}}")


def own(datasets: Iterable[Unread], others: Sequence[Unread]) -> list[Unread]:
    """The datasets whose own fault it is that they could not be read.

    Left out is what lies in a source or place that could not be read and never was: there is no
    last reading to stand in for it, and its cause is told already.

    Args:
        datasets: Those that could not be read; a name begins with the source and ends with the
            place.
        others: The sources and places that could not be read.
    """
    never = [one.name for one in others if one.since is None]
    names = {one.name for one in others}

    def follows(dataset: Unread) -> bool:
        source, _, _ = dataset.name.partition(" ")
        within = (name.removeprefix(f"{source} ") for name in never if name.startswith(source))
        return any(place == source or dataset.name.endswith(f" {place}") for place in within)

    return [one for one in datasets if one.name not in names and not follows(one)]


def stale(unread: Iterable[Unread], reasons: Mapping[str, str]) -> list[Cause]:
    """The causes of what could not be read.

    Args:
        unread: What could not.
        reasons: Why each Key Result is stale, by its id.
    """
    return [
        Cause(
            one.kind,
            one.name,
            _remedy(one),
            " ".join(filter(None, (one.reason, one.more))),
            _iso(one.since),
            tuple(key for key, reason in reasons.items() if one.reason in reason),
            one.brief,
        )
        for one in unread
    ]


def _remedy(one: Unread) -> str:
    """What to do, naming what it is to be done to."""
    name = one.called or one.name
    if not one.remedy:
        return _REMEDY[one.kind].format(name=name)
    begins = f"{name[:1].upper()}{name[1:]}" if one.called else name
    return one.remedy if name in one.remedy else f"{begins}: {one.remedy}"


def blocked(violations: Mapping[str, Sequence[str]], run: BlockedRun | None = None) -> list[Cause]:
    """The cause of a run that was not published; one, because one fault fails several checks.

    Args:
        violations: What each failed check found.
        run: What is kept of the run, if it is.
    """
    if not violations:
        return []
    checks = ", ".join(check.replace("_", " ") for check in violations)
    remedy, brief = f"Correct what failed the checks ({checks}), then run: okr sync", ""
    if run and run.changed:
        remedy = f"Undo or correct in okr.yaml: {run.changed[0]}. Then run: okr sync"
        brief = f"not published: {run.changed[0]}: undo or correct it"
    found = [line.removeprefix("- ") for lines in violations.values() for line in lines]
    told = ["Nothing was published; readers keep the tables of the last run.", *found]
    told += run.advice if run else []
    lost = tuple(run.lost) if run else ()
    return [Cause(Kind.BLOCKED, "", remedy, "\n".join(told), key_results=lost, brief=brief)]


def warned(sentences: Mapping[tuple[str, str], Sequence[str]]) -> list[Cause]:
    """One cause for each thing that a check only warned of: by the check, and what it is about."""
    return [
        Cause(
            Kind.WARNED,
            f"{check}: {subject}",
            f"Look at “{check}” ({subject}) in: okr findings",
            f"The tables are published. {' '.join(found)}",
        )
        for (check, subject), found in sentences.items()
    ]


def failed(crash: str | None, *, published: bool) -> list[Cause]:
    """The cause of a run that ended with an error."""
    if crash is None:
        return []
    told = "The tables are published." if published else "Nothing was published."
    remedy = "Read the error, remove its cause, then run: okr sync"
    return [Cause(Kind.FAILED, "", remedy, f"{told} {crash}")]


def not_begun(message: str) -> Cause:
    """The cause of a refused run; an error's message says what is wrong, then what to do."""
    remedy = message.partition(". ")[2] or "Do what the message says, then run: okr sync"
    return Cause(Kind.NOT_BEGUN, "", remedy, message)


def no_run(
    last_good: dt.datetime | None, now: dt.datetime, most_hours: int, key_results: Sequence[str]
) -> list[Cause]:
    """The cause of a night that did not run; none if no night was ever published."""
    if last_good is None or now - last_good <= dt.timedelta(hours=most_hours):
        return []
    hours = (now - last_good).total_seconds() / 3600
    return [
        Cause(
            Kind.NO_RUN,
            "",
            "See whether the scheduler and its machine are up, then run: okr sync",
            f"The last run that published ended {hours:.0f} hours ago; the most that is allowed is"
            f" {most_hours} hours.",
            _iso(last_good),
            tuple(key_results),
        )
    ]


def late(
    by: dt.datetime, published_at: dt.datetime | None, now: dt.datetime, key_results: Sequence[str]
) -> list[Cause]:
    """The cause of a day whose tables were not published in time.

    Args:
        by: The instant that was promised for the day.
        published_at: When the day's tables were first published; None if they are not yet.
        now: The present instant.
        key_results: The ids of the published Key Results.
    """
    if (published_at or now) <= by:
        return []
    told = f"published at {published_at:%H:%M %Z}" if published_at else "not published yet"
    return [
        Cause(
            Kind.LATE,
            "",
            "Let the run begin earlier (schedule: at:), or see what made it long: okr sync --json",
            f"The tables of {by:%Y-%m-%d} were promised by {by:%H:%M %Z} and are {told}.",
            _iso(by),
            tuple(key_results),
        )
    ]


def disk(free: int, needed: int, folder: str) -> list[Cause]:
    """The cause of a disk with little room, in bytes."""
    if free >= needed:
        return []
    return [
        Cause(
            Kind.DISK,
            folder,
            f"Free space on the disk of {folder}.",
            f"{free / 1e6:,.0f} MB are free; below {needed / 1e6:,.0f} MB a coming run may find no"
            " room.",
        )
    ]


def credentials(
    ends: Mapping[str, dt.date], today: dt.date, reading: Mapping[str, Sequence[str]]
) -> list[Cause]:
    """One cause for each credential about to end, or ended.

    Args:
        ends: The last day of each source's credential, where it is known.
        today: The day in the organization's zone.
        reading: The Key Results that read from each source.
    """
    return [
        Cause(
            Kind.CREDENTIAL,
            source,
            f"Make a new credential for {source} and put it in the place of the present one.",
            f"The credential of {source} {'ends' if day >= today else 'ended'} on {day}.",
            None,
            tuple(reading.get(source, ())),
        )
        for source, day in ends.items()
        if (day - today).days <= CREDENTIAL_DAYS
    ]


def unwritten(errors: Mapping[str, tuple[str, dt.datetime | None]]) -> list[Cause]:
    """One cause for each target that does not hold the published run.

    Args:
        errors: By its name, why it was not written, and since when it has not been.
    """
    return [
        Cause(
            Kind.TARGET,
            name,
            _of_target(name, error),
            f"The tables are published, but not to {name}: {error}",
            _iso(since),
            brief=f"not published to {name}: {_LONG_PATH.sub('…', error)}",
        )
        for name, (error, since) in errors.items()
    ]


def _of_target(name: str, error: str) -> str:
    """What to do about a target: what follows the first sentence of its error."""
    again = f"okr publish --to {name}"
    _, *rest = _SENTENCE_END.split(error.rstrip(), maxsplit=1)
    if not rest:
        return f"Remove the cause, then run: {again}"
    return f"{name}: {rest[0]}" if again in error else f"{name}: {rest[0]} Then run: {again}"


def _iso(instant: dt.datetime | str | None) -> str | None:
    return instant.isoformat() if isinstance(instant, dt.datetime) else instant
