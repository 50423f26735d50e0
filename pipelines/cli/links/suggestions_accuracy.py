"""``okr links suggestions --accuracy``: how right suggestions are on links that are known.

What belongs here: printing it. What does not: computing it
(:mod:`okr_model.links.suggestions.accuracy`).
"""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from okr_model.links.suggestions.accuracy import Accuracy, accuracy_of
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.published import open_published
from published.formatting import chance, share


def show_accuracy(config: Path | None, form: Format) -> None:
    """Print precision at 1, recall at 3 and reliability of the published trials."""
    settings, tables = open_published(config)
    floor = settings.links.suggestions.least_chance
    accuracy = accuracy_of(tables.frame("suggestion_trials"), floor)
    if form is Format.JSON:
        print_json(_facts(accuracy, floor))
    else:
        _print(accuracy, floor)


def _facts(accuracy: Accuracy, floor: float) -> dict[str, object]:
    return {
        "initiatives": accuracy.initiatives,
        "precision_at_1": accuracy.precision_at_1,
        "recall_at_3": accuracy.recall_at_3,
        "least_chance": floor,
        "suggested": accuracy.suggested,
        "right_of_suggested": accuracy.right_of_suggested,
        "rejections": accuracy.rejections,
        "intercept": accuracy.curve.intercept,
        "slope": accuracy.curve.slope,
        "reliability": accuracy.reliability.to_dict("records"),
    }


def _print(accuracy: Accuracy, floor: float) -> None:
    screen = console()
    if not accuracy.initiatives:
        screen.print("No link is known that suggestions could be tried on.")
    else:
        screen.print(
            f"{accuracy.initiatives} initiatives whose Key Results are known, ranked as if they "
            "were not:"
        )
        screen.print(f"  precision at 1  {_percent(accuracy.precision_at_1)}")
        screen.print(f"  recall at 3     {_percent(accuracy.recall_at_3)}")
        screen.print(
            f"  {_percent(accuracy.suggested)} would get a suggestion with a chance of at least "
            f"{chance(floor)}; {_percent(accuracy.right_of_suggested)} of these would be right"
        )
    screen.print(
        f"{accuracy.rejections} candidates are wrong by a rejection or as other work alone."
    )
    screen.print(
        "chance = 1 / (1 + e^-(a + b ln(share / (1 - share)))), "
        f"a = {accuracy.curve.intercept:.3f}, b = {accuracy.curve.slope:.3f}"
    )
    if accuracy.reliability.empty:
        return
    table = Table(box=None)
    for name in ("Chance", "Candidates", "Stated", "Right"):
        table.add_column(name, justify="right")
    for row in accuracy.reliability.to_dict("records"):
        span = f"{row['low'] * 100:.0f} to {row['high'] * 100:.0f} %"
        stated, right = chance(row["stated"]), share(row["right"])
        table.add_row(span, str(row["candidates"]), stated, right)
    screen.print(table)


def _percent(part: float | None) -> str:
    return "unknown" if part is None else share(part)
