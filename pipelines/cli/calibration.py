"""``okr calibration``: how often the calls of a past cycle came true.

What belongs here: selecting and printing published scores. What does not: computing them
(``publish.calibration``) and drawing them (``calibration_plot``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from okr_model.forecast.calibration import METHODS
from pipelines.cli.calibration_plot import draw
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published
from published.errors import UserError
from published.formatting import absent, chance, plain, share

_CALLED = {"computed": "computed probability", "team": "team's confidence", "pace": "pace alone"}
_WIDTH = 20


class UnknownCycleError(UserError):
    """No calls of the cycle have been scored."""


def show_calibration(
    config: Path | None, cycle: str | None, by: str, plot: Path | None, form: Format
) -> int:
    """Print the scores of one cycle and, if ``plot`` is given, draw them; returns 0.

    Raises:
        UnknownCycleError: The requested cycle has no scores.
    """
    _, tables = open_published(config)
    frame = tables.frame("calibration")
    if frame.empty:
        console().print(
            "No calls of an ended cycle are in the history yet: calls published in a cycle are "
            "scored once it has ended. For days before the first run: okr rebuild."
        )
        return 0
    known = sorted(frame["cycle_id"].unique())
    chosen = cycle or known[-1]
    if chosen not in known:
        raise UnknownCycleError(f"{chosen}: no calls to score; there are {', '.join(known)}.")
    mine = frame[frame["cycle_id"] == chosen]
    if plot is not None:
        plot.write_text(draw(mine[mine["part"] == "probability"], chosen), encoding="utf-8")
    shown = mine[mine["part"].isin(["all", "in common"] if by == "all" else [by])]
    shown = shown.sort_values(["part", "value"], key=_order)
    if form is not Format.TABLE:
        print_rows(shown, form)
        return 0
    _print(shown, chosen, by)
    return 0


def _order(column: pd.Series) -> pd.Series:
    """Sort key: weeks and deciles by number, other values as text."""
    return column.str.extract(r"^(\d+)", expand=False).str.zfill(3).fillna(column)


def _print(rows: pd.DataFrame, cycle: str, by: str) -> None:
    table = Table(box=None, title=f"{cycle}: calls and what came of them", title_justify="left")
    names = ("Calls by", by.capitalize(), "Calls", "KRs", "Brier", "Base rate", "Said", "Came true")
    for name in names:
        right = name in ("Calls", "KRs", "Brier", "Base rate", "Said", "Came true")
        table.add_column(name, justify="right" if right else "left")
    table.add_column("Sharpness", justify="right")
    table.add_column("said ▕, came true █" if by == "probability" else "")
    for method in METHODS:
        for row in rows[rows["method"] == method].to_dict("records"):
            value = "in common" if row["part"] == "in common" else plain(row["value"])
            table.add_row(*_cells(row, _CALLED[method], value, bar=by == "probability"))
    console().print(table)
    console().print(_legend(rows, by))


def _cells(row: dict[str, Any], called: str, value: str, *, bar: bool) -> list[Any]:
    counts = [f"{row['calls']}", f"{row['key_results']}"]
    if row["state"] == "too few":
        return [called, value, *counts, *["–"] * 5, Text("too few Key Results", style="dim")]
    scores = [f"{row[name]:.3f}" for name in ("brier", "base_rate_brier")]
    shares = [chance(row["stated"], settled=True), share(row["observed"])]
    drawn = _bar(row["stated"], row["observed"]) if bar else ""
    return [called, value, *counts, *scores, *shares, f"{row['sharpness']:.3f}", drawn]


def _bar(stated: Any, observed: Any) -> str:
    """A bar of the observed share, with a mark at the stated one."""
    if absent(stated):
        return ""
    cells = ["█" if (n + 0.5) / _WIDTH <= observed else "·" for n in range(_WIDTH)]
    cells[min(int(stated * _WIDTH), _WIDTH - 1)] = "▕"
    return "".join(cells)


def _legend(rows: pd.DataFrame, by: str) -> str:
    lines = ["Brier: mean of (probability − outcome)²; less is better, below the base rate helps."]
    if by == "all":
        lines.append("In common: the weeks with both a computed and a stated call.")
    unanswered = rows.loc[rows["method"] == "computed", "unanswered"].max()
    if unanswered and by == "all":
        lines.append(f"Not enough evidence for a computed probability: {unanswered} weekly calls.")
    return "\n".join(lines)
