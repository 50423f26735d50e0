"""What every part of the settings has in common."""

from __future__ import annotations

from connectors.source_facts import Section


class Part(Section):
    """A part of the settings: unknown keys are errors, nothing changes after loading."""
