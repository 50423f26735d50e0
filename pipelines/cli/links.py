"""``okr links``: which initiative serves which Key Result, and how we know."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.cli.app import Format
from pipelines.cli.output import console, print_rows
from pipelines.cli.published import open_published
from pipelines.cli.show import in_order
from pipelines.cli.words import plain
from pipelines.readers import PublishedTables, UnknownKeyResultError

_STYLE = {"active": "", "overruled": "yellow", "broken": "red"}


def show_links(config: Path | None, key_result: str | None, form: Format) -> int:
    """Print every claim, or those on one Key Result; 0.

    Raises:
        UnknownKeyResultError: ``key_result`` is neither published nor claimed by anything.
    """
    _, tables = open_published(config)
    frame = in_order(tables.frame("links"))
    if key_result:
        frame = frame[frame["key_result_id"].str.casefold() == key_result.casefold()]
        if frame.empty:
            require_key_result(tables, key_result)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return 0
    screen = console()
    _print_claims(screen, frame)
    if key_result is None:
        _print_totals(screen, frame, tables.frame("initiatives"))
    return 0


def require_key_result(tables: PublishedTables, key_result: str) -> pd.DataFrame:
    """The published rows of ``key_result``, whatever its letters' case.

    Raises:
        UnknownKeyResultError: There are none; the message says which ids there are.
    """
    frame = tables.frame("key_results")
    found = frame[frame["key_result_id"].str.casefold() == key_result.casefold()]
    if found.empty:
        known = ", ".join(in_order(frame)["key_result_id"])
        raise UnknownKeyResultError(
            f"no Key Result {key_result!r} is published. There are: {known}"
        )
    return found


def _print_claims(screen: Console, frame: pd.DataFrame) -> None:
    table = Table(box=None)
    for name in ("KR", "Initiative", "State", "By", "Where", "Evidence"):
        table.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        also = [] if row["also_by"] is None else list(row["also_by"])
        weight = f" × {row['weight']:.2g}" if row["state"] == "active" and row["weight"] < 1 else ""
        table.add_row(
            plain(row["key_result_id"]),
            plain(row["initiative"]),
            Text(row["state"] + weight, style=_STYLE[row["state"]]),
            ", ".join([row["rule"], *also]),
            f"{row['source']}: {plain(row['field'])}\n{plain(row['url'])}",
            plain(row["evidence"]),
        )
    screen.print(table)


def _print_totals(screen: Console, claims: pd.DataFrame, initiatives: pd.DataFrame) -> None:
    linked = int((initiatives["active_links"] > 0).sum())
    orphans = initiatives[initiatives["active_links"] == 0]
    states = claims["state"].value_counts()
    screen.print(
        f"\n{len(initiatives)} initiatives: {linked} linked, {len(orphans)} without a link. "
        f"{len(claims)} claims: "
        + ", ".join(f"{states.get(state, 0)} {state}" for state in _STYLE)
        + "."
    )
    if len(orphans):
        screen.print("Without a link: " + "; ".join(plain(name) for name in orphans["initiative"]))
