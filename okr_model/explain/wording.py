"""Formatting shared by all parts of an explanation.

What belongs here: how a fact is written. What does not: which facts there are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from okr_model.progress.kinds import BAND
from okr_model.quantities.units import in_words, target_in_words
from okr_model.wording import measured

_CODE = re.compile(r" \([^()\s]{1,24}\)$")

Facts = Mapping[str, Any]
"""A published row by column: nulls as None, midnights as days."""


def plain(value: Any) -> Any:
    """A published value as plain Python: nulls as None, midnights as dates, lists as lists."""
    if pd.api.types.is_list_like(value):
        return list(value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp) and value.tzinfo is None:
        return value.date()
    return value.item() if isinstance(value, np.generic) else value


def for_json(value: Any) -> Any:
    """A plain value for JSON: days and instants in ISO 8601."""
    value = plain(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def worth(facts: Facts, name: str) -> str:
    """A column of the row with its unit, or the word none."""
    value = facts[name]
    return "none" if value is None else in_words(value, facts["unit"])


def value_words(facts: Facts) -> str:
    """The value with its unit, rounded as everywhere."""
    value, edges = facts["current_value"], (facts["target"], facts["target_high"])
    return "none" if value is None else measured(value, facts["unit"], *edges)


def target_words(facts: Facts) -> str:
    """The target as people write it, such as ``≥ 70 %``."""
    if facts["target"] is None or (facts["kind"] == BAND and facts["target_high"] is None):
        return "none"
    return target_in_words(facts["kind"], facts["unit"], facts["target"], facts["target_high"])


def field_in_words(source: Any, field: Any) -> str | None:
    """Where in a record a value stands; Notion's codes of properties, which nobody sees, go."""
    if field is None or source != "notion":
        return None if field is None else str(field)
    return _CODE.sub("", str(field))


def at(url: Any) -> str:
    """A URL after a comma; nothing if there is none."""
    return f", {url}" if isinstance(url, str) else ""


NOUGHT = 1e-12


def short(value: float) -> str:
    """A computed number, with six significant digits and never a power of ten.

    What is left over of a sum that is nought, below :data:`NOUGHT`, is written as nought.
    """
    if abs(value) < NOUGHT:
        return "0"
    return f"{Decimal(f'{value:.6g}'):f}"
