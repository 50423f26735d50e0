"""The settings file as it is written: on which line a setting stands, and what changed in it.

What belongs here: saying where a setting comes from, and comparing two states of the file. What
does not: what a setting means (``settings``), and any value that the environment or a file gives.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.settings.file.documents import read_document
from pipelines.settings.file.problems import Location, dotted, line_of, lines_below

_VARIABLES = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})+")
_TELLS_NOTHING = frozenset(
    {"as_of", "page", "alerts", "messages", "logs", "metrics", "schedule", "publish"}
)
"""Keys that no published number depends on, or that change every day."""
_MOST = 60  # letters of a value
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Written:
    """A settings file.

    Attributes:
        name: Its name, as messages say it.
        document: Its content; no value is substituted.
        lines: The 1-based line of every key and item.
    """

    name: str
    document: Mapping[str, Any]
    lines: Mapping[Location, int]

    @classmethod
    def read(cls, path: Path) -> Written:
        """Read the file.

        Raises:
            pipelines.settings.file.documents.SettingsError: It cannot be read.
        """
        root, document = read_document(path)
        return cls(path.name, document, lines_below(root))

    def line(self, *at: str | int) -> str:
        """Such as ``okr.yaml:27``: where a setting, or what it would be a part of, stands."""
        return f"{self.name}:{line_of(self.lines, at)}"

    def value(self, *at: str | int) -> Any:
        """What is written there; None if nothing is."""
        found: Any = self.document
        for part in at:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def origin(self, *at: str | int) -> str:
        """Such as ``sources.jira.token = ${JIRA_TOKEN} (okr.yaml:27)``; empty if left out.

        What the environment or a file gives is never said, nor is a value of the file itself.
        """
        value = self.value(*at)
        if value is None:
            return ""
        given = ""
        if isinstance(value, Mapping) and set(value) == {"file"}:
            given = f" = {{file: {value['file']}}}"
        elif isinstance(value, str) and _VARIABLES.fullmatch(value):
            given = f" = {value}{_from_file(value)}"
        return f"{dotted(at)}{given} ({self.line(*at)})"

    def changes_since(self, before: Mapping[str, Any]) -> list[str]:
        """What differs from an earlier state of the file, a sentence without full stop for each.

        Args:
            before: Its content then.
        """
        names = dict.fromkeys([*self.document, *before])
        return [
            self._told(at, then, now)
            for name in names
            if name not in _TELLS_NOTHING
            for at, then, now in _differing(
                before.get(name, _ABSENT), self.document.get(name, _ABSENT), (name,)
            )
        ]

    def _told(self, at: Location, then: Any, now: Any) -> str:
        where = f"({self.line(*at)})"
        if then is _ABSENT:
            return f"{dotted(at)} was added: {_shown(now)} {where}"
        if now is _ABSENT:
            return f"{dotted(at)} was taken out; it was {_shown(then)} {where}"
        return f"{dotted(at)} was {_shown(then)} and is {_shown(now)} {where}"


def _from_file(value: str) -> str:
    """Which variable names the file that stands in for one that is not set."""
    names = [part.strip("${}") for part in value.split("}") if part.strip("${}")]
    named = [f"{one}_FILE" for one in names if not os.environ.get(one)]
    return "".join(f", from the file that {one} names" for one in named if os.environ.get(one))


def _differing(then: Any, now: Any, at: Location) -> Iterator[tuple[Location, Any, Any]]:
    """The innermost parts that differ."""
    if then == now:
        return
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*then, *now]):
            yield from _differing(then.get(key, _ABSENT), now.get(key, _ABSENT), (*at, key))
    elif not (isinstance(then, list) and isinstance(now, list)):
        yield at, then, now
    elif len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from _differing(one, other, (*at, number))
    else:
        added = [(number, one) for number, one in enumerate(now) if one not in then]
        yield from (((*at, number), _ABSENT, one) for number, one in added)
        yield from ((at, one, _ABSENT) for one in then if one not in now)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"“{text[: _MOST - 1]}…”" if len(text) > _MOST else f"“{text}”"
