"""What stands in for a dataset that cannot be read: its records as they were last read.

What belongs here: telling that a dataset cannot be read or was emptied, and finding in the lake
when it last could be. What does not: how a dataset is read (``records``), and whom it concerns
(``run_status``).

The lake holds every version of every record, so nothing else has to be kept: the states of the
dataset's place after each complete pull are tried, the newest first, until one can be read. So it
works offline, and for past days.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import duckdb

from connectors.records import Problem
from connectors.registry import SOURCE_FACTS
from okr_model.quantities.days import local_day
from pipelines.datasets.comments import comment_records
from pipelines.datasets.emptied_relations import are_usual, emptied_relations
from pipelines.datasets.places.names import name_of_dataset
from pipelines.datasets.places.renamed import renamed_fields
from pipelines.datasets.records import (
    Content,
    Missing,
    Record,
    changed_at,
    dataset_records,
    place_name,
    place_rows,
    wanted_fields,
)
from pipelines.lake.streams import complete_pulls
from pipelines.lake.tables import AsOf, Lake
from pipelines.settings import Dataset
from pipelines.settings.datasets import REQUIRED_FIELDS, in_words

_FIGURES = frozenset(("baseline", "target", "target_high", "value", "low", "high"))
_TELLING = 3  # a column of fewer cells may well be emptied on purpose


@dataclass(frozen=True, slots=True)
class UnreadDataset:
    """A dataset that cannot be read now.

    Attributes:
        name: How the tables name it, beside the names of whole sources.
        holds: What its records are.
        source: Where they come from.
        place: Which place they lie in.
        since: When it was last read; None if it never was.
        called: What people call the place, and its address.
        why: What is the matter, in sentences.
        record_ids: The records that stand in for it.
    """

    name: str
    holds: str
    source: str
    place: str
    since: dt.datetime | None
    called: str
    why: str
    record_ids: tuple[str, ...] = ()

    def sentence(self, zone: ZoneInfo) -> str:
        """What cannot be read, why, and what is published in its place, the day told in a zone."""
        what = in_words(self.holds)
        stands = (
            f"They stand as last read on {local_day(self.since, zone)}."
            if self.since
            else "They were never read as the settings now say, so nothing stands in for them."
        )
        return f"The {what} from {self.called} cannot be read: {self.why} {stands}"


@dataclass(frozen=True, slots=True)
class DatasetReading:
    """A dataset's records, and what is odd about them.

    Attributes:
        records: As they are now, or as they were last read.
        problems: What looks odd in their place.
        lake: The lake they were read from.
        unread: Why they are not as they are now; None where they are.
    """

    records: list[Record]
    problems: list[Problem]
    lake: Lake
    unread: UnreadDataset | None = None

    @property
    def was_never_read(self) -> bool:
        """Whether nothing stands in for what cannot be read."""
        return self.unread is not None and self.unread.since is None


def read_dataset(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> DatasetReading:
    """The dataset's records; as they were last read, where they cannot be read now.

    A dataset that held records and holds none, or one of whose decisive fields was filled and is
    empty everywhere, cannot be read: nothing tells that from a place that is broken. Nor can one
    whose figures became checkboxes, which would all read as 1 or 0. Nor can one
    of whose relations was filled on most pages and is empty on all.
    """
    content: Content = ([], [])
    relations: Mapping[str, str] = {}
    try:
        content = _content(lake, connection, dataset)
        why, missing = _emptied(dataset, content[0]), False
        if why is None and dataset.source == "notion" and dataset.comments is None:
            relations = emptied_relations(lake, connection, dataset)
            why = _unshared(relations.values()) if relations else None
    except Missing as error:
        why, missing = str(error), True
    if why is None:
        return DatasetReading(*content, lake)
    for instant, earlier in _earlier_states(lake, connection, dataset):
        try:
            records, problems = _content(earlier, connection, dataset)
        except Missing:
            continue
        if relations and not are_usual(earlier, connection, dataset, relations):
            continue
        if _emptied(dataset, records) is None:
            if missing and dataset.comments is None:
                why = " ".join([why, *_renamed(lake, earlier, connection, dataset)])
            unread = _unread(lake, dataset, why, instant, records)
            return DatasetReading(records, problems, earlier, unread)
    if not missing:
        return DatasetReading(*content, lake)  # it never held anything
    return DatasetReading([], [], lake, _unread(lake, dataset, why, None, []))


def _renamed(
    lake: Lake, earlier: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> list[str]:
    """What became of the fields that are there no more."""
    before, now = (place_rows(one, connection, dataset) for one in (earlier, lake))
    return renamed_fields(dataset.source, list(wanted_fields(dataset).values()), before, now)


def _content(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    read = comment_records if dataset.comments else dataset_records
    return read(lake, connection, dataset)


def _emptied(dataset: Dataset, records: list[Record]) -> str | None:
    """Why the records cannot be all there is, if there had been more before."""
    if dataset.comments:
        return None  # people delete what they said; a place that is not shown is a problem
    if not records:
        return f"the place holds none any more. {_ON_PURPOSE}"
    decisive = [*REQUIRED_FIELDS.get(dataset.holds, ()), "cycle"]
    for name in decisive if len(records) >= _TELLING else []:
        wanted = dataset.fields.get(name)
        if isinstance(wanted, str) and not any(_is_filled(record, name) for record in records):
            return f"{wanted!r} is empty in all {len(records)} records. {_ON_PURPOSE}"
    for name in _FIGURES.intersection(dataset.fields):
        kinds = [cell.kind for one in records if (cell := one.cells.get(name))]
        filled = [kind for kind in kinds if kind != "empty"]
        if len(filled) >= _TELLING and set(filled) == {"bool"}:
            return f"{dataset.fields[name]!r} holds checkboxes, no figures. {_ON_PURPOSE}"
    return None


def _unshared(relations: Iterable[str]) -> str:
    names = ", ".join(repr(name) for name in sorted(relations))
    return (
        f"the relation {names} is empty on every page at once. Share the database that it points to"
        " with the integration."
    )


_ON_PURPOSE = "If that is on purpose, take it out of the settings."


def _is_filled(record: Record, name: str) -> bool:
    cell = record.cells.get(name)
    return cell is not None and cell.kind != "empty"


def _earlier_states(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> Iterator[tuple[dt.datetime, Lake]]:
    """The lake after earlier complete pulls, newest first; of equal states of a place the last."""
    stream = SOURCE_FACTS[dataset.source].primary_stream
    ends = sorted(complete_pulls(lake, [dataset.source])[stream], reverse=True)
    limit = lake.cutoff.at if lake.cutoff else dt.datetime.max.replace(tzinfo=dt.UTC)
    ends = [end for end in ends if end <= limit]
    changes = changed_at(lake, connection, dataset)
    for newer, end in itertools.pairwise(ends):
        if any(end < change <= newer for change in changes):
            yield end, lake.as_of(AsOf(end, exact=True))


def unread_name(dataset: Dataset) -> str:
    """How the tables name a dataset that cannot be read, beside the names of whole sources."""
    parts = dataset.source, dataset.holds, dataset.name, place_name(dataset)
    return " ".join(filter(None, parts))


def _unread(
    lake: Lake, dataset: Dataset, why: str, since: dt.datetime | None, records: list[Record]
) -> UnreadDataset:
    place = place_name(dataset)
    name = unread_name(dataset)
    ids = tuple(sorted({record.id for record in records}))
    called = str(name_of_dataset(lake, dataset))
    return UnreadDataset(name, dataset.holds, dataset.source, place, since, called, why, ids)
