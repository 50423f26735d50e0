"""A Key Result or an initiative whose issue is moved to another project of Jira is still itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from okr_model.review.requests import Request, Signature
from pipelines.cli.explain import explain_key_result
from pipelines.cli.links.listing import LinkQuery, show_links
from pipelines.cli.shared.options import Format
from pipelines.ingest.landing import Landing
from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.project import Project
from pipelines.publish.publish import publish
from pipelines.review.decide import draft
from published.selection import UnknownInitiativeError
from published.tables import PublishedTables
from tests.support.scripted_jira import Issue, Script, instant, number

pytestmark = pytest.mark.night

PATTERN = r"OKR-\d+"
SETTINGS = rf"""
organization: {{name: Acme, timezone: UTC}}
as_of: 2026-11-28
cycles: [{{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}}]
sources:
  jira: {{url: "https://jira.example", token: "${{TOKEN}}", jql: "project in (OKR, CRM)"}}
  files: {{folder: okrs}}
datasets:
  - holds: key_results
    from: jira
    where: {{issue_type: Key Result}}
    fields: {{id: key, statement: summary, target: Target}}
  - {{holds: initiatives, from: jira, where: {{issue_type: Epic}}}}
  - holds: links
    from: files
    place: map.csv
    fields: {{initiative: Epic, key_result: KR, weight: Share}}
measures:
  - {{key_result: OKR-2, measure: 'field "Current value"'}}
links: {{key_pattern: '{PATTERN}'}}
"""


def issue(key: str, kind: str, *former: str, **more: Any) -> Issue:
    """An issue of a type, which had these keys before."""
    keys = [*former, key]
    moves = [("2026-11-26T09:00", "Key", old, new) for old, new in pairwise(keys)]
    more |= {"issue_type": kind, "issue_type_id": kind, "summary": f"{kind} {key[-1]}"}
    cells = {"customfield_1": number(5), "customfield_9": number(10, "customfield_9", "Target")}
    is_key_result = kind == "Key Result"
    values = [("2026-11-20T09:00", "customfield_1", None, "5")] if is_key_result else []
    return Issue(key, cells if is_key_result else {}, [*values, *moves], more=more)


class Company:
    """Nights of Jira and of a table of links."""

    def __init__(self, folder: Path) -> None:
        (folder / "okrs").mkdir()
        (folder / "okr.yaml").write_text(SETTINGS, "utf-8")
        table = "Epic,KR,Share\nAPP-4,OKR-1,60 %\nAPP-4,OKR-2,40 %\n"
        (folder / "okrs" / "map.csv").write_text(table, "utf-8")
        self.settings = folder / "okr.yaml"

    def night(self, *issues: Issue) -> PublishedTables:
        project = Project(self.settings, with_secrets=False)
        Landing(project.lake, PATTERN, instant("2026-11-27T20:00:00.5")).land(Script(issues))
        assert not [one.error for one in pull_sources(project, ["files"]) if one.error]
        run_steps(NIGHTLY, project, "run")
        publish(project, "run")
        return PublishedTables(project.paths.duckdb)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def links(tables: PublishedTables) -> dict[tuple[str, str], str]:
    rows = tables.frame("links").to_dict("records")
    return {(one["initiative"], one["key_result_id"]): one["state"] for one in rows}


def said(tables: PublishedTables) -> dict[str, str]:
    rows = tables.frame("findings")
    return {rule: " ".join(found["sentence"]) for rule, found in rows.groupby("rule")}


MENTION = [{"role": "text", "field": "summary", "text": "For OKR-2"}]


def test_a_key_result_is_followed_to_a_key_outside_the_pattern(company: Company) -> None:
    mentions = issue("APP-7", "Epic", texts=MENTION)
    others = (issue("OKR-1", "Key Result"), issue("APP-4", "Epic"), mentions)
    before = links(company.night(issue("OKR-2", "Key Result"), *others))
    assert before["APP-7", "OKR-2"] == before["APP-4", "OKR-2"] == "active"
    after = company.night(issue("CRM-2", "Key Result", "OKR-2"), *others)
    assert links(after) == {
        (epic, "CRM-2" if key == "OKR-2" else key): state for (epic, key), state in before.items()
    }
    rows = after.frame("key_results").set_index("key_result_id")
    assert rows.loc["CRM-2", "current_value"] == 5
    told = said(after)
    assert "OKR-2 is CRM-2 now" in told["unrecognized id"]
    assert rf"'{PATTERN}|CRM-2'" in told["unrecognized id"]
    assert {"Key Result gone", "unknown key result", "broken link"}.isdisjoint(told)
    assert "link to an archived Key Result" not in told


def test_an_initiative_is_followed_by_its_former_keys(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    key_results = (issue("OKR-1", "Key Result"), issue("OKR-2", "Key Result"))
    company.night(issue("APP-4", "Epic"), *key_results)
    moved = issue("OPS-4", "Epic", "APP-4", "CRM-7")
    other = issue("CRM-9", "Story", "APP-8")  # no initiative has had this key
    tables = company.night(moved, other, *key_results)
    assert links(tables) == {("OPS-4", "OKR-1"): "active", ("OPS-4", "OKR-2"): "active"}
    assert set(tables.frame("links")["weight"]) == {0.6, 0.4}
    assert "unreadable link" not in said(tables)
    command = LinkQuery(initiative="crm-7")
    assert show_links(company.settings, command, Format.CSV) == 0
    assert explain_key_result(company.settings, "APP-4", Format.JSON) == 0
    assert capsys.readouterr().out.count("OPS-4") > 1
    project = Project(company.settings, with_secrets=False)
    request = Request(
        "accept", "APP-4", "OKR-1", Signature("Mia", "command", "local user"), "agreed"
    )
    assert draft(project, request).row["initiative"] == "OPS-4"
    with pytest.raises(UnknownInitiativeError, match="'APP-8'"):
        draft(project, replace(request, initiative="APP-8"))
