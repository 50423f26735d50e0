"""The figures of a run in one line, once it has ended.

What belongs here: counting what is published now, and what is new in it. What does not: printing.
"""

from __future__ import annotations

from dataclasses import dataclass

from deltalake import DeltaTable

from okr_model.tables import FINDINGS, KEY_RESULTS, LINKS
from pipelines.lake.manifest import read_manifest, table_trouble
from pipelines.project import Project
from pipelines.publish.history import history
from published.errors import UserError
from published.tables import PublishedTables


@dataclass(frozen=True, slots=True)
class Closing:
    """What a run published.

    Attributes:
        key_results: How many Key Results.
        stale: How many of them rest on something that could not be read.
        findings: How many findings.
        new_findings: How many of them were not published before; None where it is not known.
        links: How many links count.
    """

    key_results: int
    stale: int
    findings: int
    new_findings: int | None
    links: int

    def __str__(self) -> str:
        new = "" if self.new_findings is None else f"{self.new_findings:,} new of "
        return (
            f"{self.key_results:,} Key Results, {self.stale:,} stale; {new}{self.findings:,}"
            f" findings; {self.links:,} links"
        )


def published_findings(project: Project) -> set[str] | None:
    """The ids of the findings that were published last; None where they are not known.

    A run asks before it examines its state: of a file that is damaged or gone, the history of
    published tables tells. Empty only where nothing was ever published.
    """
    try:
        path = project.paths.duckdb
        return set(PublishedTables(path).frame(FINDINGS.name)["finding_id"])
    except KeyError:  # by a version without ids
        return None
    except UserError:
        return _findings_of_history(project)


def _findings_of_history(project: Project) -> set[str] | None:
    try:
        paths = project.paths
    except UserError:  # the run will say why
        return None
    folder, (key,) = paths.history / FINDINGS.name, FINDINGS.key
    if table_trouble(folder, None):
        return None
    if DeltaTable.is_deltatable(str(folder)):
        rows = history(paths.history, FINDINGS, [key])
        return set(rows[key].to_pylist()) if key in rows.column_names else None
    manifest, name = read_manifest(paths.manifest), f"published/{FINDINGS.name}"
    lost = paths.manifest.exists() if manifest is None else name in manifest.tables
    return None if lost or paths.duckdb.exists() else set()


def closing(project: Project, before: set[str] | None) -> Closing | None:
    """What is published now; None where nothing can be read.

    Args:
        project: Whose tables.
        before: The ids of the findings that were published before the run; None if not known.
    """
    tables = PublishedTables(project.paths.duckdb)
    try:
        key_results, links = tables.frame(KEY_RESULTS.name), tables.frame(LINKS.name)
        findings = tables.frame(FINDINGS.name)
    except UserError:
        return None
    return Closing(
        key_results=len(key_results),
        stale=int(key_results["stale_reason"].notna().sum()),
        findings=len(findings),
        new_findings=None if before is None else len(set(findings["finding_id"]) - before),
        links=int((links["state"] == "active").sum()),
    )
