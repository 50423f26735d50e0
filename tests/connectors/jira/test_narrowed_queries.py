"""A query goes on without the projects that Jira does not know any more."""

from __future__ import annotations

import pytest

from connectors.jira.api.search import without_unknown_projects

UNKNOWN = "The value 'OLD' does not exist for the field 'project'."


@pytest.mark.parametrize(
    ("jql", "details", "left", "dropped"),
    [
        ("project in (SUP, OLD)", UNKNOWN, "project in (SUP)", ("OLD",)),
        ("Project IN(old,SUP) AND type = Bug", UNKNOWN, "Project IN(SUP) AND type = Bug", ("old",)),
        ('project in ("OLD", "Web shop")', UNKNOWN, 'project in ("Web shop")', ("OLD",)),
        (
            "project in (A, B, C)",
            "Der Wert „A“ ist für das Feld „project“ nicht vorhanden. Der Wert „C“ auch.",
            "project in (B)",
            ("A", "C"),
        ),
        ("project in (OLD)", UNKNOWN, "project in (OLD)", ()),
        ("project = OLD", UNKNOWN, "project = OLD", ()),
        ("project in (SUP, WEB)", "Error in the JQL Query.", "project in (SUP, WEB)", ()),
        ("project not in (OLD, WEB)", UNKNOWN, "project not in (OLD, WEB)", ()),
    ],
)
def test_only_unknown_projects_leave_the_list(
    jql: str, details: str, left: str, dropped: tuple[str, ...]
) -> None:
    assert without_unknown_projects(jql, details) == (left, dropped)
