"""The graph of steps: what each takes is given before, and Dagster draws the same graph."""

from __future__ import annotations

from connectors.registry import SOURCE_FACTS
from okr_model.tables import TABLES
from pipelines.assets.published import table_key
from pipelines.definitions import build_definitions
from pipelines.model.nightly_steps import NIGHTLY


def test_a_step_takes_only_what_an_earlier_one_gives() -> None:
    given: set[str] = set()
    for step in NIGHTLY:
        assert set(step.takes) <= given, step.name
        given |= {f"{step.name}.{name}" for name in step.gives}


def test_everything_that_is_given_is_taken_or_published() -> None:
    taken = {name for step in NIGHTLY for name in step.takes}
    taken |= {"activity.key_result_weeks"}  # by publishing, which adds the published days
    for step in NIGHTLY[:-1]:
        assert {f"{step.name}.{name}" for name in step.gives} <= taken, step.name
    assert set(NIGHTLY[-1].gives) < {table.name for table in TABLES}


def test_dagster_draws_the_way_from_sources_to_published_tables() -> None:
    graph = build_definitions().resolve_asset_graph()
    parents = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    sources = set(SOURCE_FACTS)
    assert all(not parents[source] for source in sources)
    assert parents["content"] == sources
    assert parents["links"] == sources | {"content"}
    assert parents["activity"] == {"jira", "content", "links"}
    assert parents["values"] == sources | {"content"}
    assert parents["confidence"] == {"content", "values", "links", "activity"}
    assert parents["candidate_tables"] == {"content", "links", "activity", "values", "confidence"}
    for table in TABLES:
        assert parents[table_key(table.name).to_user_string()] == {"candidate_tables"}


def test_each_check_stands_at_the_asset_that_it_checks() -> None:
    graph = build_definitions().resolve_asset_graph()
    checks = {key.name: key.asset_key.to_user_string() for key in graph.asset_check_keys}
    assert checks["datasets_readable"] == "content"
    assert checks["key_results_kept"] == "confidence"
    assert checks["tables_as_declared"] == "candidate_tables"
    read_back = {key.asset_key for key in graph.asset_check_keys if key.name == "rows_read_back"}
    assert read_back == {table_key(table.name) for table in TABLES}
