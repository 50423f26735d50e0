"""The Drive API's view of spreadsheets: files with a version, a time and a trash."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sandbox.server.google.errors import DriveError, GoogleError
from sandbox.server.google.sheets.fields import Fields, apply_mask, check_mask, parse_mask
from sandbox.server.google.sheets.grid import Json
from sandbox.server.google.sheets.store import GoogleDrive, Spreadsheet

MIME_TYPE = "application/vnd.google-apps.spreadsheet"
_DEFAULT_FILE = "kind,id,name,mimeType"
_DEFAULT_LIST = f"kind,incompleteSearch,nextPageToken,files({_DEFAULT_FILE})"
_MOST = 1000
_FILE_FIELDS = (
    "kind",
    "id",
    "name",
    "mimeType",
    "version",
    "createdTime",
    "modifiedTime",
    "trashed",
    "explicitlyTrashed",
    "trashedTime",
    "webViewLink",
    "parents",
    "owners",
    "permissions",
    "permissionIds",
    "size",
    "shared",
    "starred",
    "description",
    "driveId",
    "capabilities",
    "lastModifyingUser",
    "iconLink",
    "md5Checksum",
    "properties",
    "appProperties",
    "ownedByMe",
    "sharedWithMeTime",
    "modifiedByMe",
    "modifiedByMeTime",
    "viewedByMe",
    "viewedByMeTime",
    "spaces",
    "headRevisionId",
    "fileExtension",
    "fullFileExtension",
    "exportLinks",
    "webContentLink",
    "thumbnailLink",
    "hasThumbnail",
    "quotaBytesUsed",
    "teamDriveId",
    "originalFilename",
    "resourceKey",
)
TYPES: Mapping[str, Fields] = {
    "FileList": {
        "kind": None,
        "incompleteSearch": None,
        "nextPageToken": None,
        "files": "File",
    },
    "File": dict.fromkeys(_FILE_FIELDS),
}
_CLAUSE = re.compile(
    r"""\s*(mimeType|name|trashed|modifiedTime|createdTime)\s*(=|!=|<=|>=|<|>|contains)\s*
    (true|false|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*""",
    re.VERBOSE,
)
Test = Callable[[Spreadsheet], bool]


def list_files(drive: GoogleDrive, email: str, options: Mapping[str, str]) -> Json:
    """A page of the files shared with an account.

    Args:
        drive: The drive.
        email: The account.
        options: ``q`` (clauses on mimeType, name, trashed, modifiedTime and createdTime joined by
            ``and``), ``pageSize``, ``pageToken``, ``orderBy`` and ``fields``, as sent.
    """
    files = [file for file in drive.files.values() if email in file.readers]
    if query := options.get("q"):
        tests = _read_query(query)
        files = [file for file in files if all(test(file) for test in tests)]
    files = _ordered(files, options.get("orderBy", "modifiedTime desc"))
    size = _page_size(options.get("pageSize", "100"))
    start = _start(files, options.get("pageToken"))
    answer: Json = {
        "kind": "drive#fileList",
        "incompleteSearch": False,
        "files": [_file_object(file, email) for file in files[start : start + size]],
    }
    if start + size < len(files):
        answer["nextPageToken"] = f"~!!~{files[start + size].id}"
    return _masked(answer, "FileList", options.get("fields", _DEFAULT_LIST))


def get_file(drive: GoogleDrive, email: str, id: str, options: Mapping[str, str]) -> Json:
    """One file; trashed ones included."""
    file = drive.files.get(id)
    if file is None or email not in file.readers:
        raise DriveError(404, "notFound", f"File not found: {id}.", "fileId")
    return _masked(_file_object(file, email), "File", options.get("fields", _DEFAULT_FILE))


def _file_object(file: Spreadsheet, email: str) -> Json:
    return {
        "kind": "drive#file",
        "id": file.id,
        "name": file.title,
        "mimeType": MIME_TYPE,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "version": str(file.version),
        "createdTime": _time(file.created_at),
        "modifiedTime": _time(file.modified_at),
        "webViewLink": file.url,
        "shared": True,
        "ownedByMe": False,
        "capabilities": {"canEdit": email not in file.viewers},
    }


def _time(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _masked(answer: Json, type: str, fields: str) -> Json:
    try:
        mask = parse_mask(fields)
        check_mask(mask, type, TYPES)
    except GoogleError as error:
        path = error.violation["field"] if error.violation else fields
        text = f"Invalid field selection {path.rsplit('.', 1)[-1]}"
        raise DriveError(400, "invalidParameter", text, "fields") from None
    masked: Json = apply_mask(answer, mask)
    return masked


def _read_query(query: str) -> list[Test]:
    tests: list[Test] = []
    rest = query
    while True:
        clause = _CLAUSE.match(rest)
        if clause is None:
            raise _invalid_query()
        tests.append(_test(clause[1], clause[2], clause[3]))
        rest = rest[clause.end() :]
        if not rest:
            return tests
        if not rest.startswith("and "):
            raise _invalid_query()
        rest = rest[len("and ") :]


def _test(name: str, sign: str, text: str) -> Test:
    if name == "trashed":
        if text not in ("true", "false") or sign not in ("=", "!="):
            raise _invalid_query()
        wanted = (text == "true") == (sign == "=")
        return lambda file: file.trashed is wanted
    value = re.sub(r"\\(.)", r"\1", text[1:-1])
    if name in ("modifiedTime", "createdTime"):
        return _time_test(name, sign, value)
    if sign == "contains" and name == "name":
        return lambda file: value.casefold() in file.title.casefold()
    if sign not in ("=", "!="):
        raise _invalid_query()
    if name == "name":
        return lambda file: (file.title == value) is (sign == "=")
    return lambda _file: (value == MIME_TYPE) is (sign == "=")


def _time_test(name: str, sign: str, value: str) -> Test:
    compare: Mapping[str, Callable[[datetime, datetime], bool]] = {
        "=": lambda one, other: one == other,
        "!=": lambda one, other: one != other,
        "<": lambda one, other: one < other,
        "<=": lambda one, other: one <= other,
        ">": lambda one, other: one > other,
        ">=": lambda one, other: one >= other,
    }
    try:
        asked = datetime.fromisoformat(value)
    except ValueError:
        raise _invalid_query() from None
    if sign not in compare:
        raise _invalid_query()
    asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    meets = compare[sign]
    if name == "createdTime":
        return lambda file: meets(file.created_at, asked)
    return lambda file: meets(file.modified_at, asked)


def _ordered(files: list[Spreadsheet], order: str) -> list[Spreadsheet]:
    keys: Mapping[str, Callable[[Spreadsheet], str | datetime]] = {
        "modifiedTime": lambda file: file.modified_at,
        "createdTime": lambda file: file.created_at,
        "name": lambda file: file.title,
    }
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(" ")
        if name not in keys or direction not in ("", "desc"):
            raise DriveError(400, "invalid", "Invalid Value", "orderBy")
        files = sorted(files, key=keys[name], reverse=direction == "desc")
    return files


def _page_size(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _MOST:
        message = f"Invalid value '{text}'. Values must be within the range: [1, {_MOST}]"
        raise DriveError(400, "invalidParameter", message, "pageSize")
    return int(text)


def _start(files: list[Spreadsheet], token: str | None) -> int:
    if token is None:
        return 0
    for place, file in enumerate(files):
        if token == f"~!!~{file.id}":
            return place
    raise DriveError(400, "invalid", "Invalid Value", "pageToken")


def _invalid_query() -> DriveError:
    return DriveError(400, "invalid", "Invalid Value", "q")
