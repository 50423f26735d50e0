"""The sources in ``okr.yaml``.

What belongs here: which sources there are. What does not: their keys, which each connector declares
in its own section (``connectors.<source>.facts``).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from connectors.registry import SOURCE_FACTS


def _known(name: str) -> str:
    if name not in SOURCE_FACTS:
        if name.casefold() in SOURCE_FACTS:
            raise ValueError(f"unknown value. Did you mean {name.casefold()}?")
        raise ValueError(f"there is no source {name!r}; known: {', '.join(SOURCE_FACTS)}.")
    return name


SourceName = Annotated[
    str,
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "enum": list(SOURCE_FACTS)}),
]
