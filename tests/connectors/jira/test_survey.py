"""What an account of Jira sees, the same on Cloud and Data Center."""

from __future__ import annotations

import pytest

from connectors.jira.facts import FACTS
from connectors.jira.settings import JiraSettings
from connectors.jira.survey import JiraSurvey, of_type
from sandbox.company.generate import build_jira
from sandbox.server.jira.app import jira_app
from sandbox.server.jira.datacenter import datacenter_app
from tests.connectors.support.asgi import answering
from tests.connectors.support.loopback import serving

TOKEN = "personal-access-token"


def seen(url: str, user: str | None) -> tuple[object, ...]:
    settings = JiraSettings(url, user, TOKEN, "project in (SUP, WEB)")
    survey = JiraSurvey(settings, FACTS.columns)
    try:
        tables = survey.tables()
        epic = next(table for table in tables if table.title == "Epic")
        sample = survey.sample(epic, 3)
        assert survey.account().kind == "a user account"
        assert survey.served_at is not None
        keys = sorted(cells["key"].text for cells in sample)
        counts = {table.title: table.count for table in tables}
        return survey.projects(), counts, keys, survey.count('project = "WEB"')
    finally:
        survey.close()


def test_cloud_and_data_center_show_the_same() -> None:
    site = build_jira(330, 7)
    with serving(answering(jira_app(site, {"mia@example.com": TOKEN}))) as server:
        cloud = seen(server.url, "mia@example.com")
    with serving(answering(datacenter_app(site, [TOKEN], {}))) as server:
        assert seen(server.url, None) == cloud
    projects, counts, keys, _ = cloud
    assert set(projects) == {"SUP", "WEB", "SAL"}  # type: ignore[call-overload]
    assert "Bug" in counts  # type: ignore[operator]
    assert len(keys) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "jql"),
    [("Bug", 'issuetype = "Bug"'), ('A "b" \\', 'issuetype = "A \\"b\\" \\\\"')],
)
def test_names_of_types_are_quoted(name: str, jql: str) -> None:
    assert of_type(name) == jql
