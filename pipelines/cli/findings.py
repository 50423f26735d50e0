"""``okr findings``: what someone should look at.

What belongs here: sorting and printing the published findings. What does not: finding anything
(``okr_model``).
"""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from okr_model.tables.vocabulary import SEVERITIES
from pipelines.cli.shared.formatting import absent, plain
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published

_STYLE = {"error": "red", "warning": "yellow", "info": "dim"}


def show_findings(config: Path | None, form: Format) -> int:
    """Print the published findings, worst first; returns 0."""
    _, tables = open_published(config)
    frame = tables.frame("findings")
    rank = frame["severity"].map({name: place for place, name in enumerate(SEVERITIES)})
    frame = frame.assign(_rank=rank).sort_values(["_rank", "rule", "subject_id"])
    frame = frame.drop(columns="_rank")
    if form is not Format.TABLE:
        print_rows(frame, form)
        return 0
    table = Table(box=None)
    for name in ("Severity", "Rule", "About", "What and where"):
        table.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        where = "" if absent(row["url"]) else f"\n{plain(row['url'])}"
        table.add_row(
            Text(row["severity"], style=_STYLE[row["severity"]]),
            plain(row["rule"]),
            f"{row['subject_type']} {plain(row['subject_id'])}",
            plain(row["sentence"]) + where,
        )
    console().print(table)
    return 0
