"""Google's error responses and connection faults.

What belongs here: parsing Google's error bodies, and errors for failed connections. What does not:
the meaning of a status (``client``), and errors of signing in (``credentials``).
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from connectors.errors import ConfigurationError, SourceError, TransientError, blaming
from connectors.secrets import redact
from connectors.transport.bounds import shortened
from connectors.transport.connections import unconnected, why_unconnected
from connectors.transport.login_pages import is_login_page, login_page


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
    return unconnected("sheets", "A request to Google", why_unconnected(error))


def not_json(body: bytes = b"") -> SourceError:
    """The error for a response that is not a JSON object, or is a page that asks to log in."""
    if is_login_page("", body):
        return login_page("sheets", "Google, or whoever is in its place,")
    error = TransientError(
        "sheets",
        "Google answered with something that is not JSON.",
        "Try later; if it persists, check the url.",
    )
    return blaming(error, "url")
