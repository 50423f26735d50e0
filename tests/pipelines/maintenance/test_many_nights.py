"""Many nights of a source: the lake stays small, and no past day loses what was known of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.lake import delta
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.streams import complete_pulls
from pipelines.lake.tables import AsOf, Lake
from tests.pipelines.ingest.test_landing import NIGHT, Script, land

NIGHTS = 24


def known(root: Path, number: int) -> dict[str, str]:
    """What the lake says now of the end of a night's day."""
    lake = Lake(root)
    at = NIGHT + dt.timedelta(days=number, hours=12)
    then = lake.as_of(AsOf(at, complete_pulls(lake, ["notion"])))
    rows = arrow(connect(), f"SELECT id, title FROM {then.scan('notion_pages')} WHERE NOT deleted")  # noqa: S608 - our files
    return dict(zip(*(rows[name].to_pylist() for name in ("id", "title")), strict=True))


@pytest.mark.thorough
def test_a_past_day_says_the_same_on_every_later_night_and_the_lake_stays_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "_COMMITS", 6)
    monkeypatch.setattr(delta, "_DAY", 0)  # Delta drops at once what it would drop one day
    told, sizes = {}, []
    for number in range(NIGHTS):
        page = {"a": f"on night {number}", "b": f"in week {number // 7}", "c": "never changed"}
        land(tmp_path, Script([page]), NIGHT + dt.timedelta(days=number))
        lake = Lake(tmp_path)
        tables = [lake.path("notion_pages", part) for part in ("log", "current")]
        for path in (*tables, lake.pulls.path):
            if delta.is_due(path):
                delta.tidy(path, delta.LAKE_DAYS)
        told[number] = page
        sizes.append(sum(path.is_file() for path in tmp_path.rglob("*")))
    assert {number: known(tmp_path, number) for number in range(0, NIGHTS, 4)} == {
        number: page for number, page in told.items() if number % 4 == 0
    }
    assert len(Lake(tmp_path).pulls.complete("notion")) == NIGHTS
    assert max(sizes) < 80, sizes  # eight files a night, were nothing ever tidied


def test_a_night_that_finds_nothing_makes_one_commit(tmp_path: Path) -> None:
    source = Script([{"a": "one"}, {"b": "two"}])
    land(tmp_path, source)

    def commits() -> set[str]:
        return {str(path.relative_to(tmp_path)) for path in tmp_path.glob("**/_delta_log/*.json")}

    source.pages, before = [{"a": "one", "b": "two"}], commits()
    land(tmp_path, source, NIGHT + dt.timedelta(days=1))
    new = {path for path in commits() - before if not path.startswith("pulls/")}
    assert new == set()
