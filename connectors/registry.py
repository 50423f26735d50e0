"""Every source there is. A new connector is its own folder and one line of :class:`Sources`.

What belongs here: the list, and look-ups in it. What does not: a fact about one source
(``<connector>/facts.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

import pyarrow as pa

from connectors.files import FilesSection
from connectors.jira import JiraSection
from connectors.notion import NotionSection
from connectors.sheets import SheetsSection
from connectors.source_facts import Section, SourceFacts, SourceSection


class Sources(Section):
    """The services to read; omit those you do not use."""

    jira: JiraSection | None = None
    notion: NotionSection | None = None
    sheets: SheetsSection | None = None
    files: FilesSection | None = None


def _sections() -> Iterator[type[SourceSection]]:
    for field in Sources.model_fields.values():
        yield next(part for part in get_args(field.annotation) if part is not type(None))


SOURCE_FACTS: Mapping[str, SourceFacts] = {
    facts.name: facts for facts in (section.facts() for section in _sections())
}
STREAMS: Mapping[str, pa.Schema] = {
    stream: schema for facts in SOURCE_FACTS.values() for stream, schema in facts.streams.items()
}
SOURCE_OF: Mapping[str, SourceFacts] = {
    stream: facts for facts in SOURCE_FACTS.values() for stream in facts.streams
}
"""The source that fills each stream."""
