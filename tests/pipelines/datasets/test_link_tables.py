"""Tables of links, and Key Results that name their initiatives, through a night of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.project import Project
from pipelines.publish.publish import publish
from pipelines.settings import SettingsError, load_settings
from published.tables import PublishedTables

pytestmark = pytest.mark.night

SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
as_of: 2026-11-20
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: okrs}}
datasets:
  - {holds: objectives, from: files, place: objectives.csv, fields: {id: Id, title: Title}}
  - holds: key_results
    from: files
    place: krs.csv
    fields: {id: Id, objective: Objective, target: To, initiatives: Work}
  - holds: initiatives
    from: files
    place: work.csv
    fields: {id: Id, title: Name, key_result: KR}
  - holds: links
    from: files
    place: mapping.csv
    fields: {initiative: What, key_result: KR, weight: Share}
links: {aliases: {KR-9: KR-2}}
"""
CONTENT = {
    "objectives.csv": "Id,Title\nO-1,Grow\n",
    "krs.csv": "Id,Objective,To,Work\nKR-1,O-1,10,\nKR-2,O-1,10,\nKR-3,O-1,10,I-3; Nobody\n",
    "work.csv": "Id,Name,KR\nI-1,Guides,\nI-2,Webinars,KR-1\nI-3,Trade fair,\nI-4,Brand,\n",
    "mapping.csv": "What,KR,Share\nGuides,KR-1,60 %\ni-1,KR-9,30%\nI-2,KR-3,\n"
    "Lost,KR-1,\nI-4,KR-77,\nI-4,KR-1,much\nI-4,nothing,\n",
}


@pytest.fixture
def tables(tmp_path: Path) -> PublishedTables:
    (tmp_path / "okrs").mkdir()
    (tmp_path / "okr.yaml").write_text(SETTINGS, encoding="utf-8")
    for name, content in CONTENT.items():
        (tmp_path / "okrs" / name).write_text(content, encoding="utf-8")
    project = Project(tmp_path / "okr.yaml")
    assert not [one.error for one in pull_sources(project, ["files"]) if one.error]
    run_steps(NIGHTLY, project, "run")
    publish(project, "run")
    return PublishedTables(project.paths.duckdb)


def test_mappings_link_both_ways_with_weights_and_name_what_they_cannot_tell(
    tables: PublishedTables,
) -> None:
    rows = tables.frame("links").to_dict("records")
    found = {(row["initiative_id"], row["key_result_id"]): row for row in rows}
    assert {pair: (row["rule"], row["state"]) for pair, row in found.items()} == {
        ("files:I-1", "KR-1"): ("mapping", "active"),
        ("files:I-1", "KR-2"): ("mapping", "active"),  # by its former id
        ("files:I-2", "KR-1"): ("field", "active"),
        ("files:I-2", "KR-3"): ("mapping", "overruled"),
        ("files:I-3", "KR-3"): ("mapping", "active"),
        ("files:I-4", "KR-1"): ("mapping", "active"),
        ("files:I-4", "KR-77"): ("mapping", "broken"),
    }
    assert found["files:I-1", "KR-1"]["weight"] == pytest.approx(60 / 90)
    assert found["files:I-1", "KR-2"]["weight"] == pytest.approx(30 / 90)
    assert found["files:I-3", "KR-3"]["record_id"].startswith("krs.csv:")
    findings = tables.frame("findings")
    said = {rule: " ".join(rows["sentence"]) for rule, rows in findings.groupby("rule")}
    assert "The weights of Guides add up to 90 %. " in said["weights do not add up"]
    assert "weight of Brand for KR-1" in said["unreadable weight"]
    for name in ("“Lost”", "“Nobody”", "“nothing”"):
        assert name in said["unreadable link"]
    assert "KR-77" in said["broken link"]
    assert "KR-3 (by mapping)" in said["conflicting links"]


def test_a_table_of_links_needs_both_columns_and_no_jira(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(SETTINGS.replace("key_result: KR, weight: Share", "weight: Share"), "utf-8")
    with pytest.raises(SettingsError, match="links needs fields for key_result"):
        load_settings(path)
    path.write_text(SETTINGS.replace("KR-9: KR-2", "KR-9: KR-2, KR-2: KR-9"), "utf-8")
    with pytest.raises(SettingsError, match="leads back"):
        load_settings(path)
