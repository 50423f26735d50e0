"""Google's error responses; the bodies of Sheets and Drive differ."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    501: "UNIMPLEMENTED",
}


class GoogleError(Exception):
    """An error response of the Sheets API.

    ``field`` adds a field violation, ``reason`` Google's machine-readable reason, ``challenge`` the
    error of the access token in ``WWW-Authenticate``.
    """

    def __init__(
        self,
        code: int,
        message: str,
        field: str = "",
        description: str = "",
        *,
        reason: str = "",
        challenge: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.violation = {"field": field, "description": description} if field else None
        self.reason = reason
        self.challenge = challenge

    def response(self) -> JSONResponse:
        """The HTTP response."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": _STATUS[self.code],
        }
        if self.violation:
            kind = "type.googleapis.com/google.rpc.BadRequest"
            error["details"] = [{"@type": kind, "fieldViolations": [self.violation]}]
        if self.reason:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind, "reason": self.reason, "domain": "googleapis.com"}]
        headers = {}
        if self.challenge:
            realm = 'Bearer realm="https://accounts.google.com/"'
            headers["WWW-Authenticate"] = f'{realm}, error="{self.challenge}"'
        return JSONResponse({"error": error}, self.code, headers)


class DriveError(Exception):
    """An error response of the Drive API, in its older shape."""

    def __init__(self, code: int, reason: str, message: str, location: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = {
            "message": message,
            "domain": "global",
            "reason": reason,
            "location": location,
            "locationType": "parameter",
        }

    def response(self) -> JSONResponse:
        """The HTTP response."""
        error = {"code": self.code, "message": self.message, "errors": [self.detail]}
        return JSONResponse({"error": error}, self.code)


def invalid(message: str) -> GoogleError:
    """400: the request's content is wrong."""
    return GoogleError(400, message)


def no_such_field(path: str) -> GoogleError:
    """400: a field mask names something that does not exist."""
    text = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    return GoogleError(400, "Request contains an invalid argument.", path, text)
