"""Developer metadata of a spreadsheet or a tab: keys and values that only programs see.

What belongs here: its requests in ``batchUpdate``, and how it is served. Metadata of rows and
columns gets a 501.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.server.google.errors import GoogleError, invalid
from sandbox.server.google.sheets.cells import asked_fields, find_sheet
from sandbox.server.google.sheets.fields import reaches
from sandbox.server.google.sheets.grid import Json
from sandbox.server.google.sheets.store import GoogleDrive, Spreadsheet

_MOST_CHARACTERS = 30_000  # of all keys and values of a spreadsheet, and of those of a tab
_VISIBILITIES = ("DOCUMENT", "PROJECT")


def create_metadata(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Attach a key with a value; a key may be there several times."""
    sent = details.get("developerMetadata", {})
    number = sent.get("metadataId") or max(file.metadata, default=1_000) + 1
    if number in file.metadata:
        raise invalid(f"Developer metadata with id {number} already exists.")
    if not sent.get("metadataKey"):
        raise invalid("Developer metadata must have a key.")
    if sent.get("visibility") not in _VISIBILITIES:
        raise invalid("Developer metadata must have a visibility.")
    made = {"metadataId": number, "metadataKey": sent["metadataKey"]}
    made["location"] = _location(file, sent.get("location", {}))
    made["visibility"] = sent["visibility"]
    if "metadataValue" in sent:
        made["metadataValue"] = sent["metadataValue"]
    file.metadata[number] = made
    _ensure_room(file, made["location"])
    return {"createDeveloperMetadata": {"developerMetadata": made}}


def update_metadata(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Change the key or the value of what the filters match."""
    sent, mask = details.get("developerMetadata", {}), asked_fields(details)
    changed = []
    for number in _matched(file, details.get("dataFilters", ())):
        after = dict(file.metadata[number])
        for name in ("metadataKey", "metadataValue"):
            if reaches(mask, name):
                after.pop(name, None)
                after |= {name: sent[name]} if name in sent else {}
        file.metadata[number] = after
        _ensure_room(file, after["location"])
        changed.append(after)
    return {"updateDeveloperMetadata": {"developerMetadata": changed}}


def delete_metadata(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Delete what the filter matches."""
    numbers = list(_matched(file, [details.get("dataFilter", {})]))
    gone = [file.metadata.pop(number) for number in numbers]
    return {"deleteDeveloperMetadata": {"deletedDeveloperMetadata": gone}}


def _matched(file: Spreadsheet, filters: Any) -> Iterator[int]:
    for one in filters:
        lookup = one.get("developerMetadataLookup")
        if lookup is None or set(lookup) - {"metadataId", "metadataKey", "metadataValue"}:
            raise GoogleError(501, "The sandbox looks metadata up by id, key and value alone.")
        for number, there in list(file.metadata.items()):
            if all(there.get(name) == value for name, value in lookup.items()):
                yield number


def _location(file: Spreadsheet, sent: Mapping[str, Any]) -> Json:
    if sent.get("spreadsheet") is True:
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if "sheetId" in sent:
        find_sheet(file, sent["sheetId"])
        return {"locationType": "SHEET", "sheetId": sent["sheetId"]}
    if "dimensionRange" in sent:
        raise GoogleError(501, "The sandbox does not keep metadata of rows and columns.")
    raise invalid("Developer metadata must have a location.")


def _ensure_room(file: Spreadsheet, location: Json) -> None:
    here = [one for one in file.metadata.values() if one["location"] == location]
    size = sum(len(one["metadataKey"]) + len(one.get("metadataValue", "")) for one in here)
    if size > _MOST_CHARACTERS:
        raise invalid(f"Developer metadata exceeds the limit of {_MOST_CHARACTERS} characters.")
