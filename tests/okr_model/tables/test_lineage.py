"""Lineage of columns: what is declared exists, and what is computed is declared."""

from okr_model.tables import BY_NAME, TABLES
from okr_model.tables.key_results import KEY_RESULTS
from okr_model.tables.lineage import lineage, undeclared_columns, upstream

# What the sources say of a Key Result, and what the run says of itself.
_AS_READ = {
    *("key_result_id", "cycle_id", "cycle_start", "cycle_end", "statement", "objective_id", "team"),
    *("owner", "source", "record_id", "url", "kind", "unit", "baseline_text", "target"),
    *("target_text", "target_high", "rationale", "measure", "weight", "ambition", "starts_on"),
    *("due_on", "due_source", "phases", "as_of", "run_id"),
}


def test_every_column_that_is_named_is_a_column_of_its_table() -> None:
    assert undeclared_columns() == []
    for table in TABLES:
        for column, comes in lineage(table.name).items():
            assert column in BY_NAME[table.name].column_names
            for one in comes:
                of, _, name = one.partition(".")
                assert name in BY_NAME[of].column_names, one
                assert of != table.name, one


def test_every_computed_column_of_the_single_source_of_truth_says_where_it_comes_from() -> None:
    declared = set(lineage("key_results"))
    assert declared == set(KEY_RESULTS.column_names) - _AS_READ


def test_a_column_comes_from_other_tables_through_those_of_its_own_row() -> None:
    assert upstream("key_results", "pace") == upstream("key_results", "pace_gap")
    assert "measurements.value" in upstream("key_results", "computed_confidence")
    assert "check_ins.confidence" in upstream("key_results", "signals")
    assert upstream("objectives", "pace")[0] == "key_results.progress"
    assert upstream("key_results_daily", "progress") == ("key_results.progress",)
    assert upstream("key_results", "target") == ()
    assert upstream("measurements", "value") == ()
