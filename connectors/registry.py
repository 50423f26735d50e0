"""Every source there is. A new connector is one folder and one line here.

What belongs here: the list, and look-ups in it. What does not: a fact about one source
(``<connector>/facts.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from connectors.files import FACTS as FILES
from connectors.jira import FACTS as JIRA
from connectors.notion import FACTS as NOTION
from connectors.sheets import FACTS as SHEETS
from connectors.source_facts import SourceFacts

SOURCE_FACTS: Mapping[str, SourceFacts] = {
    facts.name: facts for facts in (JIRA, NOTION, SHEETS, FILES)
}
STREAMS: Mapping[str, pa.Schema] = {
    stream: schema for facts in SOURCE_FACTS.values() for stream, schema in facts.streams.items()
}
SOURCE_OF: Mapping[str, SourceFacts] = {
    stream: facts for facts in SOURCE_FACTS.values() for stream in facts.streams
}
"""The source that fills each stream."""
