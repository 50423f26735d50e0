"""The schemas of the streams that Notion fills."""

import pyarrow as pa

from connectors.records import COMMON, INSTANT

NOTION_PAGES = pa.schema(  # place is the data source's id
    [*COMMON, pa.field("title", pa.string()), pa.field("created_at", INSTANT)]
)

NOTION_COMMENTS = pa.schema(  # place is the page's id
    [
        *COMMON,
        pa.field("author_id", pa.string()),
        pa.field("author", pa.string()),
        pa.field("created_at", INSTANT),  # to the minute
        pa.field("position", pa.int64()),  # among the comments on its page, oldest first
        pa.field("body", pa.string()),
    ]
)
