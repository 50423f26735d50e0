"""Texts for meetings: to the screen or to a file.

What belongs here: that choice. What does not: the texts.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.cli.shared.output import harmless, say
from published.errors import UserError


def write_or_say(text: str, output: Path | None, name: str) -> None:
    """Write a text to a file and say so, or print it.

    Args:
        text: The text.
        output: The file; None prints it.
        name: What the text is, at the beginning of a sentence.

    Raises:
        UserError: The file cannot be written.
    """
    text = text.rstrip("\n")
    if output is None:
        say(text)
        return
    try:
        output.write_text(f"{harmless(text)}\n", "utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error.strerror}.") from None
    say(f"{name} is in {output}.")
