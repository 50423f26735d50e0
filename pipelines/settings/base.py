"""The base class of all settings classes.

What belongs here: configuration common to every part of the settings. What does not: any key.
"""

from __future__ import annotations

from connectors.source_facts import Section


class Part(Section):
    """A part of the settings: unknown keys are errors, nothing changes after loading."""
