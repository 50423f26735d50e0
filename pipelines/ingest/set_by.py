"""Which settings a source's error may come from.

What belongs here: naming them, with their line and the variable or file that gives them, and the
address of the last complete reading. What does not: any other value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors.errors import URL_OR_NETWORK, AccessError, SourceError
from connectors.secrets import bare_address
from pipelines.project import Project

_OWN = "its own address"


def set_by(project: Project, error: SourceError) -> str:
    """Where the settings that an error blames are given, in sentences; empty if it blames none."""
    origins = (project.written.origin("sources", error.source, key) for key in error.blames)
    places = ", ".join(filter(None, origins))
    given = f"{_what_of(project, error)} {places}." if places else ""
    return " ".join(filter(None, (given, _compared(project, error))))


def _what_of(project: Project, error: SourceError) -> str:
    """What the settings say: of an account that has no access, nothing in them is wrong."""
    if not isinstance(error, AccessError):
        return "Set by"
    who = getattr(getattr(project.settings.sources, error.source), "user", None)
    return f"The account is {who}, of" if who else "The account is that of"


def remedy_of(project: Project, error: SourceError) -> str:
    """What to do: to put back an address that was changed, and not to touch one that was not."""
    then = _read_from(project, error)
    if not then:
        return error.remedy
    if _is_the_same(project, error, then):
        return _address_kept(error.remedy)
    origin = project.written.origin("sources", error.source, "url") or "the setting url"
    return (
        f"If nobody changed it on purpose, put {then['address']} back where {origin} is given; if"
        " somebody did, see with them whether it is right."
    )


def brief_of(project: Project, error: SourceError) -> str:
    """The same in the few words of a subject."""
    then = _read_from(project, error)
    kept = then and _is_the_same(project, error, then)
    return _address_kept(error.brief) if kept else error.brief


def told(project: Project, error: SourceError) -> str:
    """What the error says; it does not blame an address that has not changed."""
    then = _read_from(project, error)
    kept = then and _is_the_same(project, error, then)
    return _address_kept(str(error)) if kept else str(error)


def _address_kept(words: str) -> str:
    return words.replace(URL_OR_NETWORK, "have the network and the service looked at")


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
    if _is_the_same(project, error, then):
        return f"{when} the same address, so leave the url: look at the network and the service."
    return f"{when} {then['address']}."


def _is_the_same(project: Project, error: SourceError, then: Mapping[str, Any]) -> bool:
    return bool(then["address"] == address_of(project, error.source))


def _read_from(project: Project, error: SourceError) -> Mapping[str, Any]:
    """The address of the last complete reading, for an error that blames the address."""
    if "url" not in error.blames:
        return {}
    kept = project.attempts.latest(error.source).get("read_from")
    return kept if isinstance(kept, Mapping) and {"address", "at"} <= set(kept) else {}
