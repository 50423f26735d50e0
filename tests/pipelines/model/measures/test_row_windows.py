"""Windows over rows are evaluated up to the day on which the table was last read."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.model.measures.rows import MeasureContext


def at(day: int) -> dt.datetime:
    """Noon of a day of November."""
    return dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("pulls", "cutoff", "since", "expected"),
    [
        ([24, 23], None, None, dt.date(2026, 11, 24)),
        ([22, 21], None, None, dt.date(2026, 11, 22)),  # its source has failed since
        ([24, 23], 23, None, dt.date(2026, 11, 23)),  # a past day knows no later pull
        ([24, 23], None, 20, dt.date(2026, 11, 20)),  # the table alone cannot be read
        ([], None, None, dt.date.min),
    ],
)
def test_nothing_is_known_of_days_after_the_last_reading(
    pulls: list[int], cutoff: int | None, since: int | None, expected: dt.date
) -> None:
    ends = [SimpleNamespace(at=at(day)) for day in pulls]
    lake = SimpleNamespace(
        pulls=SimpleNamespace(complete=lambda source: ends),
        cutoff=SimpleNamespace(at=at(cutoff)) if cutoff else None,
    )
    organization = SimpleNamespace(zone=ZoneInfo("Europe/Zurich"))
    project: Any = SimpleNamespace(lake=lake, settings=SimpleNamespace(organization=organization))
    context = MeasureContext(project, None, None)  # type: ignore[arg-type]
    unread = SimpleNamespace(since=at(since)) if since else None
    dataset: Any = SimpleNamespace(source="files", model_dump_json=lambda: "{}")
    context.cache[("reading", "{}")] = SimpleNamespace(unread=unread)
    assert context.read_until(dataset) == expected
