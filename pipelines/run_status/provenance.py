"""With which settings and which program a run computes.

What belongs here: telling them, so that a later run can say whether they are still the same. What
does not: the other inputs of a run (``unchanged_inputs``).
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipelines.project import Project
from pipelines.settings import find_settings

_NO_INPUT: dict[str, Any] = {
    "as_of": True,
    "page": True,
    "alerts": True,
    "messages": True,
    "logs": True,
    "metrics": True,
    "data": True,
    "publish": {"duckdb": True, "targets": True},
}
"""Settings that change no table: who may read them, where they lie, what is told of them. The day
itself is a column beside."""
_MASKED, _WITHOUT = '"**********"', '""'
"""A secret as pydantic writes it, and where there is none."""
_CODE = ("connectors", "okr_model", "pipelines")


def provenance(project: Project) -> dict[str, str]:
    """The columns ``version``, ``code`` and ``settings`` of the table ``runs``."""
    return {
        "version": version("okr-sync"),
        "code": code_digest(Path(__file__).parents[2]),
        "settings": settings_digest(project),
    }


def settings_digest(project: Project) -> str:
    """A digest of the settings without secrets; the same wherever the folder of okr.yaml lies.

    What reads nothing does without them, and its settings are the same for that.
    """
    folder = str(find_settings(project.settings_path).resolve().parent)
    text = project.settings.model_dump_json(exclude=_NO_INPUT)
    text = text.replace(json.dumps(folder, ensure_ascii=False)[1:-1], ".")
    text = text.replace(_MASKED, _WITHOUT)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def code_digest(root: Path) -> str:
    """A digest of the program's files, as another version may compute different tables."""
    digest = hashlib.sha256()
    for file in sorted(file for package in _CODE for file in (root / package).rglob("*.py")):
        digest.update(f"{file.relative_to(root)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
