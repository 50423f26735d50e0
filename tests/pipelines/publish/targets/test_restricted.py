"""A target that is for some groups alone, of the sample company."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
import yaml

from pipelines.datasets.former_ids import known_aliases
from pipelines.project import Project
from pipelines.publish.targets.write import write_targets
from tests.support.company import Company, copy_of

_RESTRICTED = "KR-17"
_FEW = ["key_results", "links"]


def company_with(published: Company, folder: Path) -> Company:
    """The company, with a target for everybody, one for the board, and one for all others."""
    company = copy_of(published, folder)
    settings = yaml.safe_load(company.settings.read_text("utf-8"))
    settings["page"] = {"restricted": [{"key_results": [_RESTRICTED], "groups": ["board"]}]}
    settings["publish"]["targets"] = [
        {"name": "whole", "kind": "parquet", "folder": "whole", "tables": _FEW},
        {
            "name": "board",
            "kind": "parquet",
            "folder": "board",
            "tables": _FEW,
            "groups": ["board"],
        },
        {"name": "others", "kind": "parquet", "folder": "others", "groups": []},
        {"name": "warehouse", "kind": "postgres", "url": "${OKR_WAREHOUSE}", "groups": []},
    ]
    company.settings.write_text(yaml.safe_dump(settings), "utf-8")
    return company


def test_what_is_restricted_is_in_no_file_and_no_row(
    published: Company, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKR_WAREHOUSE", database_url)
    company = company_with(published, tmp_path)
    project = Project(company.settings, with_secrets=False)
    outcomes = write_targets(project, known_aliases)
    assert [one.error for one in outcomes] == [None] * 4
    rows = {one.name: one.rows for one in outcomes}
    assert rows["whole"] == rows["board"]
    assert rows["others"] == rows["warehouse"]
    assert rows["others"]["key_results"] == rows["whole"]["key_results"] - 1
    texts = {
        name: " ".join(
            str(pq.read_table(path).to_pydict()) for path in (tmp_path / name).rglob("*.parquet")
        )
        for name in ("whole", "board", "others")
    }
    assert [_RESTRICTED in texts[name] for name in ("whole", "board", "others")] == [
        True,
        True,
        False,
    ]
    with psycopg.connect(database_url) as reader:
        query = "SELECT string_agg(one::text, ' ') FROM okr.{} AS one"
        for table in rows["warehouse"]:
            (found,) = reader.execute(query.format(table).encode()).fetchall()
            assert _RESTRICTED not in str(found), table
    assert [one.state for one in write_targets(project, known_aliases)] == ["up to date"] * 4
