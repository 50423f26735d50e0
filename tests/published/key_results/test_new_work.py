"""New work without a Key Result, by team and time, and its words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from published.key_results.new_work import new_of_team, new_since
from published.snapshot import Snapshot
from tests.support.page.small_tables import publish_rows, work

NIGHT = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 28, 1, tzinfo=dt.UTC)
END = LATER + dt.timedelta(days=1)


def new(number: int, *teams: str, seen: dt.datetime = LATER, **more: Any) -> dict[str, Any]:
    return {"initiative_id": f"jira:{number}", "teams": [*teams], "first_seen_at": seen} | more


@pytest.fixture
def tables(tmp_path: Path) -> Snapshot:
    """Work of two teams, of both, of none; some of it in two nights, some made in bulk."""
    publish_rows(
        tmp_path / "published.duckdb",
        runs=[
            {"run_id": f"run-{day}", "as_of": dt.date(2026, 11, day), "kind": "night"}
            | {"published_at": dt.datetime(2026, 11, day, 2, tzinfo=dt.UTC)}
            for day in (19, 20, 28)
        ],
        initiatives=[work(number) for number in range(1, 6)],
        new_work=[
            new(1, "Sales", is_new=True, new_issues=1),
            new(2, "Sales", "Product", new_issues=2, automatic=40),
            new(2, "Sales", "Product", seen=NIGHT, new_issues=3),
            new(3, seen=NIGHT, is_new=True),
            new(4, "Product", is_new=True),
            new(5, "Support", automatic=1),
        ],
    )
    return Snapshot(tmp_path / "published.duckdb")


def words(tables: Snapshot, after: dt.datetime) -> dict[str | None, tuple[str, ...]]:
    return {one.team: one.words for one in new_since(tables, after, END)}


def test_work_stands_with_each_of_its_teams_and_what_is_not_counted_is_said(
    tables: Snapshot,
) -> None:
    bulk = "40 more made by apps or in bulk are not counted"
    assert words(tables, NIGHT) == {
        "Product": ("SUP-2 Work 2: 2 new issues", "SUP-4 Work 4: new", bulk),
        "Sales": ("SUP-1 Work 1: new, with 1 issue", "SUP-2 Work 2: 2 new issues", bulk),
        "Support": ("1 made by apps or in bulk is not counted",),
    }


def test_a_longer_time_brings_the_nights_of_it_together_and_no_team_comes_last(
    tables: Snapshot,
) -> None:
    found = words(tables, NIGHT - dt.timedelta(seconds=1))
    assert found["Sales"][1] == "SUP-2 Work 2: 5 new issues"
    assert [*found][-1] is None
    assert found[None] == ("SUP-3 Work 3: new",)


def test_days_are_those_of_nights(tables: Snapshot) -> None:
    def of(since: int, team: str = "sales", until: int = 28) -> int | None:
        days = (dt.date(2026, 11, since), dt.date(2026, 11, until))
        found = new_of_team(tables, team, *days)
        return found and sum(one.new_issues for one in found.initiatives)

    assert of(19) == 6
    assert of(20) == of(27) == 3
    assert of(19, until=27) == 3
    assert of(28) is None
    assert of(19, "Nobody") is None
    assert of(18) is None  # nothing was published until then
