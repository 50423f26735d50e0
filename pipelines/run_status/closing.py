"""The figures of a run in one line, once it has ended.

What belongs here: counting what is published now, and what is new in it. What does not: printing.
"""

from __future__ import annotations

from dataclasses import dataclass

from okr_model.tables import FINDINGS, KEY_RESULTS, LINKS
from pipelines.project import Project
from published.errors import UserError
from published.tables import PublishedTables


@dataclass(frozen=True, slots=True)
class Closing:
    """What a run published.

    Attributes:
        key_results: How many Key Results.
        stale: How many of them rest on something that could not be read.
        findings: How many findings.
        new_findings: How many of them were not published before.
        links: How many links count.
    """

    key_results: int
    stale: int
    findings: int
    new_findings: int
    links: int

    def __str__(self) -> str:
        return (
            f"{self.key_results:,} Key Results, {self.stale:,} stale; {self.new_findings:,} new of"
            f" {self.findings:,} findings; {self.links:,} links"
        )


def published_findings(project: Project) -> set[str]:
    """The ids of the findings that readers see; empty where nothing is published."""
    try:
        return set(PublishedTables(project.paths.duckdb).frame(FINDINGS.name)["finding_id"])
    except (UserError, KeyError):  # nothing yet, or by a version without ids
        return set()


def closing(project: Project, before: set[str]) -> Closing | None:
    """What is published now; None where nothing can be read.

    Args:
        project: Whose tables.
        before: The ids of the findings that were published before the run.
    """
    tables = PublishedTables(project.paths.duckdb)
    try:
        key_results, links = tables.frame(KEY_RESULTS.name), tables.frame(LINKS.name)
    except UserError:
        return None
    now = published_findings(project)
    return Closing(
        key_results=len(key_results),
        stale=int(key_results["stale_reason"].notna().sum()),
        findings=len(now),
        new_findings=len(now - before),
        links=int((links["state"] == "active").sum()),
    )
