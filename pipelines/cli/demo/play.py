"""``okr demo edit`` and ``okr demo next-day``: ask the services, say what will change.

What belongs here: the requests to the stand-ins and the sentences about them. What does not: the
edits themselves (``sandbox.server``), and nightly runs (``run``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from pipelines.cli.demo.serving import ask
from pipelines.cli.shared.output import console
from pipelines.cli.shared.published import open_published
from published.formatting import plain
from published.tables import PublishedTables

_COLUMN = r"&range=[A-Z]+"
_AS_OF = re.compile(r"^as_of: \S+", re.MULTILINE)
_READ_AS = {
    "key_results": "its definition",
    "links": "a link",
    "check_ins": "a check-in",
    "measurements": "a measurement",
}


def play(folder: Path, command: Mapping[str, Any]) -> None:
    """Edit a record; print what changed there, whom it concerns, and what to run.

    Raises:
        UserError: The services are not up, or there is no such record, field or value.
    """
    said, screen = ask(folder, command), console()
    for sentence in said["told"]:
        screen.print(plain(sentence))
    settings = folder / "okr.yaml"
    _, tables = open_published(settings)
    concerned = _concerned(tables, said["records"])
    for key_result, reasons in concerned.items():
        screen.print(f"  The next run will see it in {key_result}: {_listed(reasons)}.")
    if not concerned:
        screen.print("  The next run will read it; no published Key Result came from it so far.")
    _print_next(screen, settings, list(concerned))


def next_day(folder: Path) -> None:
    """Move the day of the services and of the demo's settings on.

    Raises:
        UserError: The services are not up.
    """
    said, screen = ask(folder, {"do": "next day"}), console()
    settings = folder / "okr.yaml"
    text = _AS_OF.sub(f"as_of: {said['day']}", settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")
    for sentence in said["told"]:
        screen.print(f"{sentence} {settings} says as_of: {said['day']}.")
    screen.print("  The next run publishes that day: expected progress moves on, values stay.")
    _print_next(screen, settings, [])


def _concerned(tables: PublishedTables, records: Sequence[str]) -> dict[str, list[str]]:
    """Which Key Results were read from a record or from one it is a part of, and as what."""
    found: dict[str, list[str]] = {}
    for table, words in _READ_AS.items():
        for record in records:
            # Of a sheet, the record is the row, and an address may open any cell of it.
            row = re.sub(_COLUMN, "&range=A", record)
            same = "ends_with(regexp_replace(url, ?, '&range=A'), ?)"
            rows = tables.frame(table, same, [_COLUMN, row])
            for name in rows["key_result_id"].dropna().unique():
                reasons = found.setdefault(str(name), [])
                if words not in reasons:
                    reasons.append(words)
    return dict(sorted(found.items()))


def _listed(reasons: Sequence[str]) -> str:
    return f"{' and '.join(reasons)} came from this record"


def _print_next(screen: Console, settings: Path, key_results: Sequence[str]) -> None:
    screen.print("Now run:")
    screen.print(f"  okr sync -c {settings}", soft_wrap=True)
    if len(key_results) == 1:
        screen.print(f"  okr explain {key_results[0]} -c {settings}", soft_wrap=True)
