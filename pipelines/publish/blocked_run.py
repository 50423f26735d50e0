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


@dataclass(frozen=True, slots=True)
class BlockedRun:
    """A run that was not published.

    Attributes:
        as_of: The day it computed, as an ISO date.
        violations: What each failed check found, by the check's name.
        findings: The columns of the table ``findings``.
    """

    as_of: str
    violations: Mapping[str, Sequence[str]]
    findings: pd.DataFrame


def keep_blocked(path: Path, blocked: BlockedRun) -> None:
    """Replace the file at ``path`` in one step."""
    rows = blocked.findings.astype("str").where(blocked.findings.notna(), None)
    said = {
        "as_of": blocked.as_of,
        "violations": {name: list(found) for name, found in blocked.violations.items()},
        "findings": rows.astype("object").where(rows.notna(), None).to_dict("records"),
    }
    write_whole(path, json.dumps(said, ensure_ascii=False, indent=1).encode())


def read_blocked(path: Path) -> BlockedRun | None:
    """The last run, if it was not published; None, too, if the file cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rows = pd.DataFrame(said["findings"], columns=list(FINDINGS.column_names), dtype="object")
        return BlockedRun(said["as_of"], said["violations"], rows)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def forget_blocked(path: Path) -> None:
    """A run was published."""
    path.unlink(missing_ok=True)
