"""``okr measure``: what a measure would give a Key Result, before it is declared.

What belongs here: printing a trial. What does not: evaluating it (``model.measures.trial``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.sources import print_issues, print_rows_of_value
from pipelines.project import Project
from published.formatting import day as in_words
from published.formatting import declared, plain, quantity

_SERIES = ("date", "value", "text", "conversion", "field", "n", "problem", "settles_on", "url")
_LONGEST = 30  # values of a series that are printed


def show_measure(
    config: Path | None,
    text: str,
    key_result: str,
    day: dt.date | None,
    settle: str | None,
    form: Format,
) -> int:
    """Print a measure's value for a Key Result with all it came from; writes nothing.

    Returns:
        0; 1 if the measure has no value.

    Raises:
        UserError: The measure, the Key Result or the settings cannot be used, or the lake is
            damaged.
    """
    from pipelines.lake.streams import ensure_not_empty
    from pipelines.maintenance.whole import ensure_whole
    from pipelines.model.measures.trial import try_measure

    project = Project(config, day, with_secrets=False, at_review=False)
    ensure_whole(project)
    ensure_not_empty(project.lake)
    trial = try_measure(project, text, key_result, _days(settle))
    shown = _machine(trial, project.clock.as_of)
    if form is Format.JSON:
        print_json(shown)
    else:
        _print(shown, trial.elsewhere)
    return 0 if shown["value"] is not None else 1


def _days(settle: str | None) -> int:
    from pipelines.settings.datasets import settle_days
    from published.errors import UserError

    try:
        return settle_days(settle) if settle else 0
    except ValueError as error:
        raise UserError(str(error)) from None


def _machine(trial: Any, as_of: dt.date) -> dict[str, Any]:
    known = trial.series[trial.series["value"].notna()]
    last = trial.series.iloc[-1] if len(trial.series) else None
    value = None if last is None or pd.isna(last["value"]) else float(last["value"])
    unit = trial.key_result["unit"]
    names = [name for name in _SERIES if name in trial.series]
    return {
        "measure": trial.measure.what.text,
        "key_result_id": trial.measure.key_result_id,
        "cycle_id": trial.key_result["cycle_id"],
        "as_of": as_of,
        "value": value,
        "unit": None if pd.isna(unit) else unit,
        "value_at": None if value is None else known["date"].iloc[-1].date(),
        "series": _records(trial.series, names),
        "provisional": _records(trial.waiting, [name for name in names if name != "n"]),
        "issues": trial.issues,
        "rows": trial.rows,
        "findings": trial.findings[["rule", "severity", "sentence"]].to_dict("records"),
    }


def _records(frame: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    shown = frame[names].assign(date=frame["date"].dt.date, settles_on=frame["settles_on"].dt.date)
    return [{str(name): value for name, value in row.items()} for row in shown.to_dict("records")]


def _print(shown: dict[str, Any], elsewhere: dt.date | None) -> None:
    screen = console()
    unit = shown["unit"]
    screen.print(Text(f"{shown['key_result_id']} of {shown['cycle_id']}", style="bold"))
    screen.print(f"  Measure: {plain(shown['measure'])}", soft_wrap=True)
    if shown["value"] is None:
        screen.print(f"  {_no_value(shown, elsewhere)}", soft_wrap=True)
    else:
        last = shown["series"][-1]
        at = in_words(shown["value_at"])
        screen.print(f"  Value: {quantity(shown['value'], unit)}, true for {at}")
        exact = declared(shown["value"], unit)
        if exact != quantity(shown["value"], unit):
            screen.print(f"  To all digits: {exact}")
        for name, words in (("text", "As read"), ("conversion", "Conversion"), ("field", "From")):
            if isinstance(last[name], str):
                screen.print(f"  {words}: {plain(last[name])}", soft_wrap=True)
    for one in shown["provisional"]:
        value, until = quantity(one["value"], unit), in_words(one["settles_on"])
        screen.print(f"  Provisional until {until}: {value}, true for {in_words(one['date'])}")
    print_issues(screen, shown["issues"])
    print_rows_of_value(screen, shown["rows"])
    _print_series(shown["series"], unit)
    for one in shown["findings"]:
        screen.print(f"  {one['severity']}: {plain(one['sentence'])}", soft_wrap=True)
    screen.print("  Nothing was written.")


def _no_value(shown: dict[str, Any], elsewhere: dt.date | None) -> str:
    if elsewhere is None:
        return "It has no value."
    true_for = f"is true for {in_words(elsewhere)}."
    if elsewhere > shown["as_of"]:
        return f"It has no value by {in_words(shown['as_of'])}: the first {true_for}"
    return f"It has no value in {shown['cycle_id']}: the last {true_for}"


def _print_series(series: list[dict[str, Any]], unit: Any) -> None:
    screen = console()
    if not series:
        return
    left = len(series) - _LONGEST
    earlier = f", the last {_LONGEST} of {len(series)}" if left > 0 else ""
    screen.print(f"  Series{earlier}:")
    for one in series[-_LONGEST:]:
        value = "unknown" if pd.isna(one["value"]) else quantity(one["value"], unit)
        screen.print(f"    {one['date']}  {value}  {plain(one['field'] or '')}", soft_wrap=True)
