"""Rollup functions: pure functions of stored values, without pages or JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from statistics import fmean, median
from typing import Any, Literal

from sandbox.server.notion.records import Property, Span, Value

Kind = Literal["number", "date", "array"]


def rollup(function: str, values: Sequence[Value], target: Property) -> tuple[Kind, Any]:
    """Compute a rollup.

    Args:
        function: Notion's name of the function.
        values: The stored values of the related pages, in the relation's order.
        target: Schema of the property they come from.

    Returns:
        The kind of the result and the result: a number or None, a date or Span or None, or the
        list of values. Percentages are fractions.

    Raises:
        ValueError: There is no such function.
    """
    if function in ("show_original", "show_unique"):
        return "array", list(values)
    if function in _COUNTS:
        return "number", _COUNTS[function](values)
    if function in _NUMBERS:
        numbers = [float(each) for each in values if _is_number(each)]
        return "number", _whole(_NUMBERS[function](numbers)) if numbers else _no_number(function)
    if function in ("earliest_date", "latest_date", "date_range"):
        return "date", _dates(function, values)
    raise ValueError(f"no rollup function {function!r} (of {target.type})")


def day_or_instant(value: date | datetime | Span, end: bool = False) -> datetime:
    """A date property's value as a timestamp; a day is its midnight in UTC."""
    if isinstance(value, Span):
        return day_or_instant((value.end if end else None) or value.start)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def is_empty(value: Value) -> bool:
    """Whether Notion considers a value empty; 0 and an unchecked checkbox are not."""
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(part: int, values: Sequence[Value]) -> float | None:
    return part / len(values) if values else None


def _checked(values: Sequence[Value]) -> int:
    return sum(1 for each in values if each)


def _filled(values: Sequence[Value]) -> int:
    return sum(1 for each in values if not is_empty(each))


def _entries(values: Sequence[Value]) -> list[Value]:
    """Single values; those of multi-selects and relations are flattened."""
    found: list[Value] = []
    for each in values:
        if isinstance(each, list | tuple):
            found.extend(each)
        elif not is_empty(each):
            found.append(each)
    return found


_COUNTS: dict[str, Callable[[Sequence[Value]], float | None]] = {
    "count": len,
    "count_values": lambda values: len(_entries(values)),
    "unique": lambda values: len({repr(each) for each in _entries(values)}),
    "empty": lambda values: len(values) - _filled(values),
    "not_empty": _filled,
    "percent_empty": lambda values: _share(len(values) - _filled(values), values),
    "percent_not_empty": lambda values: _share(_filled(values), values),
    "checked": _checked,
    "unchecked": lambda values: len(values) - _checked(values),
    "percent_checked": lambda values: _share(_checked(values), values),
    "percent_unchecked": lambda values: _share(len(values) - _checked(values), values),
}
_NUMBERS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "average": fmean,
    "median": median,
    "min": min,
    "max": max,
    "range": lambda numbers: max(numbers) - min(numbers),
}


def _no_number(function: str) -> int | None:
    return 0 if function == "sum" else None


def _whole(number: float) -> float:
    """A whole number as int, so that its JSON has no fraction."""
    return int(number) if number.is_integer() else number


def _dates(function: str, values: Sequence[Value]) -> date | Span | None:
    dates = [each for each in values if isinstance(each, date | Span)]
    if not dates:
        return None
    first = min(dates, key=day_or_instant)
    last = max(dates, key=lambda each: day_or_instant(each, end=True))
    first = first.start if isinstance(first, Span) else first
    last = (last.end or last.start) if isinstance(last, Span) else last
    if function == "earliest_date":
        return first
    return last if function == "latest_date" else Span(first, last)
