"""The content of all three services, generated from the definition.

What belongs here: combining the services. What does not: one service's content (``generate_jira``,
``generate_notion``, ``generate_google``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import resources
from zoneinfo import ZoneInfo

from sandbox.company.generate_google import fill_google
from sandbox.company.generate_jira import JiraContent
from sandbox.company.generate_notion import fill_notion
from sandbox.company.past_issues import PastContent
from sandbox.company.truth import Definition, load
from sandbox.server.clock import Clock, to_ms
from sandbox.server.google.sheets.store import GoogleDrive
from sandbox.server.jira.store import JiraSite
from sandbox.server.notion.store import NotionWorkspace


@dataclass(frozen=True)
class Company:
    """The sample company's content in the three services, and the expected results.

    See :class:`sandbox.server.contents.Contents`.
    """

    truth: Definition
    clock: Clock
    jira: JiraSite
    notion: NotionWorkspace
    sheets: GoogleDrive

    @property
    def title(self) -> str:
        """The company's name."""
        return self.truth.company

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return self.truth.zone

    @cached_property
    def settings(self) -> str:
        """Its ``okr.yaml``."""
        return (resources.files("sandbox.company") / "okr.yaml").read_text("utf-8")


def build_jira(issues: int, seed: int) -> JiraSite:
    """Only the Jira of :func:`build`."""
    truth = load()
    content = JiraContent(truth, issues, seed)
    return JiraSite(content, Clock(truth.clock), content.me)


def build(
    issues: int, seed: int, *, readers: tuple[str, ...] = (), until: datetime | None = None
) -> Company:
    """Generate everything, deterministically.

    Args:
        issues: How many Jira issues there are in the end.
        seed: Seed of the filler issues.
        readers: E-mail addresses that may read the spreadsheets.
        until: Leave out what happened later; None is the end of the story.
    """
    truth = load()
    until = until or truth.clock
    jira = build_jira(issues, seed) if until >= truth.clock else _past_jira(issues, seed, until)
    clock = jira.clock
    notion = NotionWorkspace(clock)
    sheets = GoogleDrive(clock, readers)
    fill_notion(truth, notion, until)
    fill_google(truth, sheets, until)
    return Company(truth, clock, jira, notion, sheets)


def _past_jira(issues: int, seed: int, until: datetime) -> JiraSite:
    """Jira as it stood then: the same issues with what came later taken back."""
    whole = JiraContent(load(), issues, seed)
    content = PastContent(whole, to_ms(until))
    site = JiraSite(content, Clock(until), whole.me)
    site.withhold(content.unborn)
    return site
