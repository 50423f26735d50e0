"""A few of the nights of ``python -m benchmarks faults``, and that it would notice a loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest

from benchmarks.faults.fault_scripts import SERVICES, Script, draw
from benchmarks.faults.run import SCRIPTS, World
from pipelines.ingest.landing import Landing
from pipelines.lake.tables import Lake

pytestmark = pytest.mark.night

SEEDS = range(1, 13)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("faults"), issues=120) as world:
        yield world


@pytest.mark.parametrize(
    "seed", [pytest.param(one, marks=[] if one < 3 else pytest.mark.matrix) for one in SEEDS]
)
def test_a_night_of_faults_ends_in_the_fault_free_tables(world: World, seed: int) -> None:
    # Publishing is a function of the lake and takes most of the time; the benchmark always does.
    ended = world.run(draw(seed), publish=seed % 6 == 1)
    assert ended.differences == [], f"python -m benchmarks faults --seed {seed}"


def test_deletes_that_get_lost_would_be_noticed(world: World) -> None:
    quiet = Script(0, "yesterday", {})
    with mock.patch.object(Landing, "_append_tombstones", return_value=0):
        ended = world.run(quiet)
    assert any("lake jira_issues" in said for said in ended.differences)
    assert any(said.startswith("initiatives") or "activity" in said for said in ended.differences)


def test_rows_that_get_lost_would_be_noticed(world: World) -> None:
    append, lost = Lake.append, []

    def lose_one(lake: Lake, stream: str, rows: object) -> None:
        if stream == "sheet_rows" and not lost and len(rows):
            lost.append(rows)
            rows = rows.slice(1)
        append(lake, stream, rows)

    with mock.patch.object(Lake, "append", lose_one):
        ended = world.run(Script(0, "empty", {}), publish=False)
    assert any("lake sheet_rows" in said for said in ended.differences)


def test_a_seed_draws_the_same_script_again_and_the_scripts_hold_every_fault() -> None:
    scripts = [draw(seed) for seed in range(1, SCRIPTS + 1)]
    assert [draw(script.seed) for script in scripts] == scripts
    drawn = sum((script.faults for script in scripts), Counter())
    assert drawn.keys() == {
        *("408", "429", "500", "502", "503", "529"),
        *("reset", "truncate", "slow", "HTML for JSON"),
    }
    killed = [script.kill[0] for script in scripts if script.kill]
    assert set(killed) == set(SERVICES)
    assert len(killed) >= 20
    assert any(draw(seed).kill for seed in SEEDS)
