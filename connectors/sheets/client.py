"""Requests to Google Drive and Sheets.

What belongs here: the calls that a pull needs, retries, the rate limiter, counters, and mapping
Google's errors to :mod:`connectors.errors`. What does not: signing in (``credentials``), which
spreadsheets are read, and their content. Thread-safe.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import requests
from google.auth.exceptions import GoogleAuthError
from gspread.http_client import HTTPClient
from gspread.urls import DRIVE_FILES_API_V3_URL, SPREADSHEET_URL

from connectors.errors import (
    AccessError,
    ConfigurationError,
    MissingError,
    PermanentError,
    SourceError,
    TransientError,
    UnreadableResponseError,
)
from connectors.records import Figures
from connectors.sheets.counting import CountingAdapter
from connectors.sheets.credentials import SCOPES, SignIn
from connectors.sheets.error_responses import (
    connection_error,
    explanation,
    moved,
    not_json,
    remedy,
)
from connectors.transport.bounds import (
    MOVED_TO,
    PullTime,
    TooLargeBodyError,
    without_endless_numbers,
)
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import (
    RetryPolicy,
    call_with_retries,
    parse_http_date,
    parse_retry_after,
)

__all__ = ["SCOPES", "SheetsClient", "TooLargeError"]

_PROPERTIES = "spreadsheetId,properties(title,locale,timeZone,defaultFormat(numberFormat))"
SPREADSHEET_FIELDS = (
    f"{_PROPERTIES},namedRanges(namedRangeId,name,range),"
    "sheets(properties(sheetId,title,sheetType),merges,"
    "data(startRow,startColumn,rowMetadata(hiddenByUser,hiddenByFilter),"
    "rowData(values(effectiveValue,formattedValue,effectiveFormat(numberFormat)))))"
)
OUTLINE_FIELDS = (
    f"{_PROPERTIES},"
    "sheets(properties(sheetId,title,sheetType,gridProperties(rowCount,columnCount)))"
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
_SCOPE = frozenset(
    {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficient_scope"}
)
_DISABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_TRANSIENT = frozenset({408, 409, 425, 429})
_CONNECT_SECONDS = 10.0
_LEAST_TIMEOUT = 5.0
# Google's quotas are per minute, without Retry-After. The wait is the bound that the backoff would
# reach after so many failures: about a quarter of a minute with the default policy.
_QUOTA_FAILURES = 5

Json = dict[str, Any]


class TooLargeError(PermanentError):
    """The response would be too large."""


class SheetsClient:
    """The read requests of a pull, and the update of a spreadsheet.

    Args:
        credentials: The service account's key file; None for the application-default credentials.
        url: Replaces Google's own addresses; None for Google.
        figures: Counts every request sent, including retries and sign-ins.
        policy: How often and how long to retry; its deadline covers sign-ins, waits and time-outs
            together.
        timeout: Seconds to wait between two bytes of a response.
        rate_limiter: Limits the requests per minute.
        writes: Whether spreadsheets will be written, which needs another scope.

    Raises:
        CredentialError: There are no credentials, or the key file is invalid.
    """

    def __init__(
        self,
        credentials: Path | None,
        url: str | None,
        figures: Figures,
        policy: RetryPolicy,
        timeout: float,
        rate_limiter: RateLimiter,
        writes: bool = False,
    ) -> None:
        self._figures = figures
        self._policy = policy
        self._timeout = timeout
        self._rate_limiter = rate_limiter
        self._counting = threading.Lock()
        self._time = PullTime("sheets")
        self._patience = threading.local()
        self._sign_in = SignIn(credentials, self._session(signs_in=True), self._timeouts, writes)
        session = self._session()
        session.auth = self._sign_in
        wait = policy.longest_wait(_QUOTA_FAILURES)
        self._http = _GoogleHttp(session, url, self._sign_in, self._timeouts, wait)

    @property
    def served_at(self) -> datetime:
        """Google's clock at its latest response; this machine's clock before one."""
        return self._http.served_at or datetime.now(UTC)

    @property
    def who(self) -> str:
        """The account to share spreadsheets with: its e-mail address, where it is known."""
        return self._sign_in.who

    def file(self, spreadsheet: str) -> Json:
        """Drive's metadata of one spreadsheet: name, version, and whether it may be edited."""
        fields = "id,name,version,trashed,capabilities(canEdit)"
        params = {"fields": fields, "supportsAllDrives": "true"}
        address = f"{DRIVE_FILES_API_V3_URL}/{spreadsheet}"
        return self._ask(lambda: self._http.request("get", address, params=params))

    def files(self, page_token: str | None) -> Json:
        """One page of up to 1000 spreadsheets that the account may see."""
        params: dict[str, Any] = {
            "q": f"mimeType='{_SPREADSHEET}'",
            "fields": LISTING_FIELDS,
            "pageSize": 1000,
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        if page_token:
            params["pageToken"] = page_token
        return self._ask(lambda: self._http.request("get", DRIVE_FILES_API_V3_URL, params=params))

    def spreadsheet(self, spreadsheet: str, ranges: Sequence[str] = ()) -> Json:
        """A spreadsheet with the cells of all its tabs, or of ``ranges`` such as ``'A'!A1:B9``.

        Raises:
            TooLargeError: It is too large for one response.
        """
        params: dict[str, Any] = {"fields": SPREADSHEET_FIELDS}
        if ranges:
            params["ranges"] = list(ranges)
        return self._ask(lambda: self._get(spreadsheet, params))

    def outline(self, spreadsheet: str) -> Json:
        """A spreadsheet's tabs and their sizes without any cell; not retried."""
        once = replace(self._policy, attempts=1)
        return self._ask(lambda: self._get(spreadsheet, {"fields": OUTLINE_FIELDS}), once)

    def part(self, spreadsheet: str, fields: str, ranges: Sequence[str] = ()) -> Json:
        """These fields of a spreadsheet, of all its tabs or of ``ranges``."""
        params: dict[str, Any] = {"fields": fields} | ({"ranges": list(ranges)} if ranges else {})
        return self._ask(lambda: self._get(spreadsheet, params))

    def change(
        self, spreadsheet: str, requests: Sequence[Json], read: str = "", ranges: Sequence[str] = ()
    ) -> Json:
        """Apply ``requests`` atomically; never retried.

        Args:
            spreadsheet: Its id.
            requests: The requests of a ``spreadsheets.batchUpdate``.
            read: Fields of the spreadsheet to return, as it is right after them.
            ranges: Of which tabs or ranges; all of them if there are none.

        Raises:
            TransientError: They may have been applied, or not.
        """
        body: Json = {"requests": list(requests)}
        fields = "spreadsheetId"
        if read:
            body |= {"includeSpreadsheetInResponse": True, "responseIncludeGridData": True}
            body |= {"responseRanges": list(ranges)} if ranges else {}
            fields = f"updatedSpreadsheet({read})"
        address = f"{SPREADSHEET_URL % spreadsheet}:batchUpdate"
        self._patience.until = time.monotonic() + self._policy.deadline_seconds
        answer = self._once(
            lambda: self._http.request("post", address, params={"fields": fields}, json=body),
            Figures(),
        )
        return answer.get("updatedSpreadsheet") or {}

    def close(self) -> None:
        """Close connections."""
        self._http.session.close()
        self._sign_in.close()

    def _get(self, spreadsheet: str, params: Mapping[str, Any]) -> requests.Response:
        return self._http.request("get", SPREADSHEET_URL % spreadsheet, params=params)

    def _ask(
        self, call: Callable[[], requests.Response], policy: RetryPolicy | None = None
    ) -> Json:
        policy = policy or self._policy
        self._patience.until = time.monotonic() + policy.deadline_seconds
        own = Figures()
        try:
            return call_with_retries(
                lambda: self._once(call, own), policy, own, sleep=self._rate_limiter.pause
            )
        finally:
            with self._counting:
                self._figures.retries += own.retries
                self._figures.waited += own.waited

    def _once(self, call: Callable[[], requests.Response], own: Figures) -> Json:
        self._time.check()
        own.waited += self._rate_limiter.take()
        try:
            response = call()
            answer = _decoded(response.content)
        # `from None`: these exceptions hold the request with the token.
        except GoogleAuthError as error:
            raise self._sign_in.error(error) from None
        except RecursionError:
            sentence = "Google answered with JSON that nests too deeply to be read."
            raise UnreadableResponseError("sheets", sentence, "Check the url.") from None
        except msgspec.DecodeError:
            raise not_json(response.url, response.content) from None
        except TooLargeBodyError as error:
            raise TooLargeError("sheets", f"Google {error}.") from None
        except requests.RequestException as error:
            raise connection_error(error) from None
        except _QuotaError as error:
            self._rate_limiter.throttled(error.retry_after)
            raise
        if not isinstance(answer, dict):
            raise not_json(response.url, response.content)
        self._rate_limiter.answered()
        return answer

    def _timeouts(self) -> tuple[float, float]:
        """Seconds for a connection, and between two bytes; at most what is left of the deadline."""
        left = max(_LEAST_TIMEOUT, self._patience.until - time.monotonic())
        return min(_CONNECT_SECONDS, self._timeout, left), min(self._timeout, left)

    def _session(self, signs_in: bool = False) -> requests.Session:
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, CountingAdapter(self._figures, self._counting, signs_in))
        return session


def _decoded(body: bytes) -> Any:
    """The JSON; infinity for a number that no double holds, for which msgspec refuses it all."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        try:
            return json.loads(without_endless_numbers(body))
        except ValueError:
            raise error from None


class _QuotaError(TransientError):
    """The quota is exhausted."""


class _GoogleHttp(HTTPClient):
    """gspread's HTTP client with our session, our errors, and an optional other address."""

    def __init__(
        self,
        session: requests.Session,
        url: str | None,
        sign_in: SignIn,
        timeouts: Callable[[], tuple[float, float]],
        quota_wait: float,
    ) -> None:
        # gspread needs credentials only without a session.
        super().__init__(None, session)  # type: ignore[arg-type]  # it signs requests itself
        self.served_at: datetime | None = None
        self._url = url.rstrip("/") if url else None
        self._sign_in = sign_in
        self._timeouts = timeouts
        self._quota_wait = quota_wait

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
        """Send one request; raises one of our errors unless it succeeds."""
        response = self.session.request(
            method,
            self._address(endpoint),
            params=params,
            data=data,
            json=json,
            files=files,
            headers=headers,
            timeout=self._timeouts(),
            allow_redirects=False,
        )
        self.served_at = parse_http_date(response.headers.get("Date")) or self.served_at
        if response.status_code != 200:
            raise self._status_error(response, endpoint, method != "get")
        return response

    def _address(self, endpoint: str) -> str:
        for host in _HOSTS:
            if self._url and endpoint.startswith(host):
                return self._url + endpoint.removeprefix(host)
        return endpoint

    def _status_error(
        self, response: requests.Response, endpoint: str, writing: bool
    ) -> SourceError:
        status = response.status_code
        if MOVED_TO in response.headers:
            return moved(response.url, status, response.headers[MOVED_TO])
        reasons, words = explanation(response)
        what = endpoint.rpartition("/")[2]
        said = f"{what} answered {status}" + (f": {words}" if words else ".")
        served_at = parse_http_date(response.headers.get("Date")) or datetime.now(UTC)
        wait = parse_retry_after(response.headers.get("Retry-After"), served_at)
        if status == 429 or (status == 403 and reasons & _QUOTA):
            wait = self._quota_wait if wait is None else wait
            return _QuotaError("sheets", said, "Try later, or raise the quota.", wait)
        if status in _TRANSIENT or status >= 500:
            return TransientError("sheets", said, "Try later.", wait)
        if status == 401:
            return self._sign_in.refused()
        if status == 403:
            return self._forbidden(said, reasons, writing)
        if status == 404:
            return MissingError(
                "sheets",
                said,
                f"Check the id in the settings, and that it is shared with {self._sign_in.who}.",
            )
        if status == 413:
            return TooLargeError("sheets", said)
        return PermanentError("sheets", said, remedy(reasons))

    def _forbidden(self, said: str, reasons: set[str], writing: bool) -> SourceError:
        if reasons & _DISABLED:
            return ConfigurationError(
                "sheets",
                said,
                "Enable the Google Sheets API and the Google Drive API in the project.",
            )
        if reasons & _SCOPE:
            return AccessError(
                "sheets",
                f"The credential of {self._sign_in.who} is good, but lacks a scope. {said}",
                self._sign_in.allow,
            )
        right = " as an editor" if writing else "; reading is enough"
        return AccessError(
            "sheets", said, f"Share the spreadsheet with {self._sign_in.who}{right}."
        )
