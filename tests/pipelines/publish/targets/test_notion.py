"""A target in a Notion database, against the stand-in over HTTP."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from connectors.notion.source import NotionSettings
from connectors.transport.retry import RetryPolicy
from pipelines.datasets.former_ids import known_aliases
from pipelines.project import Project
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.notion.columns import properties_of
from pipelines.publish.targets.notion.target import NotionTarget
from pipelines.publish.targets.write import write_targets
from pipelines.setup.service_checks import check_publish_target
from sandbox.server.notion.records import Page, as_runs
from sandbox.server.notion.store import NewDataSource, Property, Run, notion_id
from tests.connectors.support.loopback import Asked, Reply, serving
from tests.connectors.support.notion_workspace import DATABASE, KRS, TOKEN, Notion
from tests.support.commands import call_okr
from tests.support.published.running_key_results import kr, publish
from tests.support.published.runs import day, publish_run, run_id
from tests.support.small_company import SETTINGS

WIKI, TABLE = notion_id("database", "wiki"), notion_id("source", "wiki")


class Desk:
    """A target, and what people see and do in its database."""

    def __init__(self, notion: Notion, version: Any = "2025-09-03") -> None:
        self.notion, self.workspace = notion, notion.workspace
        schema = {"Name": Property("title"), "Our note": Property("rich_text")}
        self.workspace.add_database(WIKI, "Wiki", [NewDataSource(TABLE, "Wiki", schema)])
        self.version = version

    def target(self, *records: str, retries: int = 4) -> NotionTarget:
        retry = RetryPolicy(attempts=retries, base_seconds=0.001)
        url = self.notion.server.url
        place = NotionSettings(
            TOKEN, (WIKI,), url, self.version, requests_per_minute=60_000, retry=retry
        )
        return NotionTarget("wiki", place, records)

    def pages(self, *, in_trash: bool = False) -> list[Page]:
        pages = (self.workspace.pages[one] for one in self.workspace.rows[TABLE])
        return [page for page in pages if page.in_trash == in_trash]

    def values(self, page: Page) -> dict[str, Any]:
        """The values that are not empty, texts as one text."""
        source = self.workspace.data_sources[TABLE]
        found = {source.names[key]: value for key, value in page.values.items()}
        return {
            name: "".join(run.text for run in as_runs(value))
            if source.properties[source.property_id(name)].type in ("title", "rich_text")
            else value
            for name, value in found.items()
            if value not in (None, (), [])
        }

    def rows(self, *, in_trash: bool = False) -> dict[str, dict[str, Any]]:
        found = map(self.values, self.pages(in_trash=in_trash))
        return {one.get("key_result_id", "own"): one for one in found}

    def page(self, key: str) -> Page:
        pages = [*self.pages(), *self.pages(in_trash=True)]
        return next(page for page in pages if self.values(page).get("key_result_id") == key)

    def said(self) -> str:
        return "".join(run.text for run in self.workspace.databases[WIKI].description)


@pytest.fixture
def desk() -> Iterator[Desk]:
    notion = Notion()
    with serving(notion.answer) as notion.server:
        yield Desk(notion)


@pytest.mark.parametrize("version", ["2025-09-03", "2026-03-11"])
def test_what_is_read_back_is_what_is_published(version: str) -> None:
    notion = Notion()
    record = notion.add(KRS, "Trials")
    with serving(notion.answer) as notion.server:
        desk = Desk(notion, version)
        first = {
            "statement": "x" * 4001,
            "progress": 0.64,
            "due_on": dt.date(2026, 12, 1),
            "teams": ["R, D", "Ops"],
            "pace": "on pace",
            "findings": 2,
            "url": "https://example.com/1",
            "source": "notion",
            "record_id": record,
        }
        rows = [kr(1, **first), kr(2, current_value=float("nan"), unit="", teams=[])]
        run = publish(1, *rows, kr(3, cycle_end=dt.date(2026, 10, 31)))
        manifest = desk.target(KRS).write(run)
        found = desk.rows()
        assert found == {
            "KR-1": {
                "Name": "x" * 4001,
                "key_result_id": "KR-1",
                "cycle_id": "Q4",
                "teams": ["Ops", "R; D"],
                "unit": "%",
                "current_value": 64.5,
                "due_on": dt.date(2026, 12, 1),
                "progress": 0.64,
                "pace": "on pace",
                "findings": 2,
                "url": "https://example.com/1",
                "record": [record],
            },
            "KR-2": {"Name": "KR-2", "key_result_id": "KR-2", "cycle_id": "Q4", "findings": 1},
        }
        source = desk.workspace.data_sources[TABLE]
        for one in properties_of(KRS):
            if one.kind != "title":
                there = source.properties[source.property_id(one.name)]
                assert (there.type, there.description) == (one.type, one.told)
        assert source.properties[source.property_id("progress")].number_format == "percent"
        assert source.properties[source.property_id("record")].to == KRS
        held = desk.target(KRS).manifest()
        assert held is not None
        assert (held.run_id, held.as_of, held.runs) == (run_id(1), day(1), 1)
        assert (held.published_at, held.written_at) == (run.published_at, manifest.written_at)
        assert (held.rows, held.is_of(run)) == ({"key_results": 2}, True)


def test_what_people_made_stays(desk: Desk) -> None:
    desk.workspace.databases[WIKI].description = (Run("What we aim at."),)
    own = desk.workspace.add_page(TABLE, notion_id("own"), {"Name": "Read me", "Our note": "x"})
    desk.target().write(publish(1, kr(1), kr(2)))
    for key in ("KR-1", "KR-2"):
        desk.workspace.edit_page(desk.page(key).id, **{"Our note": f"for {key}"})
    desk.workspace.edit_page(own.id, key_result_id="see KR-1")
    before = dict(own.values)
    desk.target().write(publish(2, kr(2, current_value=70.0), kr(3)))
    assert {key: row.get("Our note") for key, row in desk.rows().items()} == {
        "see KR-1": "x",
        "KR-2": "for KR-2",
        "KR-3": None,
    }
    assert own.values == before
    assert list(desk.rows(in_trash=True)) == ["KR-1"]
    gone = desk.page("KR-1").id
    desk.target().write(publish(3, kr(1, current_value=1.0), kr(2), kr(3)))
    back = desk.page("KR-1")
    assert (back.id, back.in_trash) == (gone, False)
    assert (desk.rows()["KR-1"]["Our note"], desk.rows()["KR-1"]["current_value"]) == (
        "for KR-1",
        1.0,
    )
    assert desk.said().startswith("What we aim at.\nokr-sync: 3 of the running cycles' Key")
    assert desk.said().count("okr-sync") == 1


def test_a_night_writes_only_what_differs(desk: Desk) -> None:
    run = publish(1, *(kr(n) for n in range(5)))
    desk.target().write(run)
    desk.notion.asked()
    desk.target().manifest()
    assert len(desk.notion.asked()) == 1
    edited = {page.id: page.edited_at for page in desk.pages()}
    desk.notion.clock.now += dt.timedelta(days=1)
    desk.target().write(run)
    assert [one.split()[0] for one in desk.notion.asked()] == ["GET", "GET", "POST"]
    desk.target().write(publish(2, *(kr(n, current_value=65.0 if n else 64.5) for n in range(5))))
    asked = desk.notion.asked()
    assert len([one for one in asked if one.startswith("PATCH /v1/pages")]) == 4
    assert len(asked) == 3 + 2 + 4  # what is there, the description twice, the pages
    unchanged = desk.page("KR-0")
    assert unchanged.edited_at == edited[unchanged.id]
    desk.target().write(publish(3, *(kr(n, current_value=65.0 if n else 64.5) for n in range(5))))
    assert len(desk.notion.asked()) == 3 + 1
    # A page that somebody edited or made twice is put right.
    desk.workspace.edit_page(desk.page("KR-0").id, pace="ahead")
    desk.workspace.add_page(TABLE, notion_id("copy"), {"key_result_id": "KR-1", "cycle_id": "Q4"})
    desk.target().write(publish(4, *(kr(n) for n in range(5))))
    assert "pace" not in desk.rows()["KR-0"]
    assert [page.id for page in desk.pages(in_trash=True)] == [notion_id("copy")]


def test_a_property_that_was_renamed_or_retyped_is_named(desk: Desk) -> None:
    desk.target().write(publish(1, kr(1)))
    desk.workspace.rename_property(TABLE, "current_value", "Wert")
    written, rehearsed = desk.target().write, desk.target().rehearse
    run = publish(2, kr(2))
    for ask in (lambda: written(run), lambda: rehearsed(run), desk.target().look):
        with pytest.raises(TargetError, match="“current_value” was renamed to “Wert”, so nothing"):
            ask()
    desk.workspace.rename_property(TABLE, "Wert", "current_value")
    desk.workspace.change_property(TABLE, "unit", Property("rich_text"))
    with pytest.raises(TargetError, match="“unit” has the type rich_text, not select"):
        desk.target().write(publish(2, kr(2)))
    desk.workspace.change_property(TABLE, "unit", Property("select"))
    desk.workspace.delete_property(TABLE, "pace")
    desk.workspace.rename_property(TABLE, "Name", "Key Result")  # a title may be called anything
    desk.target().write(publish(2, kr(2, pace="ahead")))
    assert desk.rows()["KR-2"]["pace"] == "ahead"
    desk.workspace.delete_property(TABLE, "key_result_id")
    with pytest.raises(TargetError, match="“key_result_id” was deleted, by which pages are known"):
        desk.target().write(publish(3, kr(3)))
    assert len(desk.pages()) == 1


def test_after_a_kill_anywhere_the_next_run_repairs(desk: Desk) -> None:
    dice = random.Random(17)  # noqa: S311 - which request fails
    desk.target().write(publish(1, *(kr(n) for n in range(4))))
    for n in range(4):
        desk.workspace.edit_page(desk.page(f"KR-{n}").id, **{"Our note": f"for KR-{n}"})
    unfinished = 0
    for number in range(2, 8):
        numbers = [n for n in range(6) if n != number % 6]
        run = publish(number, *(kr(n, current_value=float(number)) for n in numbers))
        left, applied = [dice.randrange(1, 11)], dice.random() < 0.5

        def kill(asked: Asked, left: list[int] = left, applied: bool = applied) -> Reply | None:
            left[0] -= 1
            if left[0] > 0:
                return None
            if left[0] == 0 and applied:  # the request is carried out, its answer lost
                desk.notion._app(asked)
            return Reply(fault="drop")

        desk.notion.tamper = kill
        with suppress(TargetError):
            desk.target(retries=1).write(run)
        desk.notion.tamper = lambda _: None
        whole = {row["current_value"] for row in desk.rows().values()} == {number}
        held = desk.target().manifest()
        unfinished += held is None
        assert held is None or held.run_id == run_id(number if whole else number - 1)
        desk.target().write(run)
        found = desk.rows()
        assert sorted(found) == [f"KR-{n}" for n in numbers]
        assert len(desk.pages()) == len(numbers)
        assert {row["current_value"] for row in found.values()} == {number}
        notes = {key: row["Our note"] for key, row in found.items() if "Our note" in row}
        assert notes == {f"KR-{n}": f"for KR-{n}" for n in numbers if n < 4}
    assert unfinished


def test_records_that_cannot_be_reached_keep_nothing_from_being_written(desk: Desk) -> None:
    record = desk.notion.add(KRS, "Trials")
    rows = [kr(1, source="notion", record_id=record)]
    desk.target(KRS).write(publish(1, *rows))
    desk.workspace.unshare(KRS)
    desk.target(KRS).write(publish(2, kr(1, current_value=1.0)))
    desk.workspace.share(KRS)
    assert desk.rows()["KR-1"]["record"] == [record]
    assert desk.rows()["KR-1"]["current_value"] == 1


def test_what_the_integration_may_not_do_is_named(desk: Desk) -> None:
    desk.workspace.may_update_content = False
    with pytest.raises(TargetError, match="needs the capability Update content"):
        desk.target().write(publish(1, kr(1)))
    desk.workspace.may_update_content, desk.workspace.may_insert_content = True, False
    with pytest.raises(TargetError, match="needs the capability Insert content"):
        desk.target().write(publish(1, kr(1)))
    desk.workspace.may_insert_content = True
    desk.workspace.refuse_next(2, 0.01)
    desk.target().write(publish(1, kr(1)))
    assert list(desk.rows()) == ["KR-1"]
    with pytest.raises(TargetError, match="has 2 data sources"):
        NotionTarget("x", NotionSettings(TOKEN, (DATABASE,), desk.notion.server.url), ()).look()


def test_the_commands_know_it(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(TOKEN)
    source = f"notion: {{token: {{file: token}}, url: '{desk.notion.server.url}'}}"
    settings = SETTINGS.replace("sources: {", f"sources: {{{source}, ")
    config = tmp_path / "okr.yaml"
    target = f"{{name: wiki, kind: notion, database: {WIKI}}}"
    config.write_text(f"{settings}\npublish: {{targets: [{target}]}}", encoding="utf-8")
    publish_run(tmp_path / "data" / "published.duckdb", 1, rows=2)
    monkeypatch.setenv("OKR_CONFIG", str(config))
    told = call_okr(tmp_path, dict(os.environ), "publish", "--to", "wiki", "--json")
    assert (told.returncode, json.loads(told.stdout)[0]["state"]) == (0, "written"), told.stderr
    told = call_okr(tmp_path, dict(os.environ), "targets")
    assert f"wiki (notion, {WIKI}): run run-1 as of {day(1)}, up to date\n" in told.stdout
    project = Project(config)
    (line,) = check_publish_target(project, project.settings.publish.targets[0])
    assert (line.state, "its properties fit" in line.sentence) == ("ok", True)
    assert write_targets(project, known_aliases)[0].state == "up to date"
