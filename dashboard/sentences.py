"""Sentences that the model wrote, as the page shows them.

What belongs here: days and instants in an organization's language and zone, where the sentence has
them as programs do. What does not: addresses in a sentence (``rendering``), its words (the model).
"""

from __future__ import annotations

import datetime as dt
import re

from published.organization import Organization

_QUOTED = re.compile(r"(“[^”]*”)")
_DAY = re.compile(
    r"(?<![\w/=.-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?: \d\d:\d\d UTC)?(?![\w-])"
)


def with_own_days(sentence: str, organization: Organization) -> str:
    """``sentence`` with ``2026-11-28`` as ``28 Nov 2026``, and instants in UTC in its own zone.

    What stands in quotation marks is somebody else's and stays as it is.
    """
    parts = (
        one if one.startswith("“") else _DAY.sub(lambda day: _written(day[0], organization), one)
        for one in _QUOTED.split(sentence)
    )
    return "".join(parts)


def _written(day: str, organization: Organization) -> str:
    try:
        found = dt.datetime.fromisoformat(day.removesuffix(" UTC")).replace(tzinfo=dt.UTC)
    except ValueError:
        return day  # such as a 30th of February
    figures = organization.figures
    return figures.instant(found, organization.zone) if " " in day else figures.day(found.date())
