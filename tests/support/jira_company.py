"""An organization whose OKRs are wholly in Jira: Objectives, Key Results, numbers and comments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days import late_entries
from pipelines.project import Project
from published.tables import PublishedTables
from tests.connectors.support.loopback import Loopback, Reply, serving
from tests.connectors.support.scripted_jira import ScriptedJira, comment, stamp

SETTINGS = """
organization: {{name: Acme, timezone: Europe/Berlin}}
cycles: [{{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}}]
sources:
  jira: {{url: "{url}", user: mia@example.com, token: "${{JIRA_TOKEN}}", jql: project = OKR}}
datasets:
  - holds: objectives
    from: jira
    where: {{issue_type: Objective}}
    fields: {{id: key, title: summary, team: labels}}
    teams: team-*
  - holds: key_results
    from: jira
    where: {{issue_type: Key Result}}
    fields:
      id: key
      statement: summary
      objective: parent
      team: labels
      target: Target
      baseline: Baseline
      unit: Unit
      due: duedate
      rationale: Rationale
    teams: team-*
  - holds: check_ins
    from: jira
    where: {{issue_type: Key Result}}
    comments: {{}}
"""
NUMBERS = ("customfield_10", "customfield_11")
FIELDS = [
    {"id": "summary", "name": "Summary", "custom": False, "schema": {"type": "string"}},
    {"id": "duedate", "name": "Due date", "custom": False, "schema": {"type": "date"}},
    {"id": "labels", "name": "Labels", "custom": False,
     "schema": {"type": "array", "items": "string"}},
    {"id": "parent", "name": "Parent", "custom": False, "schema": {"type": "issuelink"}},
    {"id": "customfield_10", "name": "Target", "custom": True, "schema": {"type": "number"}},
    {"id": "customfield_11", "name": "Baseline", "custom": True, "schema": {"type": "number"}},
    {"id": "customfield_12", "name": "Unit", "custom": True, "schema": {"type": "string"}},
    {"id": "customfield_13", "name": "Rationale", "custom": True, "schema": {"type": "string"}},
]  # fmt: skip
NAMES = {str(one["name"]): str(one["id"]) for one in FIELDS}


@dataclass
class JiraCompany:
    """One Objective (OKR-1) and its Key Results from OKR-2 on; let nights go by."""

    folder: Path
    server: Loopback
    site: ScriptedJira
    said: int = 0
    logged: int = field(default=0)

    def key_result(self, number: int, made: dt.datetime, **fields: Any) -> None:
        """An issue of a Key Result; fields by their names."""
        self.site.add(
            number,
            "OKR",
            issuetype={"id": "10100", "name": "Key Result"},
            parent={"id": "10001", "key": "OKR-1"},
            created=stamp(made),
            updated=stamp(made),
            **{NAMES[name]: value for name, value in fields.items()},
        )
        self.site.logs[str(10_000 + number)] = []

    def change(self, number: int, at: dt.datetime, **fields: Any) -> None:
        """Change fields, by their names, as the log of the issue tells."""
        issue = self.site.issues[str(10_000 + number)]["fields"]
        items = []
        for name, value in fields.items():
            id_ = NAMES[name]
            old, issue[id_] = issue.get(id_), value
            items.append(
                {
                    "field": name,
                    "fieldId": id_,
                    "from": None,
                    "to": None,
                    "fromString": _logged(old),
                    "toString": _logged(value),
                }
            )
            if name in ("Due date",):
                items[-1] |= {"from": old, "to": value}
        issue["updated"] = stamp(at)
        self.logged += 1
        entry = {
            "id": str(70_000 + self.logged),
            "created": stamp(at),
            "author": {"accountId": "mia"},
            "items": items,
        }
        self.site.logs[str(10_000 + number)].append(entry)  # fmt: skip

    def say(self, number: int, at: dt.datetime, body: str) -> None:
        """Comment on an issue."""
        self.said += 1
        self.site.comments.setdefault(str(10_000 + number), []).append(comment(self.said, at, body))
        self.site.touch(number, at)

    def project(self, now: dt.datetime) -> Project:
        """The organization at an instant."""
        return Project(self.folder / "okr.yaml", now=now)

    def night(self, now: dt.datetime, *, fails: bool = False, answers: bool = False) -> str:
        """A night without Dagster, in which reading Jira may fail; returns its run.

        It then refuses everything, unless it ``answers`` and something else is the matter.
        """
        self.server.date = now
        project = self.project(now)
        run_id = f"night of {now}"
        self.site.interrupt = lambda asked: Reply(401) if fails and not answers else None
        for outcome in pull_sources(project, project.settings.source_names):
            assert bool(outcome.error) == fails, outcome.error
        run_steps(NIGHTLY, project, run_id)
        late_entries.publish_night(project, run_id)
        return run_id

    def table(self, name: str) -> pd.DataFrame:
        """A published table."""
        return PublishedTables(self.folder / "data" / "published.duckdb").frame(name)


def _logged(value: Any) -> str | None:
    return None if value is None else str(value)


@contextmanager
def jira_company(folder: Path, monkeypatch: Any) -> Iterator[JiraCompany]:
    """The company, with its Objective."""
    monkeypatch.setenv("JIRA_TOKEN", "s3cr3t")
    site = ScriptedJira()
    site.fields, site.projects = list(FIELDS), {"OKR"}
    site.add(1, "OKR", issuetype={"id": "10099", "name": "Objective"}, labels=["team-growth"])
    site.logs["10001"] = []
    with serving(site.answer) as server:
        (folder / "okr.yaml").write_text(SETTINGS.format(url=server.url), encoding="utf-8")
        yield JiraCompany(folder, server, site)
