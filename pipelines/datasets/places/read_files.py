"""Which places of files were read to their end, whether or not they had a row.

What belongs here: asking the cursor after the last pull. What does not: the rows (``records``).
"""

from __future__ import annotations

import fnmatch

from connectors.files.source import FilesSource
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset


def was_read(lake: Lake, dataset: Dataset) -> bool:
    """Whether a file of a dataset's place was read, such as one with a header alone."""
    if dataset.source != FilesSource.name:
        return False
    names = lake.pulls.state(dataset.source).cursor.get("files", {})  # as ``FilesSource`` has it
    return any(fnmatch.fnmatchcase(name, str(dataset.place)) for name in names)
