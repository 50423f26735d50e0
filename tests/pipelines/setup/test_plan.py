"""``okr sync --plan``: what would be read, and what changed settings change."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from deltalake import DeltaTable

from okr_model.tables.columns import RUN, Column, Table
from published.changes.rows import compare
from tests.support.company import Company

TABLE = Table(
    "things",
    "a thing",
    ("id", "as_of"),
    (
        *RUN,
        Column("id", "text", "its id"),
        Column("value", "number", "a value"),
        Column("teams", "text[]", "its teams"),
    ),
)


def things(**rows: tuple[float | None, list[str]]) -> pd.DataFrame:
    return pd.DataFrame(
        [("2026-11-28", f"run {rows}", name, *values) for name, values in rows.items()],
        columns=["as_of", "run_id", "id", "value", "teams"],
    )


def test_rows_are_matched_by_key_and_runs_make_no_difference() -> None:
    before = things(a=(1.0, ["x"]), b=(None, []), c=(0.1 + 0.2, ["y"]))
    assert compare(TABLE, before, things(a=(1.0, ["x"]), b=(None, []), c=(0.3, ["y"]))).is_none
    found = compare(TABLE, before, things(a=(2.0, ["z"]), c=(None, ["y"]), d=(1.0, [])))
    assert (found.added, found.gone) == (("d",), ("b",))
    assert found.changed == {"value": 2, "teams": 1}
    first = {(one.row, one.column): (one.before, one.after) for one in found.examples}
    assert first["a", "value"] == (1.0, 2.0)
    assert first["a", "teams"] == (["x"], ["z"])
    assert first["c", "value"] == (0.1 + 0.2, None)


def test_rows_that_share_a_key_do_not_hide_each_other() -> None:
    one = pd.concat([things(a=(1.0, [])), things(a=(2.0, []))])
    assert compare(TABLE, one, things(a=(1.0, []))).gone == ("a (2)",)


@pytest.mark.matrix
def test_an_unchanged_setting_changes_nothing_and_a_changed_one_its_rows(
    after_first_night: Company,
) -> None:
    company = after_first_night
    run, asked = company.published_run(), len(company.box.requests)
    done = company.okr_here("sync", "--plan", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["tables"] == []
    since = {(one["source"], bool(one["since"])) for one in plan["readings"]}
    assert since == {("jira", True), ("notion", False), ("sheets", True)}

    text = company.settings.read_text("utf-8")
    changed = text.replace("over 28 days", "over 7 days", 1)
    changed = changed.replace("project in (SUP, WEB, SAL)", "project in (SUP, WEB)")
    company.settings.write_text(changed, "utf-8")
    done = company.okr_here("sync", "--plan")
    assert "project in (SUP, WEB): all of it" in done.stdout
    assert "key_results: " in done.stdout
    assert "KR-17 · 2026-Q4: value" in done.stdout
    assert "jira:1" not in done.stdout, "work by the id that only programs know"
    assert company.published_run() == run
    assert len(company.box.requests) == asked
    history = company.folder / "data" / "published" / "key_results"
    assert DeltaTable(str(history)).version() == 0
