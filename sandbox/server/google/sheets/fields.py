"""Field masks: ``sheets(properties.title,data.rowData.values(formattedValue,note)),spreadsheetId``.

A mask is a tree of names; an empty tree keeps everything below. Names are checked against the API's
fields, whether or not a response has them, because Google rejects a mask with a typo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.server.google.errors import no_such_field

Mask = dict[str, "Mask"]
Fields = Mapping[str, str | None]
"""The fields of a type, each with its own type; None if the names below are not checked."""

_EXTENDED_VALUE = "ExtendedValue"
_RANGES = dict.fromkeys(
    ("sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
)
TYPES: Mapping[str, Fields] = {
    "Spreadsheet": {
        "spreadsheetId": None,
        "properties": "SpreadsheetProperties",
        "sheets": "Sheet",
        "namedRanges": "NamedRange",
        "spreadsheetUrl": None,
        "developerMetadata": None,
        "dataSources": None,
        "dataSourceSchedules": None,
    },
    "SpreadsheetProperties": dict.fromkeys(
        (
            "title",
            "locale",
            "autoRecalc",
            "timeZone",
            "defaultFormat",
            "iterativeCalculationSettings",
            "spreadsheetTheme",
            "importFunctionsExternalUrlAccessAllowed",
        )
    ),
    "Sheet": {
        "properties": "SheetProperties",
        "data": "GridData",
        "merges": "GridRange",
        **dict.fromkeys(
            (
                "conditionalFormats",
                "filterViews",
                "protectedRanges",
                "basicFilter",
                "charts",
                "bandedRanges",
                "developerMetadata",
                "rowGroups",
                "columnGroups",
                "slicers",
                "tables",
            )
        ),
    },
    "SheetProperties": {
        "gridProperties": "GridProperties",
        **dict.fromkeys(
            (
                "sheetId",
                "title",
                "index",
                "sheetType",
                "hidden",
                "tabColor",
                "tabColorStyle",
                "rightToLeft",
                "dataSourceSheetProperties",
            )
        ),
    },
    "GridProperties": dict.fromkeys(
        (
            "rowCount",
            "columnCount",
            "frozenRowCount",
            "frozenColumnCount",
            "hideGridlines",
            "rowGroupControlAfter",
            "columnGroupControlAfter",
        )
    ),
    "GridRange": _RANGES,
    "NamedRange": {"namedRangeId": None, "name": None, "range": "GridRange"},
    "GridData": {
        "startRow": None,
        "startColumn": None,
        "rowData": "RowData",
        "rowMetadata": "DimensionProperties",
        "columnMetadata": "DimensionProperties",
    },
    "DimensionProperties": dict.fromkeys(
        (
            "hiddenByFilter",
            "hiddenByUser",
            "pixelSize",
            "developerMetadata",
            "dataSourceColumnReference",
        )
    ),
    "RowData": {"values": "CellData"},
    "CellData": {
        "userEnteredValue": _EXTENDED_VALUE,
        "effectiveValue": _EXTENDED_VALUE,
        "userEnteredFormat": "CellFormat",
        "effectiveFormat": "CellFormat",
        **dict.fromkeys(
            (
                "formattedValue",
                "hyperlink",
                "note",
                "textFormatRuns",
                "dataValidation",
                "pivotTable",
                "dataSourceTable",
                "dataSourceFormula",
                "chipRuns",
            )
        ),
    },
    "ExtendedValue": {
        "errorValue": "ErrorValue",
        **dict.fromkeys(("numberValue", "stringValue", "boolValue", "formulaValue")),
    },
    "ErrorValue": dict.fromkeys(("type", "message")),
    "CellFormat": {
        "numberFormat": "NumberFormat",
        **dict.fromkeys(
            (
                "backgroundColor",
                "backgroundColorStyle",
                "borders",
                "padding",
                "horizontalAlignment",
                "verticalAlignment",
                "wrapStrategy",
                "textDirection",
                "textFormat",
                "hyperlinkDisplayType",
                "textRotation",
            )
        ),
    },
    "NumberFormat": dict.fromkeys(("type", "pattern")),
}


def parse_mask(text: str) -> Mask:
    """Parse a mask; dots and slashes both go one level down.

    Raises:
        GoogleError: The brackets do not match, or a name is missing.
    """
    tokens = re.findall(r"[A-Za-z0-9_*]+|[.,/()]", re.sub(r"\s", "", text))
    mask, rest = _parse_list(tokens, text)
    if rest or "".join(tokens) != re.sub(r"\s", "", text):
        raise no_such_field(text)
    return mask


def check_mask(mask: Mask, type: str, types: Mapping[str, Fields], path: str = "") -> None:
    """Reject a mask with a field that ``type`` does not have."""
    for name, below in mask.items():
        here = f"{path}.{name}" if path else name
        if name == "*":
            continue
        if name not in types[type]:
            raise no_such_field(here)
        inner = types[type][name]
        if below and inner:
            check_mask(below, inner, types, here)


def apply_mask(value: Any, mask: Mask) -> Any:
    """A response reduced to a mask; lists are masked item by item."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [apply_mask(each, mask) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: apply_mask(value[name], mask[name]) for name in value if name in mask}


def reaches(mask: Mask, *names: str) -> bool:
    """Whether a mask keeps anything at this path."""
    for name in names:
        if not mask or "*" in mask:
            return True
        if name not in mask:
            return False
        mask = mask[name]
    return True


def _parse_list(tokens: list[str], text: str) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        tokens = _parse_path(tokens, mask, text)
        if not tokens or tokens[0] != ",":
            return mask, tokens
        tokens = tokens[1:]


def _parse_path(tokens: list[str], mask: Mask, text: str) -> list[str]:
    """Add one path with everything below it to ``mask``; returns the remaining tokens."""
    while True:
        if not tokens or tokens[0] in ".,/()":
            raise no_such_field(text)
        known = tokens[0] in mask
        whole = known and not mask[tokens[0]]
        below = mask.setdefault(tokens[0], {})
        tokens = tokens[1:]
        if tokens and tokens[0] in "./":
            mask, tokens = ({} if whole else below), tokens[1:]
            continue
        if not tokens or tokens[0] != "(":
            below.clear()
            return tokens
        inner, tokens = _parse_list(tokens[1:], text)
        if not tokens or tokens[0] != ")":
            raise no_such_field(text)
        if not whole:
            _merge(below, inner)
        return tokens[1:]


def _merge(into: Mask, other: Mask) -> None:
    for name, below in other.items():
        if name in into and into[name] and below:
            _merge(into[name], below)
        else:
            into[name] = {} if name in into else below
