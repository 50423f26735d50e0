"""The answers given to ``okr init``, kept between its calls.

What belongs here: defaults, and the file that keeps answers. What does not: asking, and any
credential, which is never written.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import available_timezones

from okr_model.quantities.cycles import Cycle
from published.errors import UserError

KNOWN = (
    "organization.name", "organization.timezone", "organization.confidence",
    "cycle.id", "cycle.start", "cycle.end",
    "jira.use", "jira.url", "jira.user", "jira.projects",
    "notion.use", "notion.url",
    "sheets.use", "sheets.credentials", "sheets.url",
)  # fmt: skip
"""Every answer that can be kept or given by ``--set``."""
_LEVELS = 3
_QUARTER = re.compile(r"(20\d\d)[- ]?Q([1-4])")
_LOCAL_TIME = Path("/etc/localtime")


class UnknownAnswerError(UserError):
    """``--set`` names nothing that is asked."""


def quarter(text: str) -> Cycle | None:
    """The quarter that a text such as ``2026-Q3`` names; None if it names none."""
    match = _QUARTER.fullmatch(text.strip())
    if match is None:
        return None
    year, last = int(match[1]), int(match[2]) * 3
    end = dt.date(year, last, calendar.monthrange(year, last)[1])
    return Cycle(text.strip(), dt.date(year, last - 2, 1), end)


def default_answers(today: dt.date) -> dict[str, str]:
    """What is offered before anything is known: this machine's zone, the running quarter."""
    running = quarter(f"{today.year}-Q{(today.month + 2) // 3}")
    assert running is not None  # noqa: S101 - it is written as one
    return {
        "organization.timezone": _zone_of_machine(),
        "organization.confidence": "High, Medium, Low",
        "cycle.id": running.id,
        "cycle.start": str(running.start),
        "cycle.end": str(running.end),
    }


def given_answers(pairs: list[str]) -> dict[str, str]:
    """The answers of ``--set NAME=VALUE``.

    Raises:
        UnknownAnswerError: A name is none, or has no value.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UnknownAnswerError(f"--set {name}: write NAME=VALUE.")
        if name not in KNOWN:
            raise UnknownAnswerError(
                f"--set {name}: nothing of that name is asked. There are: {', '.join(KNOWN)}."
            )
        found[name] = value.strip()
    return found


def why_wrong(name: str, answer: str, known: Mapping[str, str]) -> str | None:
    """Why an answer cannot be used, given those before it; None if it can."""
    answer = answer.strip()
    if name == "organization.timezone" and answer not in available_timezones():
        return "no time zone; write one such as Europe/Berlin."
    if name == "organization.confidence" and len(list(filter(None, _parts(answer)))) != _LEVELS:
        return "write three words with commas, such as High, Medium, Low."
    if name in ("cycle.start", "cycle.end"):
        try:
            day = dt.date.fromisoformat(answer)
        except ValueError:
            return "no day; write it such as 2026-10-01."
        if name == "cycle.end" and day <= dt.date.fromisoformat(known["cycle.start"]):
            return "not after the first day."
    if name in ("organization.name", "cycle.id", "jira.projects") and not answer:
        return "write something."
    return None


def _parts(answer: str) -> list[str]:
    return [word.strip() for word in answer.split(",")]


def kept_answers(path: Path) -> dict[str, str]:
    """The answers of an earlier call; none where there was none, or they cannot be read."""
    try:
        held = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    held = held if isinstance(held, dict) else {}
    return {name: str(held[name]) for name in KNOWN if name in held}


def keep_answers(path: Path, answers: Mapping[str, str]) -> None:
    """Write them down, so that a call that was broken off can go on."""
    held = {name: answers[name] for name in KNOWN if name in answers}
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False), "utf-8")


def _zone_of_machine() -> str:
    parts = _LOCAL_TIME.resolve().parts
    for start in range(len(parts)):
        if (name := "/".join(parts[start:])) in available_timezones():
            return name
    return "UTC"
