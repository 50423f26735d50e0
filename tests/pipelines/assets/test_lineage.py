"""What Dagster shows of the published tables: their columns, and where each comes from."""

from __future__ import annotations

import dagster as dg

from okr_model.tables import BY_NAME, TABLES
from okr_model.tables.lineage import lineage
from pipelines.assets.published import column_schema, table_key
from pipelines.assets.published import published as asset
from pipelines.definitions import build_definitions
from pipelines.nightly_run import UP_TO_CANDIDATE
from tests.support.company import Company


def test_every_published_table_is_an_asset_with_its_columns_and_their_lineage() -> None:
    specs = {spec.key: spec for spec in build_definitions().resolve_all_asset_specs()}
    for table in TABLES:
        spec = specs[table_key(table.name)]
        schema = spec.metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == table.column_names
        shown = spec.metadata["dagster/column_lineage"]
        assert set(shown.deps_by_column) == set(lineage(table.name)) <= set(table.column_names)
        for deps in shown.deps_by_column.values():
            for dep in deps:
                assert dep.asset_key in specs
                assert dep.column_name in BY_NAME[dep.asset_key.path[-1]].column_names


def test_a_dry_run_stops_before_any_table() -> None:
    assert not set(UP_TO_CANDIDATE) & set(asset.keys)


def test_the_description_of_a_column_says_what_it_comes_from() -> None:
    columns = {column.name: column.description for column in column_schema("key_results").columns}
    assert columns["score"].endswith(". From " + ", ".join(lineage("key_results")["score"]))
    assert columns["target"].startswith("Where it should arrive [unit of the Key Result: ")


def test_a_night_tells_the_rows_of_each_table(published: Company) -> None:
    with dg.DagsterInstance.from_config(str(published.folder / "data" / "dagster")) as instance:
        for name in ("key_results", "links", "measurements"):
            event = instance.get_latest_materialization_event(table_key(name))
            assert event is not None
            assert event.asset_materialization is not None
            count = event.asset_materialization.metadata["dagster/row_count"].value
            assert count == len(published.table(name))
