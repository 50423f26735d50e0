"""Selecting published rows: the current cycle, the usual order, what somebody typed.

What belongs here: which rows a command or a view is about. What does not: printing them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Protocol

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from published.errors import UserError
from published.tables import PublishedTables, UnknownKeyResultError

_SHOWN = 30
"""Of the names that a message lists."""


class Cycle(Protocol):
    """An OKR cycle; both days belong to it."""

    @property
    def id(self) -> str:
        """Such as 2026-Q4."""

    @property
    def start(self) -> dt.date:
        """Its first day."""

    @property
    def end(self) -> dt.date:
        """Its last day."""


class UnknownInitiativeError(UserError):
    """No published initiative has this name, or several have."""


def published_day(tables: PublishedTables) -> dt.date:
    """The day for which the tables were last published."""
    # Not by the instants of runs: a clock that was ahead may have given the latest one.
    return tables.days("sources")[-1]


def current_cycle(cycles: Sequence[Cycle], day: dt.date) -> str:
    """The cycle that contains ``day``, else the latest one begun before it, else the first.

    Beside it, there may be longer and shorter ones: those about as long as the first one of the
    settings come before them.
    """
    begun = [cycle for cycle in cycles if cycle.start <= day]
    found = [cycle for cycle in begun if day <= cycle.end] or begun or cycles[:1]
    like = [one for one in found if is_usual(cycles, one)]
    return max(like or found, key=lambda cycle: cycle.start).id


def known_cycle(cycles: Sequence[Cycle], named: str | None) -> str | None:
    """The id of the cycle that somebody names, ignoring case; None if nobody names one.

    Raises:
        UserError: There is no such cycle; the message lists them.
    """
    if named is None:
        return None
    for cycle in cycles:
        if same_id(cycle.id) == same_id(named):
            return cycle.id
    there = ", ".join(cycle.id for cycle in cycles) or "none"
    raise UserError(f"there is no cycle {named!r}. There are: {there}.")


def is_usual(cycles: Sequence[Cycle], cycle: Cycle) -> bool:
    """Whether a cycle is about as long as the first one of the settings.

    Longer and shorter ones run beside the usual ones, for some teams.
    """
    usual = cycles[0].end - cycles[0].start
    return abs((cycle.end - cycle.start) - usual) <= usual / 4


def find_initiative(initiatives: pd.DataFrame, named: str) -> pd.Series:
    """The initiative whose key, title or id is ``named``, ignoring case.

    Raises:
        UnknownInitiativeError: None or several match; the message lists the candidates.
    """
    wanted = same_id(named)
    by_id = initiatives[same_ids(initiatives["initiative_id"]) == wanted]
    called = (same_ids(initiatives["initiative"]) == wanted) | (
        same_ids(initiatives["title"]) == wanted
    )
    found = by_id if len(by_id) else initiatives[called.fillna(False)]
    if len(found) == 1:
        return found.iloc[0]
    if len(found):
        ids = ", ".join(found["initiative_id"])
        raise UnknownInitiativeError(
            f"{len(found)} initiatives are called {named!r}. Name one by its id: {ids}."
        )
    names = sorted(initiatives["initiative"].dropna())
    close = get_close_matches(named, names, n=3)
    like = f" The closest: {', '.join(close)}." if close else ""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    raise UnknownInitiativeError(
        f"no initiative {named!r} is published.{like} There are: {', '.join(names[:_SHOWN])}{more}"
    )


def find_key_result(key_results: pd.DataFrame, named: str) -> pd.DataFrame:
    """The rows of the Key Result whose id is, or was before a renaming, ``named``, ignoring case.

    Raises:
        published.tables.UnknownKeyResultError: There are none; the message lists the ids.
    """
    wanted = same_id(named)
    found = key_results[same_ids(key_results["key_result_id"]) == wanted]
    if found.empty and "former_ids" in key_results:  # files of earlier versions lack it
        former = key_results["former_ids"].explode().dropna().astype("str")
        was = former.index[same_ids(former) == wanted]
        found = key_results[key_results.index.isin(was)]
    if found.empty:
        known = ", ".join(in_order(key_results)["key_result_id"])
        raise UnknownKeyResultError(f"no Key Result {named!r} is published. There are: {known}")
    return found


def other_work_ids(links: pd.DataFrame, tables: PublishedTables | None) -> set[str]:
    """The initiatives that a person decided to be other work.

    Args:
        links: The links of a day, out of ``links`` or ``link_history``.
        tables: For the latest day, whose ``links`` leave out initiatives without a claim.
    """
    ids = set(links.loc[links["decision"] == "other", "initiative_id"])
    if tables is None:
        return ids
    initiatives = tables.frame("initiatives")
    if "other_work" not in initiatives:  # published by an earlier version
        return ids
    return ids | set(initiatives.loc[initiatives["other_work"], "initiative_id"])


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by cycle, then by the number in the id."""
    number = frame["key_result_id"].str.extract(r"(\d+)\D*$")[0].astype("float64")
    return (
        frame.assign(_number=number)
        .sort_values(["cycle_id", "_number", "key_result_id"])
        .drop(columns="_number")
        .reset_index(drop=True)
    )
