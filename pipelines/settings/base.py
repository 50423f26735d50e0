"""The base class of all settings classes.

What belongs here: what every part of the settings shares: its configuration, and an error that
knows its place. What does not: any key.
"""

from __future__ import annotations

from connectors.source_facts import Section


class Part(Section):
    """A part of the settings: unknown keys are errors, nothing changes after loading."""


class MistakeError(ValueError):
    """What several parts of the settings get wrong together, at the place where it is written.

    Args:
        at: The keys and positions that lead to the place, from the part whose validator raises it.
        sentence: What is wrong there, and what to write instead.
    """

    def __init__(self, at: tuple[str | int, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.at = at
