"""A night of an organization that checks in by comments on the pages of its Key Results."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days import late_entries
from pipelines.project import Project
from published.tables import PublishedTables
from sandbox.server.notion.store import Property
from tests.connectors.support.loopback import serving
from tests.connectors.support.notion_workspace import KRS, TOKEN, Notion

pytestmark = pytest.mark.night

SETTINGS = """
organization: {{name: Acme, timezone: Europe/Berlin}}
cycles: [{{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}}]
sources: {{notion: {{url: "{url}", token: "${{NOTION_TOKEN}}"}}}}
datasets:
  - holds: key_results
    from: notion
    place: {place}
    fields: {{id: Key, statement: Name, objective: Objective, target: Target, unit: Unit}}
  - holds: check_ins
    from: notion
    place: {place}
    comments: {{begins: [Check-in, Stand], value: [value, Wert], locale: de_DE}}
"""


def night(notion: Notion, folder: Path) -> dict[str, pd.DataFrame]:
    project = Project(folder / "okr.yaml", now=notion.clock.now)
    for outcome in pull_sources(project, project.settings.source_names):
        assert outcome.error is None, outcome.error
    run_id = f"night of {notion.clock.now}"
    run_steps(NIGHTLY, project, run_id)
    late_entries.publish_night(project, run_id)
    tables = PublishedTables(folder / "data" / "published.duckdb")
    names = ("key_results", "check_ins", "findings", "rollups")
    return {name: tables.frame(name) for name in names}


def test_comments_on_pages_are_check_ins_and_objectives_may_be_a_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTION_TOKEN", TOKEN)
    notion = Notion()
    for name, kind in (("Objective", "rich_text"), ("Target", "number"), ("Unit", "rich_text")):
        notion.workspace.add_property(KRS, name, Property(kind))  # type: ignore[arg-type]
    mia = notion.workspace.add_user("0" * 31 + "1", "Mia", "mia@example.com").id
    pages = [notion.add(KRS, f"KR {n}", Objective="Grow", Target=75, Unit="%") for n in range(2)]
    for said in ("Stand: Wert 42,5 %, confidence high", "Check-in: 43,5 %, low\nBlocked"):
        notion.workspace.comment(pages[0], said, author=mia)
        notion.clock.advance(20)
    notion.workspace.comment(pages[1], "Check-in: nothing new", author=mia)
    with serving(notion.answer) as notion.server:
        settings = SETTINGS.format(url=notion.server.url, place=KRS)
        (tmp_path / "okr.yaml").write_text(settings, encoding="utf-8")
        notion.clock.advance(3600)
        tables = night(notion, tmp_path)
        key_result = tables["key_results"].iloc[0]
        assert key_result[["current_value", "stated_confidence"]].tolist() == [43.5, "low"]
        assert key_result["objective_id"] == "Grow"
        rollups = tables["rollups"].set_index(["level", "subject"])
        assert rollups.loc[("objective", "Grow"), "key_results"] == 2
        check_ins = tables["check_ins"].sort_values("number")
        assert check_ins["author"].tolist() == ["Mia", "Mia"]
        assert check_ins["note"].tolist()[1] == "Blocked"
        unread = tables["findings"].query("rule == 'unreadable check-in'").iloc[0]
        assert (unread["subject_id"], unread["evidence"]) == ("KR-2", "Check-in: nothing new")

        notion.workspace.may_read_comments = False
        notion.clock.advance(86_400)
        tables = night(notion, tmp_path)
        assert len(tables["check_ins"]) == 2  # as last read
        said = tables["findings"].query("rule == 'unreadable comments'")["sentence"].iloc[0]
        assert "Enable “Read comments”" in said
