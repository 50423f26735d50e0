"""The decision log as far as the published tables do not contain it, and decisions in words.

What belongs here: which decisions wait for the next run, and one phrase for each; how they change
findings. What does not:
recording (``pipelines.review``), and what a decision does to links (``okr_model.links``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from okr_model.links.decisions import undone_ids
from okr_model.review.decision_index import DecisionIndex
from okr_model.review.decision_table import build_decisions
from okr_model.review.finding_verdicts import (
    COLUMNS,
    Key,
    acknowledgement_of,
    key_of,
    verdicts_in_force,
)
from published.formatting import plain
from published.records import records


@dataclass(frozen=True)
class Decided:
    """What people decided.

    Attributes:
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`.
        aliases: Former id of a Key Result -> its current id.
        is_known: Whether the log is there; without it, findings stand as they are published.
    """

    log: pd.DataFrame
    aliases: Mapping[str, str] = field(default_factory=dict)
    is_known: bool = True

    @cached_property
    def index(self) -> DecisionIndex:
        """All of it by initiative and Key Result."""
        return DecisionIndex(self.log, self.aliases)

    def index_before(self, instant: dt.datetime | None) -> DecisionIndex:
        """What was decided before an instant; all of it if that is unknown."""
        if instant is None:
            return self.index
        return DecisionIndex(self.log[self.log["decided_at"] < instant], self.aliases)

    @cached_property
    def made(self) -> WeakKeyDictionary[Any, Any]:
        """What was made of these decisions and the tables of one run."""
        return WeakKeyDictionary()

    def with_verdicts(
        self, findings: Iterable[Mapping[Any, Any]], day: dt.date, since: dt.datetime | None
    ) -> Iterator[dict[str, Any]]:
        """Rows of ``findings`` as they stand after these decisions, one by one.

        Args:
            findings: The rows.
            day: The day on which decisions are to hold.
            since: The start of the last run.

        Yields:
            The rows with :data:`okr_model.review.finding_verdicts.COLUMNS` and ``pending``: whether
            the tables do not say so yet.
        """
        if not self.is_known:
            yield from ({**dict.fromkeys(COLUMNS), **row, "pending": False} for row in findings)
            return
        if day not in self._verdicts:
            self._verdicts[day] = verdicts_in_force(self.log, day)
        in_force = self._verdicts[day]
        for row in findings:
            verdict = in_force.get(key_of(row))
            new = verdict is not None and since is not None and verdict["decided_at"] >= since
            yield {**row, **acknowledgement_of(verdict), "pending": new}

    @cached_property
    def _verdicts(self) -> dict[dt.date, dict[Key, dict[Any, Any]]]:
        return {}

    def counting(self, day: dt.date) -> frozenset[str]:
        """The ids of the decisions that count on a day: not overruled, run out or taken back."""
        if day not in self._counting:
            rows = build_decisions(self.log, day)
            self._counting[day] = frozenset(rows.loc[rows["in_force"], "decision_id"])
        return self._counting[day]

    @cached_property
    def _counting(self) -> dict[dt.date, frozenset[str]]:
        return {}

    @cached_property
    def seen(self) -> WeakKeyDictionary[Any, Decided]:
        """The same as somebody sees it in tables of which some are hidden."""
        return WeakKeyDictionary()

    def pending(self, since: dt.datetime | None) -> list[dict[str, Any]]:
        """The decisions since an instant that are not taken back, latest first.

        What takes back a decision that was pending, too, is left out: nothing is left of either.
        """
        new = self.log if since is None else self.log[self.log["decided_at"] >= since]
        stands = ~new["decision_id"].isin(undone_ids(self.log))
        mutual = new["undoes"].isin(new["decision_id"]) & new["undoes"].notna()
        order = ["decided_at", "decision_id"]
        return records(new[stands & ~mutual].sort_values(order, ascending=False))


def in_words(row: Mapping[Any, Any], named: str) -> str:
    """A row of the log as a short phrase; ``named`` is what its initiative is called."""
    about = f"“{row.get('finding_rule')}” about {row.get('finding_subject')}"
    what = {
        "acknowledge": f"acknowledges {about}",
        "dismiss": f"dismisses {about}",
        "accept": f"{named} serves {row['key_result_id']}",
        "reject": f"{named} does not serve {row['key_result_id']}",
        "correct": f"{named} serves {row['key_result_id']}, not {row.get('wrong_key_result_id')}",
        "other": f"{named} is other work",
        "close": f"closes {_ended(row)} of {row.get('cycle_id')} as {row.get('closed_as')}",
        "attest": f"attests “{row.get('item')}” for {_when(row)}",
        "undo": f"takes back {row.get('undoes')}",
    }
    return plain(what[row["action"]])


def _when(row: Mapping[Any, Any]) -> Any:
    wave = row.get("wave")
    return f"the wave {wave}" if isinstance(wave, str) else row.get("cycle_id")


def _ended(row: Mapping[Any, Any]) -> Any:
    objective = row.get("objective_id")
    return f"Objective {objective}" if isinstance(objective, str) else row["key_result_id"]
