"""The rich console, which shows what sources say as harmlessly as all other output.

What belongs here: what it does otherwise than rich's own. What does not: its settings, and output
without it (``output``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from pipelines.cli.shared.output import harmless


class HarmlessConsole(Console):
    """Shows texts harmlessly, whether they come as such or within something renderable."""

    def render_str(self, text: str, **how: Any) -> Text:
        """Text that was handed over as such."""
        return super().render_str(harmless(text), **how)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Text within something renderable; what rich itself tells the terminal stays."""
        for one in super().render(renderable, options):
            yield one if one.control else Segment(harmless(one.text), one.style)
