"""The schemas of the streams that Notion fills."""

import pyarrow as pa

from connectors.records import COMMON, INSTANT

NOTION_PAGES = pa.schema(  # place is the data source's id
    [*COMMON, pa.field("title", pa.string()), pa.field("created_at", INSTANT)]
)
