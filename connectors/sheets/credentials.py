"""Signing in to Google: with a service account's key, or application-default credentials.

What belongs here: finding credentials, fetching access tokens, and why Google refuses one. What
does not: the requests that they sign (``client``).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import google.auth
import requests
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from requests.auth import AuthBase

from connectors.errors import AccessError, CredentialError, SourceError, TransientError
from connectors.secrets import remember
from connectors.sheets.error_responses import moved, not_json
from connectors.transport.bounds import MOVED_TO
from connectors.transport.connections import unconnected, why_unconnected
from connectors.transport.retry import parse_http_date, parse_retry_after
from connectors.transport.shapes import expected_shape

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
WRITE_SCOPES = ("https://www.googleapis.com/auth/spreadsheets", SCOPES[1])
"""The scopes for writing a spreadsheet; reading only needs :data:`SCOPES`."""
_ALLOW, _ALLOW_WRITING = (
    f"Allow it these scopes: {', '.join(scopes)}." for scopes in (SCOPES, WRITE_SCOPES)
)
_LOG_IN, _LOG_IN_WRITING = (
    f"gcloud auth application-default login --scopes={','.join(scopes)}"
    for scopes in (SCOPES, WRITE_SCOPES)
)
_MOST_LETTERS = 16_384  # of an access token; Google's have some 2,048 at most
_CODE = re.compile(r"[a-z_]{1,40}")  # anything else may be a secret that was sent back
_NEW_KEY = "make a new key for the service account and name its file in sources.sheets.credentials"


class SignIn(AuthBase):
    """Signs requests with an access token, fetched when needed.

    google-auth's own session is not used: besides signing, it queries another Google service about
    the account in the background, in every process that reads. Nor are google-auth's retries: they
    would multiply with ours.

    Args:
        key_file: A service account's key; None for the application-default credentials.
        session: Fetches tokens.
        timeouts: Returns the seconds to wait for a connection, and between two bytes; called for
            each request.
        writes: Whether spreadsheets will be written, too.

    Raises:
        CredentialError: There are no credentials, or the key file is invalid.
    """

    def __init__(
        self,
        key_file: Path | None,
        session: requests.Session,
        timeouts: Callable[[], tuple[float, float]],
        writes: bool = False,
    ) -> None:
        scopes = WRITE_SCOPES if writes else SCOPES
        self._log_in = _LOG_IN_WRITING if writes else _LOG_IN
        self.allow = _ALLOW_WRITING if writes else _ALLOW
        """The remedy for a missing scope."""
        self._account = _remembered(
            _default(scopes, self._log_in) if key_file is None else _read_key(key_file, scopes)
        )
        self._is_key = hasattr(self._account, "signer_email")
        self._session = session
        self._timeouts = timeouts
        self._renewed = False
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``; thread-safe."""
        with self._lock, expected_shape("sheets", "Google's answer to the sign-in"):
            if not self._account.valid:
                self._account.refresh(self._ask)
                self._account.token = _sendable(self._account.token)
                remember(self._account.token)
            self._account.apply(request.headers)
        return request

    def __repr__(self) -> str:
        return "<sign-in>"

    @property
    def who(self) -> str:
        """The account to share spreadsheets with: its e-mail address, where it is known."""
        email = str(getattr(self._account, "service_account_email", "") or "")
        return email if "@" in email else "the account that signs in"

    def refused(self) -> SourceError:
        """The error for a refused access token; transient once, because a new one may work."""
        with self._lock:
            if not self._renewed:
                self._renewed = True
                self._account.token = None
                return TransientError("sheets", "The access token was refused.")
        remedy = (
            f"Check the service account and its key; {_NEW_KEY}." if self._is_key else self._again()
        )
        return CredentialError(
            "sheets",
            f"Google refuses the access token of {self.who}, even a new one: it has expired or was "
            "revoked.",
            remedy,
        )

    def error(self, fault: GoogleAuthError) -> SourceError:
        """The error for a failure to fetch an access token."""
        if not isinstance(fault, RefreshError):
            return unconnected("sheets", "Signing in to Google", why_unconnected(fault))
        details = fault.args[1] if len(fault.args) > 1 and isinstance(fault.args[1], dict) else {}
        code = str(details.get("error", ""))
        code = code if _CODE.fullmatch(code) else ""
        said = f"Google refused to sign in {self.who}{f' ({code})' if code else ''}."
        if code == "invalid_grant":
            return self._invalid_grant(said, str(details.get("error_description", "")))
        if code in ("invalid_scope", "unauthorized_client", "access_denied"):
            return AccessError("sheets", said, self.allow)
        if fault.retryable or not details:
            return TransientError("sheets", said, "Try later.")
        return CredentialError("sheets", said, "Check the service account and its key.")

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def _invalid_grant(self, said: str, words: str) -> CredentialError:
        """Google has one code for many reasons, distinguished only by the text."""
        told = words.casefold()
        if not self._is_key:
            return CredentialError(
                "sheets", f"{said} It has expired or was revoked.", self._again()
            )
        if "signature" in told:
            why, remedy = "Its key was deleted or revoked.", f"{_NEW_KEY.capitalize()}."
        elif "not found" in told or "disabled" in told:
            why, remedy = "The account was deleted or disabled.", "Restore it in Google Cloud."
        elif "timeframe" in told or "short-lived" in told:
            why, remedy = "This machine's clock is wrong.", "Set the clock, then try again."
        else:
            why = "The key was deleted or revoked, or this machine's clock is wrong."
            remedy = f"Check the clock, then {_NEW_KEY}."
        return CredentialError("sheets", f"{said} {why}", remedy)

    def _again(self) -> str:
        return f"Sign in again: {self._log_in}"

    def _ask(self, **question: Any) -> Any:
        """google-auth's transport callable; raises transient errors instead of retrying them."""
        response = Request(self._session)(**{**question, "timeout": self._timeouts()})
        if 300 <= response.status < 400:
            url, to = str(question.get("url", "")), response.headers.get(MOVED_TO, "")
            raise moved(url, response.status, to)
        if response.status in (408, 429) or response.status >= 500:
            headers: Mapping[str, str] = response.headers
            now = parse_http_date(headers.get("Date")) or datetime.now(UTC)
            raise TransientError(
                "sheets",
                f"Signing in to Google was answered with {response.status}.",
                "Try later.",
                parse_retry_after(headers.get("Retry-After"), now),
            )
        if response.status == 200 and not response.data.lstrip().startswith(b"{"):
            # google-auth would take a web page for a string, and look for the token in it.
            raise not_json(str(question.get("url", "")), bytes(response.data))
        return response


def _sendable(token: Any) -> str:
    """An access token that a header can carry.

    Raises:
        TypeError, ValueError: It is none.
    """
    if not isinstance(token, str):
        raise TypeError("an access token that is no text")
    if not (token.isascii() and token.isprintable() and len(token) <= _MOST_LETTERS):
        raise ValueError("an access token that no header can carry")
    return token


def _remembered(account: Any) -> Any:
    """The account, with all that signs it in never to be shown."""
    for name in ("token", "refresh_token", "client_secret"):
        remember(str(getattr(account, name, None) or ""))
    return account


def _default(scopes: tuple[str, ...], log_in: str) -> Any:
    find: Callable[..., Any] = google.auth.default
    try:
        credentials, _ = find(scopes=scopes)
    except DefaultCredentialsError:
        # The library's own message names files and links that hardly anyone needs.
        raise CredentialError(
            "sheets",
            "This machine has no application-default credentials that can be used.",
            f"Name a service account's key file in sources.sheets.credentials, or run {log_in}",
        ) from None
    return credentials


def _read_key(path: Path, scopes: tuple[str, ...]) -> Any:
    try:
        load: Callable[..., Any] = Credentials.from_service_account_file
        return load(str(path), scopes=scopes)
    except OSError as error:
        message = f"The service account's key file {path} cannot be read ({error.strerror})."
    except ValueError:
        # The library's own message may quote the file.
        message = f"The file {path} is not a service account key."
    raise CredentialError(
        "sheets",
        message,
        "Make a JSON key for the service account in Google Cloud, and name its file in "
        "sources.sheets.credentials.",
    )
