"""Google's error responses and connection faults.

What belongs here: parsing Google's error bodies, and errors for failed connections. What does not:
the meaning of a status (``client``), and errors of signing in (``credentials``).
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from connectors.errors import (
    ConfigurationError,
    MissingError,
    SourceError,
    TransientError,
    blaming,
)
from connectors.secrets import bare_address, redact
from connectors.transport.bounds import joined, shortened
from connectors.transport.connections import unconnected, why_unconnected
from connectors.transport.login_pages import (
    asks_to_log_in,
    is_login_page,
    login_page,
    sent_to_log_in,
)


def explanation(response: requests.Response) -> tuple[set[str], str]:
    """Google's machine-readable reasons and its explanation; empty for a body without JSON."""
    challenge = response.headers.get("WWW-Authenticate", "")
    told = {"insufficient_scope"} if "insufficient_scope" in challenge else set()
    try:
        error = response.json()["error"]
    except (requests.exceptions.JSONDecodeError, KeyError, TypeError, RecursionError):
        return told, ""
    if not isinstance(error, Mapping):
        return told | {str(error)}, shortened(str(error))
    parts = [error.get("errors"), error.get("details")]
    details = [one for part in parts if isinstance(part, list) for one in part]
    reasons = {
        str(one["reason"]) for one in details if isinstance(one, Mapping) and "reason" in one
    }
    words = shortened(redact(str(error.get("message", ""))))
    return told | reasons | {str(error.get("status", ""))}, words


def moved(url: str, status: int, to: str) -> SourceError:
    """The error for a redirect, which is not followed."""
    target, said = joined(url, to), f"{bare_address(url)} answered {status}"
    if asks_to_log_in(target.encode()):
        return sent_to_log_in("sheets", said, url, target)
    error = MissingError(
        "sheets",
        f"{said}: it has moved to {shortened(bare_address(target))}.",
        "Correct the url, or see who answers in Google's place; redirects are not followed.",
    )
    return blaming(error, "url")


def remedy(reasons: set[str]) -> str:
    """The remedy for a request that Google rejects."""
    if "FAILED_PRECONDITION" in reasons:
        return "If it is an Excel file kept in Drive, save it as a Google Sheet."
    return "Check the ids in the settings."


def connection_error(error: requests.RequestException) -> SourceError:
    """The error for a request without a response."""
    faults = requests.exceptions
    if isinstance(error, faults.InvalidURL | faults.InvalidSchema | faults.MissingSchema):
        remedy = "Correct it, or remove it from the settings."
        wrong = ConfigurationError("sheets", "The url is not a web address.", remedy)
        return blaming(wrong, "url")
    asked = error.request
    url = str(asked.url) if asked is not None and asked.url else ""
    what = f"{asked.method} {bare_address(url)}" if asked and url else "A request to Google"
    return unconnected("sheets", what, why_unconnected(error))


def not_json(url: str, body: bytes) -> SourceError:
    """The error for a response that is not a JSON object, or is a page that asks to log in."""
    what = f"{bare_address(url)} answered"
    if is_login_page("", body):
        return login_page("sheets", what, url, body)
    error = TransientError(
        "sheets",
        f"{what} with something that is not JSON.",
        "Try later; if it persists, check the url.",
    )
    return blaming(error, "url")
