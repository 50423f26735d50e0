"""Which settings a source's error may come from.

What belongs here: naming them, with their line and the variable or file that gives them. What does
not: any value.
"""

from __future__ import annotations

from connectors.errors import SourceError
from pipelines.project import Project


def set_by(project: Project, error: SourceError) -> str:
    """Where the settings that an error blames are given, in a sentence; empty if it blames none."""
    origins = (project.written.origin("sources", error.source, key) for key in error.blames)
    told = ", ".join(filter(None, origins))
    return f"Set by {told}." if told else ""
