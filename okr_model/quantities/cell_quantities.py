"""Cells as quantities: a number in a unit, with the conversion in words.

What belongs here: turning frames of cells into quantities, and quantities into the unit of a Key
Result. What does not: parsing one text (``quantity_parser``), units and their factors (``units``),
or which Key Result a cell belongs to (``entities``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from okr_model.quantities.cells import clean_text
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.quantity_parser import Quantity, parse_quantity
from okr_model.quantities.units import (
    YES_NO,
    canonical_unit,
    figure,
    in_words,
    is_known,
    ratio,
)

_NO_NUMBERS = {
    "date": "it is a date, not a number",
    "datetime": "it is a date, not a number",
    "refs": "it is a reference, not a number",
}


def read_quantities(cells: pd.DataFrame, units: pd.Series | None = None) -> pd.DataFrame:
    """The quantity that each cell states, in the unit that the cell itself names.

    Percent cells hold fractions and become percent; duration cells are seconds; money carries its
    currency; a number carries the unit of its number format, if any; text is parsed by
    :func:`okr_model.quantities.quantity_parser.parse_quantity` with the cell's locale.

    Args:
        cells: The cells of one field, one per record; see
            :func:`okr_model.quantities.cells.cells_of`.
        units: The unit in which each quantity is expected, where that is known already.

    Returns:
        ``value`` (null if empty or unreadable), ``unit`` (null if the cell names none), ``bound``
        (``at least``, ``at most`` or null), ``problem`` (why it is unreadable, as the end of a
        sentence; null where it is readable or empty), ``text`` (as displayed) and ``kind``.
    """
    kind = cells["kind"].astype("object")
    number = cells["number"].astype("float64")
    text = cells["text"].astype("object").map(clean_text, na_action="ignore").astype("object")
    read = pd.DataFrame(
        {"value": np.nan, "unit": None, "bound": None, "problem": None, "text": text, "kind": kind},
        index=cells.index,
    ).astype({"unit": "object", "bound": "object", "problem": "object"})
    if (kind == "empty").all():
        return read
    numeric = kind.isin(["number", "percent", "duration", "money", "bool"])
    percent = kind == "percent"
    # Ten decimals hide that 0.58 * 100 is 57.99999999999999 in binary fractions.
    read["value"] = number.where(~percent, (number * 100).round(10)).where(numeric)
    read.loc[percent, "unit"] = "%"
    read.loc[kind == "duration", "unit"] = "seconds"
    read.loc[kind == "bool", "unit"] = YES_NO
    named = kind.isin(["number", "money"])
    read.loc[named, "unit"] = _shown_units(cells[named])
    read["unit"] = read["unit"].astype("object").where(read["unit"].notna(), None)
    read.loc[numeric & number.isna(), "problem"] = "it holds no number"
    endless = numeric & np.isinf(read["value"])
    read.loc[endless, ["value", "problem"]] = [np.nan, "it holds no finite number"]
    read.loc[kind == "error", "problem"] = "the source shows " + text.fillna("an error")
    for name, why in _NO_NUMBERS.items():
        read.loc[kind == name, "problem"] = why
    _read_texts(read, cells, units)
    return read


def convert_quantities(
    read: pd.DataFrame, units: pd.Series, of: str = "Key Result"
) -> pd.DataFrame:
    """The quantities converted into ``units``, one unit per row (null: there is none).

    Args:
        read: From :func:`read_quantities`.
        units: Those of what the quantities are about.
        of: What that is, for the problems.

    Returns:
        ``value``, ``conversion`` (how the cell became the value; null if the value is the number
        in the cell) and ``problem``, as in :func:`read_quantities`.
    """
    into = units.astype("object").where(units.notna(), None)
    pairs = pd.DataFrame({"unit": read["unit"], "into": into}, index=read.index)
    factors = {
        pair: ratio(*pair) or (np.nan, 1.0)
        for pair in pairs.drop_duplicates().itertuples(index=False, name=None)
    }
    times, divisor = (
        np.array([factors[pair][n] for pair in pairs.itertuples(index=False, name=None)], "float64")
        for n in (0, 1)
    )
    with np.errstate(over="ignore"):
        value = read["value"] * times / divisor
    overflown = np.isinf(value) & np.isfinite(read["value"])
    lost = read["value"].notna() & value.isna()
    problem = read["problem"].where(~lost, _inconvertible(pairs, of))
    value, problem = value.mask(overflown), problem.mask(overflown, "it is too large")
    converted = pd.DataFrame({"value": value, "problem": problem}, index=read.index)
    converted["conversion"] = pd.Series(
        [
            _conversion(*row)
            for row in zip(
                read["kind"], read["text"], read["value"], pairs["unit"], value, into, strict=True
            )
        ],
        index=read.index,
        dtype="object",
    )
    return converted


def _shown_units(cells: pd.DataFrame) -> pd.Series:
    """The unit that each cell's format shows; a lone letter that is none is decoration."""
    shown = cells["unit"].astype("object")
    pairs = zip(shown, cells["locale"].astype("object"), strict=True)
    units = [
        canonical_unit(unit, locale if isinstance(locale, str) else None)
        if isinstance(unit, str)
        else None
        for unit, locale in pairs
    ]
    kept = [None if unit and len(unit) == 1 and not is_known(unit) else unit for unit in units]
    return pd.Series(kept, index=cells.index, dtype="object")


def _read_texts(read: pd.DataFrame, cells: pd.DataFrame, units: pd.Series | None) -> None:
    """Fill in the rows that hold text; each distinct text is parsed once."""
    rows = read.index[(read["kind"] == "text") & read["text"].notna() & (read["text"] != "")]
    if rows.empty:
        return
    keys = pd.DataFrame({"text": read["text"], "locale": cells["locale"]}).loc[rows]
    keys["unit"] = None if units is None else units.loc[rows]
    keys = keys.astype("object").where(keys.notna(), None)
    results = {
        key: parse_quantity(*key)
        for key in keys.drop_duplicates().itertuples(index=False, name=None)
    }
    found = [results[key] for key in keys.itertuples(index=False, name=None)]
    readable = [result if isinstance(result, Quantity) else None for result in found]
    read.loc[rows, "value"] = [quantity.value if quantity else np.nan for quantity in readable]
    read.loc[rows, "unit"] = pd.Series(
        [quantity.unit if quantity else None for quantity in readable], index=rows, dtype="object"
    )
    read.loc[rows, "bound"] = pd.Series(
        [quantity.bound if quantity else None for quantity in readable], index=rows, dtype="object"
    )
    read.loc[rows, "problem"] = pd.Series(
        [result.reason if isinstance(result, Unreadable) else None for result in found],
        index=rows,
        dtype="object",
    )


def _inconvertible(pairs: pd.DataFrame, of: str) -> pd.Series:
    into = pairs["into"].fillna(f"a {of} without a unit")
    return "it is in " + pairs["unit"].fillna("no unit") + ", which does not convert into " + into


def _conversion(
    kind: str, text: str | None, read: float, unit: str | None, value: float, into: str | None
) -> str | None:
    """How a cell became a number, in words; null if the cell states that very number."""
    if np.isnan(value):
        return None
    stated = in_words(read, unit)
    steps = [stated]
    if kind == "percent":
        steps.insert(0, f"fraction {figure(round(read / 100, 12))}")
    elif kind == "text" and text and _squeezed(text) not in (_squeezed(stated), figure(read)):
        steps[0] = f"“{text}” read as {stated}"
    if unit is not None and unit != into and (became := in_words(value, into)) != stated:
        steps.append(became)
    return None if steps == [stated] else " = ".join(steps)


def _squeezed(text: str) -> str:
    return text.replace(" ", "")
