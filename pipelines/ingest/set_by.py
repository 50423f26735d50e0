"""Which settings a source's error may come from.

What belongs here: naming them, with their line and the variable or file that gives them, and the
address of the last complete reading. What does not: any other value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors.errors import SourceError
from connectors.secrets import bare_address
from pipelines.project import Project

_OWN = "its own address"


def set_by(project: Project, error: SourceError) -> str:
    """Where the settings that an error blames are given, in sentences; empty if it blames none."""
    origins = (project.written.origin("sources", error.source, key) for key in error.blames)
    told = ", ".join(filter(None, origins))
    return " ".join(filter(None, (f"Set by {told}." if told else "", _compared(project, error))))


def address_back(project: Project, error: SourceError) -> str:
    """To put back the address of the last complete reading, if another one may be the cause."""
    then = _read_from(project, error)
    if not then or then["address"] == address_of(project, error.source):
        return ""
    origin = project.written.origin("sources", error.source, "url") or "the setting url"
    return f"Put {then['address']} back into {origin}, if it was not changed on purpose."


def read_from(project: Project, source: str, at: dt.datetime) -> dict[str, str]:
    """What is kept of a complete reading: the address, without a secret, and when it was."""
    return {"address": address_of(project, source), "at": at.isoformat()}


def address_of(project: Project, source: str) -> str:
    """Where the settings send the requests for a source; words if they leave that to the source."""
    url = getattr(getattr(project.settings.sources, source), "url", None)
    return bare_address(url.rstrip("/")) if url else _OWN


def _compared(project: Project, error: SourceError) -> str:
    """Whether the address is that of the last complete reading, in a sentence."""
    then = _read_from(project, error)
    if not then:
        return ""
    when = f"The last complete reading, of {then['at'][:16].replace('T', ' ')} UTC, was from"
    if then["address"] == address_of(project, error.source):
        return f"{when} the same address: look at the network and the service."
    return f"{when} {then['address']}."


def _read_from(project: Project, error: SourceError) -> Mapping[str, Any]:
    """The address of the last complete reading, for an error that blames the address."""
    if "url" not in error.blames:
        return {}
    kept = project.attempts.latest(error.source).get("read_from")
    return kept if isinstance(kept, Mapping) and {"address", "at"} <= set(kept) else {}
