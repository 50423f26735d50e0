"""All three services' content, made from the definition.

Here the parts come together; each service's own content is in ``generate_jira``,
``generate_notion`` and ``generate_google``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.company.generate_google import fill_google
from sandbox.company.generate_jira import JiraContent
from sandbox.company.generate_notion import fill_notion
from sandbox.company.truth import Definition, load
from sandbox.server.clock import Clock
from sandbox.server.google.sheets.store import GoogleDrive
from sandbox.server.jira.store import JiraSite
from sandbox.server.notion.store import NotionWorkspace


@dataclass(frozen=True, slots=True)
class Company:
    """The sample company as the three services hold it, and the truth about it."""

    truth: Definition
    clock: Clock
    jira: JiraSite
    notion: NotionWorkspace
    sheets: GoogleDrive


def build_jira(issues: int, seed: int) -> JiraSite:
    """Jira alone, as :func:`build` makes it."""
    truth = load()
    content = JiraContent(truth, issues, seed)
    return JiraSite(content, Clock(truth.clock), content.me)


def build(issues: int, seed: int, *, readers: tuple[str, ...] = ()) -> Company:
    """Make everything; the same arguments always make the same.

    Args:
        issues: How many Jira issues there are in all.
        seed: Decides what the everyday ones are about.
        readers: E-mail addresses that may read the spreadsheets.
    """
    truth = load()
    jira = build_jira(issues, seed)
    clock = jira.clock
    notion = NotionWorkspace(clock)
    sheets = GoogleDrive(clock, readers)
    fill_notion(truth, notion)
    fill_google(truth, sheets)
    return Company(truth, clock, jira, notion, sheets)
