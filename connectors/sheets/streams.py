"""The schemas of the streams that Google Sheets fills."""

import pyarrow as pa

from connectors.records import COMMON

SHEET_ROWS = pa.schema(  # one row per non-empty grid row; cells keyed by column letter
    [
        *COMMON,  # id is spreadsheet:sheetId:row, place is spreadsheet/sheetId
        pa.field("spreadsheet", pa.string()),
        pa.field("spreadsheet_title", pa.string()),
        pa.field("tab", pa.string()),
        pa.field("sheet_id", pa.int64()),
        pa.field("row", pa.int64()),  # 1-based
        pa.field("hidden", pa.bool_()),
    ]
)

SHEET_RANGES = pa.schema(  # one row per named range; open and lost (#REF!) sides are null
    [
        pa.field("id", pa.string(), nullable=False),  # spreadsheet:namedRangeId
        pa.field("place", pa.string(), nullable=False),  # the spreadsheet
        pa.field("url", pa.string()),
        pa.field("name", pa.string()),
        pa.field("address", pa.string()),  # A1 notation: Metrics!C4:C6, or #REF!
        pa.field("sheet_id", pa.int64()),
        pa.field("first_row", pa.int64()),  # 1-based; the last row is included
        pa.field("last_row", pa.int64()),
        pa.field("first_column", pa.int64()),  # 1 is A
        pa.field("last_column", pa.int64()),
    ]
)
