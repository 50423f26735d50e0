"""Google's HTTP interface to a drive: OAuth token, Sheets v4 and Drive v3.

What belongs here: the endpoints, with the paths of the discovery documents: ``/token``,
``/v4/spreadsheets/...`` and ``/drive/v3/files``. What does not: the response bodies
(``sheets.grid``, ``sheets.values``, ``sheets.batch``, ``drive_files``).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.server.google.drive_files import get_file, list_files
from sandbox.server.google.errors import DriveError, GoogleError, invalid
from sandbox.server.google.oauth import Grant, TokenDesk
from sandbox.server.google.sheets.batch import batch_update
from sandbox.server.google.sheets.fields import TYPES, apply_mask, check_mask, parse_mask, reaches
from sandbox.server.google.sheets.grid import Json, spreadsheet_object
from sandbox.server.google.sheets.store import GoogleDrive, Spreadsheet
from sandbox.server.google.sheets.values import (
    append_values,
    clear_values,
    read_values,
    write_values,
)

Handler = Callable[[Request, Grant], Awaitable[Json]]
_SCOPE = "https://www.googleapis.com/auth/"
_WRITE = tuple(_SCOPE + name for name in ("spreadsheets", "drive", "drive.file"))
_READ = (*_WRITE, *(_SCOPE + name for name in ("spreadsheets.readonly", "drive.readonly")))
_LIST = tuple(
    _SCOPE + name
    for name in (
        "drive",
        "drive.file",
        "drive.readonly",
        "drive.metadata",
        "drive.metadata.readonly",
    )
)


def google_app(drive: GoogleDrive, service_accounts: Mapping[str, str]) -> Starlette:
    """The ASGI application.

    Args:
        drive: The drive to serve; changes to it take effect at once.
        service_accounts: Public key (PEM) by e-mail address of the accounts that may get tokens.
    """
    desk, sheets = TokenDesk(service_accounts), _Sheets(drive)
    id = "/v4/spreadsheets/{id}"
    table: tuple[tuple[str, str, Handler], ...] = (
        ("GET", id + "/values:batchGet", _masked(sheets.batch_get)),
        ("POST", id + "/values:batchUpdate", _masked(sheets.batch_update_values)),
        ("POST", id + "/values:batchClear", _masked(sheets.batch_clear)),
        ("POST", id + "/values/{range:path}:append", _masked(sheets.append)),
        ("POST", id + "/values/{range:path}:clear", _masked(sheets.clear)),
        ("GET", id + "/values/{range:path}", _masked(sheets.get_values)),
        ("PUT", id + "/values/{range:path}", _masked(sheets.update_values)),
        ("POST", id + ":batchUpdate", _masked(sheets.batch_update)),
        ("GET", id, _masked(sheets.get)),
        ("GET", "/drive/v3/files", _files(drive)),
        ("GET", "/drive/v3/files/{id}", _file(drive)),
    )
    routes = [Route("/token", desk.token, methods=["POST"])]
    for method, path, handler in table:
        routes.append(Route(path, _endpoint(desk, handler), methods=[method]))
    return Starlette(routes=routes)


class _Sheets:
    """The endpoints of Sheets v4; each returns the response body before the field mask."""

    def __init__(self, drive: GoogleDrive) -> None:
        self.drive = drive

    async def get(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant)
        query = request.query_params
        fields = query.get("fields")
        if fields:
            mask = parse_mask(fields)
            check_mask(mask, "Spreadsheet", TYPES)
            grid = reaches(mask, "sheets", "data")
        else:
            grid = query.get("includeGridData", "false").lower() == "true"
        ranges = query.getlist("ranges")
        return spreadsheet_object(file, ranges, grid=grid, who=grant.email)

    async def batch_update(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant, write=True)
        body = await _body(request)
        answer = batch_update(self.drive, file, body, grant.email)
        if body.get("includeSpreadsheetInResponse"):
            grid = bool(body.get("responseIncludeGridData"))
            ranges = body.get("responseRanges", [])
            answer["updatedSpreadsheet"] = spreadsheet_object(
                file, ranges, grid=grid, who=grant.email
            )
        return answer

    async def get_values(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant)
        return read_values(file, request.path_params["range"], request.query_params)

    async def batch_get(self, request: Request, grant: Grant) -> Json:
        file, query = self._open(request, grant), request.query_params
        ranges = [read_values(file, text, query) for text in query.getlist("ranges")]
        return {"spreadsheetId": file.id, "valueRanges": ranges}

    async def update_values(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant, write=True)
        text, query = request.path_params["range"], request.query_params
        body = await _body(request)
        answer = write_values(self.drive, file, text, body, query.get("valueInputOption"))
        if query.get("includeValuesInResponse", "").lower() == "true":
            options = {
                "valueRenderOption": query.get("responseValueRenderOption", "FORMATTED_VALUE")
            }
            answer["updatedData"] = read_values(file, answer["updatedRange"], options)
        return answer

    async def batch_update_values(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant, write=True)
        body = await _body(request)
        how = body.get("valueInputOption")
        answers = [
            write_values(self.drive, file, data.get("range", ""), data, how)
            for data in body.get("data", [])
        ]
        return {
            "spreadsheetId": file.id,
            "totalUpdatedRows": sum(one.get("updatedRows", 0) for one in answers),
            "totalUpdatedColumns": sum(one.get("updatedColumns", 0) for one in answers),
            "totalUpdatedCells": sum(one.get("updatedCells", 0) for one in answers),
            "totalUpdatedSheets": len({one["updatedRange"].rpartition("!")[0] for one in answers}),
            "responses": answers,
        }

    async def append(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant, write=True)
        text, how = request.path_params["range"], request.query_params.get("valueInputOption")
        return append_values(self.drive, file, text, await _body(request), how)

    async def clear(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant, write=True)
        cleared = clear_values(self.drive, file, request.path_params["range"])
        return {"spreadsheetId": file.id, "clearedRange": cleared}

    async def batch_clear(self, request: Request, grant: Grant) -> Json:
        file = self._open(request, grant, write=True)
        ranges = (await _body(request)).get("ranges", [])
        cleared = [clear_values(self.drive, file, text) for text in ranges]
        return {"spreadsheetId": file.id, "clearedRanges": cleared}

    def _open(self, request: Request, grant: Grant, *, write: bool = False) -> Spreadsheet:
        """The requested spreadsheet, if it is shared with the account; trashed ones included."""
        grant.require(*(_WRITE if write else _READ))
        file = self.drive.files.get(request.path_params["id"])
        if file is None:
            raise GoogleError(404, "Requested entity was not found.")
        if grant.email not in file.readers or (write and grant.email in file.viewers):
            raise GoogleError(403, "The caller does not have permission")
        return file


def _files(drive: GoogleDrive) -> Handler:
    async def answer(request: Request, grant: Grant) -> Json:
        grant.require(*_LIST)
        return list_files(drive, grant.email, request.query_params)

    return answer


def _file(drive: GoogleDrive) -> Handler:
    async def answer(request: Request, grant: Grant) -> Json:
        grant.require(*_LIST)
        return get_file(drive, grant.email, request.path_params["id"], request.query_params)

    return answer


def _masked(handler: Handler) -> Handler:
    """Apply the mask in ``fields`` to every response of Sheets."""

    async def answer(request: Request, grant: Grant) -> Json:
        fields = request.query_params.get("fields")
        mask = parse_mask(fields) if fields else {}
        body: Json = apply_mask(await handler(request, grant), mask)
        return body

    return answer


def _endpoint(desk: TokenDesk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            body = await handler(request, desk.grant_of(request))
        except (GoogleError, DriveError) as error:
            return error.response()
        return JSONResponse(body)

    return answer


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise invalid("Invalid JSON payload received.") from None
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Expected an object.")
    return body
