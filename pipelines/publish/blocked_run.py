"""What kept the last run from being published, and its findings, until a run is published again.

What belongs here: keeping them in one file beside the tables, and reading them back. What does not:
the checks themselves (``checks``) and how it is shown (``cli``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from okr_model.tables import FINDINGS
from pipelines.lake.manifest import write_whole
from pipelines.project import Project


@dataclass(frozen=True, slots=True)
class BlockedRun:
    """A run that was not published.

    Attributes:
        as_of: The day it computed, as an ISO date.
        violations: What each failed check found, by the check's name.
        findings: The columns of the table ``findings``.
        lost: The ids of the published Key Results that would be gone.
        changed: What was changed in the settings since the last published run, a sentence without
            full stop for each; None where that is not known.
    """

    as_of: str
    violations: Mapping[str, Sequence[str]]
    findings: pd.DataFrame
    lost: Sequence[str] = ()
    changed: Sequence[str] | None = None

    @property
    def advice(self) -> list[str]:
        """What to look at first and what last, in sentences."""
        losses = not _OF_LOSSES.isdisjoint(self.violations)
        return [*_changed(self.changed), *([ON_PURPOSE] if losses else [])]


ON_PURPOSE = (
    "Only if the loss is on purpose: set thresholds: {lost_share: 1} for one run, which publishes"
    " without what is gone."
)
_OF_LOSSES = frozenset(("key_results_kept", "links_kept", "cycles_known"))
_MOST = 5


def _changed(changed: Sequence[str] | None) -> list[str]:
    if changed is None:
        return []
    if not changed:
        return ["okr.yaml has not changed since the last published run: look into the sources."]
    more = f"; and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
    return [
        f"Changed in okr.yaml since the last published run: {'; '.join(changed[:_MOST])}{more}."
        " Undo or correct that, and run: okr sync."
    ]


def keep_blocked(path: Path, blocked: BlockedRun) -> None:
    """Replace the file at ``path`` in one step."""
    rows = blocked.findings.astype("str").where(blocked.findings.notna(), None)
    said = {
        "as_of": blocked.as_of,
        "violations": {name: list(found) for name, found in blocked.violations.items()},
        "findings": rows.astype("object").where(rows.notna(), None).to_dict("records"),
        "lost": list(blocked.lost),
        "changed": None if blocked.changed is None else list(blocked.changed),
    }
    write_whole(path, json.dumps(said, ensure_ascii=False, indent=1).encode())


def read_blocked(path: Path) -> BlockedRun | None:
    """The last run, if it was not published; None, too, if the file cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rows = pd.DataFrame(said["findings"], columns=list(FINDINGS.column_names), dtype="object")
        more = {name: said[name] for name in ("lost", "changed") if name in said}
        return BlockedRun(said["as_of"], said["violations"], rows, **more)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def note_published(project: Project) -> None:
    """A run was published: nothing keeps it from being so, and with these settings."""
    project.paths.blocked_run.unlink(missing_ok=True)
    text = json.dumps(project.written.document, ensure_ascii=False)
    write_whole(project.paths.published_settings, text.encode())


def changed_settings(project: Project) -> list[str] | None:
    """What was changed in the settings since the last published run; None if that is not known."""
    try:
        before = json.loads(project.paths.published_settings.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return project.written.changes_since(before) if isinstance(before, dict) else None
