"""The figures of the issues and rows behind a value are written like all others."""

from __future__ import annotations

import io

import pandas as pd
from rich.console import Console

from pipelines.cli.shared.sources import print_issues, print_rows_of_value


def printed(show: object, *of: dict[str, object]) -> list[str]:
    screen = Console(file=io.StringIO(), width=200)
    show(screen, list(of))  # type: ignore[operator]
    return screen.file.getvalue().splitlines()[1:]  # type: ignore[attr-defined]


def test_no_figure_has_a_power_of_ten_or_a_separator_of_thousands() -> None:
    row = {"value": 1512300.5, "field": "Amount", "text": "1.512.300,50 €", "url": None}
    (line,) = printed(print_rows_of_value, row)
    assert line.split() == ["1512300.5", "Amount:", "1.512.300,50", "€"]
    began = pd.Timestamp("2026-09-22T07:00Z")
    issue = {"key": "FLT-28", "title": None, "url": "", "created_at": began, "resolved_at": pd.NaT}
    (line,) = printed(print_issues, issue | {"hours": 1372.0})
    assert line.split()[:3] == ["1372.00", "h", "FLT-28"]
    (line,) = printed(print_issues, issue | {"hours": 1372.0, "number": 2500000.0})
    assert line.split()[:2] == ["2500000", "FLT-28"]
    (line,) = printed(print_issues, issue | {"hours": float("nan"), "number": float("nan")})
    assert line.split()[:3] == ["no", "value", "FLT-28"]
    moved = pd.Timestamp("2026-11-02T09:30Z")
    (line,) = printed(print_issues, issue | {"hours": 1372.0, "moved_at": moved})
    assert line.split()[:5] == ["FLT-28", "moved", "2026-11-02", "09:30", "UTC"]
