"""What a folder of files is to the rest of the project: its stream, settings, how it is built.

What belongs here: what the rest of the project needs without sending a request. What does not:
anything that imports a client library of the service.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import Field

from connectors.files.streams import FILE_ROWS
from connectors.records import Cursor, Source
from connectors.source_facts import PlaceFacts, SourceFacts, SourceSection, Wanted
from connectors.survey import Survey


class FilesSection(SourceSection):
    """A folder of CSV and Parquet files."""

    folder: Path = Field(description="The folder, from okr.yaml's own.")
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] | None = Field(
        default=None, description="Such as de_DE: how numbers and days are written in CSV files."
    )

    @classmethod
    def facts(cls) -> SourceFacts:
        """See :class:`connectors.source_facts.SourceSection`."""
        return FACTS


def _build(section: FilesSection, wanted: Wanted) -> Source:
    from connectors.files.source import FilesSettings, FilesSource

    return FilesSource(FilesSettings(section.folder, wanted.places, section.locale))


def _survey(section: FilesSection) -> Survey:
    from connectors.files.survey import FilesSurvey

    return FilesSurvey(section)


def _read_again(cursor: Cursor, places: Collection[str]) -> Cursor:
    known = cursor.get("files", {})
    return {
        **cursor,
        "files": {name: ["", ""] if name in places else known[name] for name in known},
    }


FACTS = SourceFacts(
    name="files",
    about="Rows of the configured CSV and Parquet files, as of the latest pull.",
    streams={"file_rows": FILE_ROWS},
    place=PlaceFacts(
        kind="text",
        hint="place: a name such as weekly.csv or weekly-*.parquet, without folder",
        pattern=r"(?i)[^/\\]+\.(csv|parquet)",
    ),
    build=_build,
    survey=_survey,
    read_again=_read_again,
)
