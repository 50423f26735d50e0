"""DuckDB and Spark give the same rows, on past days too.

All tests that need Spark are in this module, so that one is started for all of them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from connectors.registry import STREAMS
from okr_model.activity.events_by_week import Weeks
from pipelines.engines.engine import TEXT
from pipelines.engines.opening import open_engine
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import AsOf, Lake
from pipelines.model.linked_work import load_linked_work
from pipelines.model.measures.key_results import measured_on
from pipelines.project import Project
from tests.support.company import Company
from tests.support.engine_rows import TAKEN, Frames, computed, differing, in_order, project_on
from tests.support.scripted_jira import STATUSES, Issue, ScriptedJira, instant, key_results
from tests.support.spark import WARNING, spark

pytestmark = [pytest.mark.night, pytest.mark.filterwarnings(WARNING)]

TODAY = dt.date(2026, 11, 28)
_TIMED = 'p90 of time from "In Progress" to Done from jira over 28 days'
_BELOW = "count of issues from jira where parent = OKR-1"
_COUNTED = "count of created issues from jira where label = red over 28 days"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with spark() as where:
        yield where


@pytest.mark.parametrize("day", [None, dt.date(2026, 11, 13)])
def test_the_sample_company(published: Company, address: str, day: dt.date | None) -> None:
    staged = published.step_files()
    taken = {name: staged.read(name) for name in TAKEN}
    found = []
    for engine in ("duckdb", "spark"):
        project = project_on(published.settings, engine, address)
        found.append(computed(project.on(day) if day else project, taken))
    assert not differing(*found)
    assert sum(map(len, found[0].values())) > 500


def test_a_table_of_the_lake_is_plain_parquet(published: Company) -> None:
    """Executors read its files, and know neither of partitions nor of rows that are marked gone."""
    lake = Lake(published.folder / "data" / "lake")
    paths = [lake.path(stream, part) for stream in STREAMS for part in ("log", "current")]
    tables = [DeltaTable(str(path)) for path in paths if path.exists()]
    assert len(tables) > 8
    for table in tables:
        assert table.metadata().partition_columns == []
        assert table.protocol().reader_features in (None, [])


@pytest.fixture(scope="module")
def jira(tmp_path_factory: pytest.TempPathFactory) -> ScriptedJira:
    """Four nights of issues that are made up."""
    folder = tmp_path_factory.mktemp("made-up")
    jira, chance = ScriptedJira(folder, "America/Sao_Paulo"), random.Random(7)  # noqa: S311 - rows, no secret
    for night in range(4):
        issues = [made_up(chance, number) for number in range(1, 50 + 10 * night)]
        jira.night(*issues, at=f"2026-11-{3 + 8 * night:02}T20:00")
    return jira


def made_up(chance: random.Random, number: int) -> Issue:
    """An issue whose parent may be missing, gone, or itself; ten are made in the same minute."""
    month, day, hour = chance.choice([10, 11]), chance.randint(1, 24), chance.randint(1, 9)
    created = f"2026-{month}-{day:02}T0{hour}:00"
    statuses = [chance.choice([*STATUSES]) for _ in range(chance.randint(0, 4))]
    steps = zip(["To Do", *statuses], statuses, strict=False)
    changes = [
        (
            f"2026-11-{chance.choice([3, 9, 20, 27]):02}T1{turn // 2}:30",  # some in one instant
            "status",
            *((STATUSES[one][0], one) for one in step),
        )
        for turn, step in enumerate(steps)
    ]
    parent = chance.choice([None, "10001", "10999", str(10_000 + chance.randint(1, 80))])
    moved = ("2026-11-20T10:00", "parent", ("10001", "OKR-1"), (parent, None))
    more = {
        "parent_id": parent,
        "place": chance.choice(["OKR", "WEB"]),
        "creator_id": chance.choice(["ann", None]) if number > 12 else "bulk",
        "creator_type": chance.choice(["app", "atlassian", None]),
    }
    return Issue(
        f"OKR-{number}",
        created="2026-11-20T09:00" if number <= 12 else created,
        changes=[*changes, *changes[:1], moved],
        status=statuses[-1] if statuses else "To Do",
        resolved="2026-11-26T10:00" if statuses and statuses[-1] == "Done" else None,
        labels=chance.choice([[], ["red"], ["red", "KR-2"], ["KR-1"]]),
        more=more,
    )


def linked(project: Project) -> Frames:
    """What is counted in linked work."""
    numbers = range(1, 60, 7)
    initiatives = pd.DataFrame(
        {"initiative_id": [f"jira:{n}" for n in numbers], "source": "jira"}
    ).assign(record_id=[str(10_000 + n) for n in numbers])
    own = pd.DataFrame({"issue_id": ["10001", "10008", "10020"], "weight": [1.0, 0.5, 1.0]})
    own = own.assign(key_result_id=pd.Series(["KR-1", "KR-2", None], dtype="str"))
    teams = initiatives.assign(team="Sales")
    zone, day = project.settings.organization.timezone, project.clock.as_of
    weeks = Weeks.of_cycles([dt.date(2026, 10, 1)], day, zone)
    with open_engine(project.settings) as engine:
        work = load_linked_work(project, engine, initiatives, own)
        counted = work.counted_on(day) | work.by_week(weeks, teams)
        members = work.members.collect("pyarrow").to_native().to_pandas()
        return counted | {"new": work.new_on(day), "members": members}


@pytest.mark.parametrize("day", [TODAY, dt.date(2026, 11, 12)])
def test_linked_work(jira: ScriptedJira, address: str, day: dt.date) -> None:
    settings = jira.settings
    one, other = (
        linked(project_on(settings, engine, address).on(day)) for engine in ("duckdb", "spark")
    )
    assert not differing(one, other)
    assert all(len(rows) for rows in one.values()), {name: len(rows) for name, rows in one.items()}


def test_measures(jira: ScriptedJira, address: str) -> None:
    days = [dt.date(2026, 11, 12), TODAY]
    found = [
        measured_on(
            project_on(jira.settings, engine, address),
            connect(),
            key_results(_TIMED, _COUNTED, _BELOW),
            {},
            days,
        ).values
        for engine in ("duckdb", "spark")
    ]
    assert not differing({"values": found[0]}, {"values": found[1]})
    assert set(found[0]["key_result_id"]) == {"KR-1", "KR-2", "KR-3"}


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("at", ["2026-11-01T00:00", "2026-11-12T00:00", "2026-11-27T23:00"])
def test_the_lake_as_of_an_instant(
    jira: ScriptedJira, address: str, at: str, *, exact: bool
) -> None:
    complete = {"jira_issues": [instant(f"2026-11-{day:02}T20:00") for day in (3, 11, 19, 27)]}
    then = jira.project.lake.as_of(AsOf(instant(at), complete, exact=exact))
    columns = ["id", "place", "status", "labels", "landed", "seen_at", "deleted", "first_seen_at"]
    parts = ("current", "log") if exact else ("current",)
    for part in parts:
        names = columns if part == "current" else columns[:-1]
        found = []
        for name in ("duckdb", "spark"):
            with open_engine(project_on(jira.settings, name, address).settings) as engine:
                rows = engine.scan(then, "jira_issues", names, part).collect("pyarrow")
                found.append(in_order(rows.to_native().to_pandas()))
        pd.testing.assert_frame_equal(*found)
        assert len(found[0]) or (exact and at < "2026-11-03")


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_rows_that_are_given_and_kept(jira: ScriptedJira, address: str, name: str) -> None:
    with open_engine(project_on(jira.settings, name, address).settings) as engine:
        nothing = engine.given(pd.DataFrame({"a": [], "n": []}), {"a": TEXT, "n": pa.float64()})
        given = engine.given(pd.DataFrame({"a": ["x", None], "n": [1, 2]}), {"a": TEXT})
        empty = engine.scan(jira.project.lake, "notion_pages", ["id", "references"])
        first = engine.keep("rows", given.join(nothing, on="a", how="left"))
        assert first.collect_schema()["n"] == nw.Float64
        assert len(empty.collect("pyarrow")) == 0
        assert sorted(first.collect("pyarrow").to_native()["a"].to_pylist(), key=str) == [None, "x"]
        again = engine.keep("rows", first.filter(nw.col("a") == "x"))
        assert again.collect("pyarrow").to_native()["a"].to_pylist() == ["x"]
