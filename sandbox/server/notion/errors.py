"""Notion's error responses."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.responses import JSONResponse


class NotionError(Exception):
    """An error response: status, stable code, human-readable message."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def response(self) -> JSONResponse:
        """The HTTP response."""
        body = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "request_id": str(uuid.uuid4()),
        }
        return JSONResponse(body, self.status, headers=self.headers)


def invalid(message: str) -> NotionError:
    """400: the request's content is wrong."""
    return NotionError(400, "validation_error", message)


def invalid_body(path: str, expected: str, instead: object) -> NotionError:
    """400: one part of the body has the wrong shape."""
    shown = "undefined" if instead is None else repr(instead)[:80]
    return invalid(
        f"body failed validation: body.{path} should be {expected}, instead was `{shown}`."
    )


def not_found(kind: str, id: str, integration: str) -> NotionError:
    """404: it does not exist, or is not shared with the integration."""
    return NotionError(
        404,
        "object_not_found",
        f"Could not find {kind} with ID: {id}. Make sure the relevant pages and databases are "
        f'shared with your integration "{integration}".',
    )
