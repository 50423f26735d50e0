"""Sending messages of any kind, and the ping after a good run.

What belongs here: handing a message to one address, and what became of it. What does not: which
messages there are.

An address is a secret, because those of chats and webhooks let anybody write who knows them. It is
shown by its place in the settings and its service alone.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

import requests

from connectors.secrets import redact
from pipelines.settings import AlertSettings

_PING_SECONDS = 10
_NOT_INSTALLED = "apprise is not installed; run: pip install 'okr-sync[alerts]'"


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the settings; ``url`` begins with ``${`` if its variable is not set."""

    label: str
    url: str = field(repr=False)

    @property
    def digest(self) -> str:
        """Names it in the state, which must not hold it."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]


def addresses_of(settings: AlertSettings) -> list[Address]:
    """The addresses in the order of the settings."""
    urls = [one.get_secret_value() for one in settings.to]
    return [address_at(f"alerts: to[{index}]", url) for index, url in enumerate(urls)]


def address_at(place: str, url: str) -> Address:
    """The address that stands at a place of the settings."""
    return Address(f"{place} ({_service(url)})", url)


def send(address: Address, title: str, body: str) -> str | None:
    """Send one message; returns why it could not be sent, or None."""
    if reason := unusable(address):
        return reason
    import apprise  # slow to import, rarely needed

    title, body = redact(title), redact(body)
    heard = _Heard()
    logger = logging.getLogger("apprise")
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(heard)
    try:
        service = apprise.Apprise.instantiate(address.url, suppress_exceptions=True)
        if not isinstance(service, apprise.NotifyBase):
            return "the address is none that apprise knows; see docs/alerts.md."
        if service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            return None
        return heard.said or "the service did not take the message."
    except Exception as fault:  # of whichever of its many services
        return f"{type(fault).__name__} when sending."
    finally:
        logger.removeHandler(heard)
        logger.propagate = propagates


def unusable(address: Address) -> str | None:
    """Why nothing can be sent to an address, as the settings stand; None if it can."""
    if address.url.startswith("${"):
        return f"the environment variable {address.url[2:].rstrip('}')} is not set."
    if not address.url:
        return "the file of the address is missing or empty."
    return None if find_spec("apprise") else _NOT_INSTALLED


def ping(url: str) -> str | None:
    """Tell a dead-man's switch that a run was published; returns why it could not be told."""
    if url.startswith("${"):
        return f"the environment variable {url[2:].rstrip('}')} is not set."
    try:
        answer = requests.get(url, timeout=_PING_SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as fault:
        return f"{type(fault).__name__}."
    return None if answer.status_code < 300 else f"HTTP {answer.status_code}."


def _service(url: str) -> str:
    scheme = url.partition("://")[0]
    return scheme if scheme.isalnum() and "://" in url else "not set"


class _Heard(logging.Handler):
    """What apprise says of a failure, which it only logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: Sequence[str] = ()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines = [*self._lines, redact(record.getMessage().partition("\n")[0])]

    @property
    def said(self) -> str:
        return " ".join(self._lines)[:300]
