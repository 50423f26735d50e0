"""The checks of ``okr doctor``: their ids, and the lines in which they tell what they found.

What belongs here: the list of checks, the form of a line, and turning what was raised into one.
What does not: the checks themselves (``local_checks``, ``service_checks``).

Ids are a contract: programs read them, and ``docs/doctor.md`` has an entry for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from connectors.errors import ConfigurationError, SourceError
from pipelines.errors import disk_trouble, place_of_fault
from published.errors import UserError

State = Literal["ok", "warn", "fail"]

PAGE = "docs/doctor.md"


class Check(StrEnum):
    """What is checked."""

    SETTINGS = "settings"
    MEASURE = "measure"
    VERSION = "version"
    DISK = "disk"
    FILE_RIGHTS = "file-rights"
    CREDENTIAL_IN_FILE = "credential-in-file"
    STATE = "state"
    STORE = "store"
    DECISIONS = "decisions"
    LAST_RUN = "last-run"
    TARGET = "target"
    PUBLISH_TARGET = "publish-target"
    SCHEDULE = "schedule"
    ALERTS = "alerts"
    OPEN_ALERT = "open-alert"
    SERVICE = "service"
    CREDENTIAL = "credential"
    CLOCK = "clock"
    PLACE = "place"
    FIELD = "field"
    ISSUES = "issues"
    REVIEW_TAB = "review-tab"
    AGENDA_PAGE = "agenda-page"
    DOCTOR = "doctor"


@dataclass(frozen=True, slots=True)
class Line:
    """What one check found of one thing.

    Attributes:
        check: Which check.
        subject: What it is about, such as ``jira`` or a tab.
        state: ``ok``, ``warn`` (a run is published all the same) or ``fail``.
        sentence: What was found.
        remedy: What to do about it; empty if nothing is.
    """

    check: Check
    subject: str
    state: State
    sentence: str
    remedy: str = ""

    @property
    def page(self) -> str:
        """Where the manual tells more."""
        return f"{PAGE}#{self.check}"


def guarded(check: Check, subject: str, look: Callable[[], Iterable[Line]]) -> list[Line]:
    """The lines of a check; whatever it raises is a line, too."""
    try:
        return list(look())
    except SourceError as error:
        return [of_error(check, subject, error)]
    except UserError as error:
        return [Line(check, subject, "fail", str(error))]
    except Exception as fault:
        if trouble := disk_trouble(fault):
            return [Line(Check.DISK, subject, "fail", trouble)]
        place = place_of_fault(fault)
        said = f"The check “{check}” itself failed ({place})."
        return [Line(Check.DOCTOR, subject, "fail", said, "Please report it.")]


def of_error(check: Check, subject: str, error: SourceError) -> Line:
    """A source's error; one of no setting but the address is about the service."""
    if not isinstance(error, ConfigurationError) or error.blames == ("url",):
        check = Check.SERVICE
    return Line(check, subject, "fail", error.message, error.remedy)
