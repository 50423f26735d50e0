"""The moments in the life of issues that a measure may be about, such as when each was resolved.

What belongs here: finding the moments, by the change log. What does not: which issues are selected,
and which moments lie in a window (``issue_measures``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from okr_model.activity.issue_fields import IssueFields
from okr_model.activity.issue_history import resolutions, spells
from okr_model.activity.issue_names import IssueNames
from okr_model.activity.issue_tree import Frame
from okr_model.measures.parser import CREATED, MOVED_BACK, REOPENED, STANDING, MeasureText

_ORDER = {"new": 0, "indeterminate": 1, "done": 2}
"""The order in which work passes through the categories of statuses."""


@dataclass(frozen=True, slots=True)
class IssueRecords:
    """What measures over issues read.

    Attributes:
        issues: ``id``, ``created_at``, ``resolved_at``, ``gone_at`` (when it was found deleted;
            null: it is there), and ``resolution``, ``status`` and the columns that the measures
            select by, each with its ids (see :data:`okr_model.activity.issue_names.IDS`).
        log: From :func:`okr_model.activity.issue_history.read_log`, with the columns that
            :func:`okr_model.measures.issue_measures.logged_columns` lists.
        names: Of the columns that :func:`okr_model.measures.issue_measures.named_columns` lists,
            and of the items in ``fields``.
        fields: The further fields that the measures name.
    """

    issues: Frame
    log: pd.DataFrame
    names: IssueNames
    fields: IssueFields = field(default_factory=IssueFields)


def moments(what: MeasureText, facts: pd.DataFrame, records: IssueRecords) -> pd.DataFrame:
    """The moments that the measure is about.

    Args:
        what: The measure.
        facts: By issue id: ``issue_id``, ``created_at``, ``resolved_at``, and the present
            identities ``resolution`` and ``status``.
        records: The change log and the names.

    Returns:
        ``issue_id``, ``began`` (of the measured time), ``at`` and ``until`` (when it ceased to
        count; null: it still does).
    """
    created = facts["created_at"]
    if what.of in (CREATED, STANDING):
        return facts[["issue_id"]].assign(began=created, at=created, until=pd.NaT)
    if what.states:
        return _between(what.states, facts, records)
    if what.of in (REOPENED, MOVED_BACK):
        rows = _moved_back(facts, records, only_from_done=what.of == REOPENED)
    else:
        rows = resolutions(records.log, facts["resolution"], facts["resolved_at"])
    return rows.assign(began=created.reindex(rows["issue_id"]).set_axis(rows.index))


def _between(states: tuple[str, str], facts: pd.DataFrame, records: IssueRecords) -> pd.DataFrame:
    """From an issue's first arrival in one state to its next arrival in the other."""
    held = spells(records.log, "status", facts["status"])
    created = facts["created_at"].reindex(held["issue_id"]).set_axis(held.index)
    held = held.assign(began=held["since"].fillna(created))
    meant = (records.names.ids("status", [state]) for state in states)
    begun, ended = (held[held["value"].isin(ids)] for ids in meant)
    first = begun.groupby("issue_id", as_index=False)["began"].min()
    came = ended.loc[ended["since"].notna(), ["issue_id", "since"]].rename(columns={"since": "at"})
    both = first.merge(came, on="issue_id")
    both = both[both["at"] > both["began"]].sort_values("at").drop_duplicates("issue_id")
    return both.assign(until=pd.NaT)


def _moved_back(
    facts: pd.DataFrame, records: IssueRecords, *, only_from_done: bool
) -> pd.DataFrame:
    """The moves from a status category to an earlier one.

    Of one issue, each counts until the next one, so that an issue counts once in any window.
    """
    held = spells(records.log, "status", facts["status"])
    held = held.sort_values(["issue_id", "since"], na_position="first", ignore_index=True)
    stage = held["value"].map(dict(records.names.categories)).map(_ORDER)
    before = stage.groupby(held["issue_id"]).shift()
    back = before > stage
    if only_from_done:
        back &= before == _ORDER["done"]
    rows = held.loc[back, ["issue_id", "since"]].rename(columns={"since": "at"})
    return rows.assign(until=rows.groupby("issue_id")["at"].shift(-1))
