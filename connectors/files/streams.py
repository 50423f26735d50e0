"""The schemas of the streams that a folder of files fills."""

import pyarrow as pa

from connectors.records import COMMON

FILE_ROWS = pa.schema(  # place is the file's name, cells keyed by column name
    [*COMMON, pa.field("line", pa.int64())]  # 1-based; the row number in a Parquet file
)
