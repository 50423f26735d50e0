"""Speaking to Google Drive and Sheets, with every fault given its name.

What belongs here: signing in as a service account, the two calls a pull needs, retries, figures,
and the translation of Google's errors into :mod:`connectors.errors`. What does not: which
spreadsheets are read, and what is in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from gspread.http_client import HTTPClient
from gspread.urls import DRIVE_FILES_API_V3_URL
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    PermanentError,
    SourceError,
    TransientError,
)
from connectors.records import Figures
from connectors.retry import RetryPolicy, call_with_retries, parse_http_date, parse_retry_after

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
SPREADSHEET_FIELDS = (
    "spreadsheetId,properties(title,locale,timeZone,defaultFormat(numberFormat)),"
    "sheets(properties(sheetId,title,sheetType),merges,"
    "data(startRow,startColumn,rowMetadata(hiddenByUser,hiddenByFilter),"
    "rowData(values(effectiveValue,formattedValue,effectiveFormat(numberFormat)))))"
)
LISTING_FIELDS = "nextPageToken,files(id,name,version,modifiedTime,trashed)"

_HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com")
_SPREADSHEET = "application/vnd.google-apps.spreadsheet"
_QUOTA = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
        "sharingRateLimitExceeded",
        "backendError",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
_SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_DISABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_PASSING = frozenset({408, 409, 425, 429})

Json = dict[str, Any]


class SheetsClient:
    """The reads that a pull is made of.

    Args:
        credentials: The service account's key file.
        url: Stands in for Google's own addresses; None for Google.
        figures: Counts every request on the wire: repeats and sign-ins included.
        policy: How patient to be with transient faults.
        timeout: Seconds to wait for a connection, and between two bytes of an answer.
        sleep: Waits; tests give their own.

    Raises:
        CredentialError: The key file is missing or is none.
    """

    def __init__(
        self,
        credentials: Path,
        url: str | None,
        figures: Figures,
        policy: RetryPolicy,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._figures = figures
        self._policy = policy
        self._sleep = sleep
        self._account = _read_key(credentials)
        self._sign_in = _SignIn(self._account, _session(figures), timeout)
        session = _session(figures)
        session.auth = self._sign_in
        self._http = _GoogleHttp(session, url, str(self._account.service_account_email))
        self._http.set_timeout(timeout)

    @property
    def served_at(self) -> datetime:
        """Google's own clock at its last answer; this machine's where it told none."""
        return self._http.served_at or datetime.now(UTC)

    def files(self, page_token: str | None) -> Json:
        """One page of up to 1000 spreadsheets that the service account may see."""
        params: dict[str, Any] = {
            "q": f"mimeType='{_SPREADSHEET}'",
            "fields": LISTING_FIELDS,
            "pageSize": 1000,
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        if page_token:
            params["pageToken"] = page_token
        return self._ask(
            lambda: self._http.request("get", DRIVE_FILES_API_V3_URL, params=params).json()
        )

    def spreadsheet(self, spreadsheet: str) -> Json:
        """A spreadsheet with the cells of all its tabs."""
        return self._ask(
            lambda: self._http.fetch_sheet_metadata(
                spreadsheet, params={"fields": SPREADSHEET_FIELDS}
            )
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.session.close()
        self._sign_in.close()

    def _ask(self, call: Callable[[], Any]) -> Json:
        def once() -> Json:
            try:
                answer = call()
            # `from None`: these carry the request, and that the token.
            except RefreshError as error:
                raise self._sign_in_error(error) from None
            except GoogleAuthError as error:
                raise _broken_off("Signing in to Google", error) from None
            except requests.exceptions.JSONDecodeError:
                raise _not_json() from None
            except requests.RequestException as error:
                raise _connection_error(error) from None
            except CredentialError:
                self._sign_in.renew_once()
                raise
            if not isinstance(answer, dict):
                raise _not_json()
            return answer

        return call_with_retries(once, self._policy, self._figures, sleep=self._sleep)

    def _sign_in_error(self, error: RefreshError) -> SourceError:
        details = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
        code = str(details.get("error", "")) or "no reason"
        said = f"Google refused to sign in {self._account.service_account_email} ({code})."
        if code == "invalid_grant":
            return CredentialError(
                "sheets",
                said,
                "The key was deleted or disabled, or this machine's clock is wrong: "
                "check the clock, then make a new key for the service account.",
            )
        if code in ("invalid_scope", "unauthorized_client", "access_denied"):
            return AccessError(
                "sheets", said, f"Allow the service account these scopes: {', '.join(SCOPES)}."
            )
        if error.retryable or not details:
            return TransientError("sheets", said, "Try later.")
        return CredentialError("sheets", said, "Check the service account and its key.")


class _GoogleHttp(HTTPClient):
    """gspread's endpoints with our session, our errors, and another address if need be."""

    def __init__(self, session: requests.Session, url: str | None, email: str) -> None:
        # gspread wants credentials only where it is given no session.
        super().__init__(None, session)  # type: ignore[arg-type]
        self.served_at: datetime | None = None
        self._url = url.rstrip("/") if url else None
        self._email = email

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Any = None,
    ) -> requests.Response:
        """Send one request; every answer that is no success is one of our errors."""
        response = self.session.request(
            method,
            self._address(endpoint),
            params=params,
            data=data,
            json=json,
            files=files,
            headers=headers,
            timeout=self.timeout,
            allow_redirects=False,
        )
        self.served_at = parse_http_date(response.headers.get("Date")) or self.served_at
        if response.status_code != 200:
            raise self._status_error(response, endpoint)
        return response

    def _address(self, endpoint: str) -> str:
        for host in _HOSTS:
            if self._url and endpoint.startswith(host):
                return self._url + endpoint.removeprefix(host)
        return endpoint

    def _status_error(self, response: requests.Response, endpoint: str) -> SourceError:
        status = response.status_code
        reasons, words = _explanation(response)
        what = endpoint.rpartition("/")[2]
        said = f"{what} answered {status}" + (f": {words}" if words else ".")
        if status in _PASSING or status >= 500 or (status == 403 and reasons & _QUOTA):
            served_at = parse_http_date(response.headers.get("Date")) or datetime.now(UTC)
            wait = parse_retry_after(response.headers.get("Retry-After"), served_at)
            return TransientError("sheets", said, "Try later.", wait)
        if status == 401:
            return CredentialError("sheets", said, "Check the service account and its key.")
        if status == 403:
            return self._forbidden(said, reasons)
        if status == 404:
            return MissingError(
                "sheets",
                said,
                f"Check the id in the settings, and that it is shared with {self._email}.",
            )
        return PermanentError("sheets", said, _remedy(reasons))

    def _forbidden(self, said: str, reasons: set[str]) -> SourceError:
        if reasons & _DISABLED:
            return ConfigurationError(
                "sheets",
                said,
                "Enable the Google Sheets API and the Google Drive API in the project.",
            )
        if reasons & _SCOPE:
            return AccessError(
                "sheets",
                f"The access token lacks a scope. {said}",
                f"Allow the service account these scopes: {', '.join(SCOPES)}.",
            )
        return AccessError(
            "sheets", said, f"Share the spreadsheet with {self._email}; reading is enough."
        )


class _SignIn(AuthBase):
    """Signs requests with the service account's access token, got when it is needed.

    google-auth's own session is not used: besides signing, it asks another Google service about
    the account in the background, from every process that reads.
    """

    def __init__(self, account: Any, session: requests.Session, timeout: float) -> None:
        self._account = account
        self._session = session
        self._timeout = timeout
        self._renewed = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._account.valid:
            self._account.refresh(self._request)
        self._account.apply(request.headers)
        return request

    def __repr__(self) -> str:
        return "<service account>"

    def renew_once(self) -> None:
        """Have the next request fetch a new token, where this was not tried before.

        Raises:
            TransientError: It was not.
        """
        if not self._renewed:
            self._renewed = True
            self._account.token = None
            raise TransientError("sheets", "The access token was refused.", "") from None

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def _request(self, **question: Any) -> Any:
        return Request(self._session)(**{"timeout": self._timeout, **question})


class _CountingAdapter(HTTPAdapter):
    """Counts what goes over the wire, whichever library sends it."""

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self._figures = figures

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        self._figures.requests += 1
        return super().send(*args, **kwargs)


def _session(figures: Figures) -> requests.Session:
    session = requests.Session()
    session.mount("https://", _CountingAdapter(figures))
    session.mount("http://", _CountingAdapter(figures))

    def count(response: requests.Response, **_: Any) -> None:
        figures.bytes += len(response.content)

    session.hooks["response"].append(count)
    return session


def _read_key(path: Path) -> Any:
    try:
        load: Callable[..., Any] = Credentials.from_service_account_file
        return load(str(path), scopes=SCOPES)
    except OSError as error:
        message = f"The service account's key file {path} cannot be read ({error.strerror})."
    except ValueError:
        # The library's own words may quote the file.
        message = f"The file {path} is no service account key."
    raise CredentialError(
        "sheets",
        message,
        "Make a JSON key for the service account in Google Cloud, and name its file in "
        "sources.sheets.credentials.",
    )


def _explanation(response: requests.Response) -> tuple[set[str], str]:
    """Google's machine-readable reasons and its own words; nothing of a body that is no JSON."""
    try:
        error = response.json()["error"]
    except (requests.exceptions.JSONDecodeError, KeyError, TypeError):
        return set(), ""
    if not isinstance(error, Mapping):
        return {str(error)}, str(error)
    details = [*(error.get("errors") or []), *(error.get("details") or [])]
    reasons = {str(part["reason"]) for part in details if "reason" in part}
    return reasons | {str(error.get("status", ""))}, str(error.get("message", ""))[:300]


def _remedy(reasons: set[str]) -> str:
    if "FAILED_PRECONDITION" in reasons:
        return "If it is an Excel file kept in Drive, save it as a Google Sheet."
    return "Check the ids in the settings."


def _connection_error(error: requests.RequestException) -> SourceError:
    faults = requests.exceptions
    if isinstance(error, faults.InvalidURL | faults.InvalidSchema | faults.MissingSchema):
        return ConfigurationError(
            "sheets", "The url is not a web address.", "Remove it from the settings."
        )
    return _broken_off("The connection to Google", error)


def _broken_off(what: str, error: Exception) -> TransientError:
    return TransientError(
        "sheets",
        f"{what} broke off ({type(error).__name__}).",
        "Check the url and the network, or try later.",
    )


def _not_json() -> TransientError:
    return TransientError(
        "sheets",
        "Google answered with something that is not JSON.",
        "Try later; if it stays, check the url.",
    )
