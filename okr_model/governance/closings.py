"""What becomes of Key Results and Objectives when their cycle ends: continue, abandon or done.

What belongs here: replaying what people decided about it, over what records say. What does not:
reading records (``entities``), asking for it (``phase_findings``), and recording a decision
(``pipelines.review.close``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from okr_model.links.claims import canonical
from okr_model.links.decisions import undone_ids
from okr_model.progress.value_series import KEY

CLOSE = "close"
"""The action of the decision log."""
WAYS = ("continue", "abandon", "done")
_NAMES = ("key_result_id", "objective_id")
_TOLD = ("closed_as", "lesson", "decision_id")


def closings_in_force(log: pd.DataFrame, aliases: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The latest decision about each Key Result or Objective and cycle that is not taken back.

    Args:
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`, in any order.
        aliases: Former id -> current id: what was decided under a former one is about the present.

    Returns:
        The columns of the log, oldest first; ids are as they were decided under.
    """
    made = log[log["action"] == CLOSE]
    stands = made[~made["decision_id"].isin(undone_ids(log))]
    ordered = stands.sort_values(["decided_at", "decision_id"], kind="stable", ignore_index=True)
    named = pd.DataFrame({one: canonical(ordered[one].fillna(""), aliases) for one in _NAMES})
    about = named.assign(cycle_id=ordered["cycle_id"])
    return ordered[~about.duplicated(keep="last")].reset_index(drop=True)


def closings(
    definitions: pd.DataFrame, log: pd.DataFrame, aliases: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """How each Key Result was closed: as people decided or, where nobody did, as records say.

    A decision without a lesson leaves the lesson of the record.

    Args:
        definitions: From :func:`okr_model.entities.read_key_results`: ``closed_as, lesson,
            carried_from``.
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`.
        aliases: Former id -> current id.

    Returns:
        One row for each Key Result and cycle: ``key_result_id, cycle_id, closed_as, lesson,
        carried_from`` and ``decision_id``, which is null where a record or nothing says it.
    """
    read = definitions[[*KEY, "closed_as", "lesson", "carried_from"]].drop_duplicates(KEY)
    return _as_decided(read, closings_in_force(log, aliases), "key_result_id", aliases)


def closed_objectives(
    objectives: pd.DataFrame, log: pd.DataFrame, aliases: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The Objectives with how each was closed, likewise.

    Args:
        objectives: From :func:`okr_model.entities.read_objectives`.
        log: The columns of :data:`okr_model.links.decisions.LOG_COLUMNS`.
        aliases: Former id -> current id.

    Returns:
        ``objectives`` with ``closed_as`` and ``lesson`` as decided, and ``decision_id``.
    """
    return _as_decided(objectives, closings_in_force(log, aliases), "objective_id", aliases)


def _as_decided(
    read: pd.DataFrame, decided: pd.DataFrame, name: str, aliases: Mapping[str, str] | None
) -> pd.DataFrame:
    decided = decided[decided[name].notna()]
    keys = zip(canonical(decided[name], aliases), decided["cycle_id"], strict=True)
    by_key = dict(zip(keys, decided[list(_TOLD)].itertuples(index=False), strict=True))
    wanted = zip(canonical(read[name]), read["cycle_id"].astype("str"), strict=True)
    found = [by_key.get(key, (None, None, None)) for key in wanted]
    said = pd.DataFrame(found, index=read.index, columns=list(_TOLD)).astype("str")
    return read.assign(
        closed_as=said["closed_as"].fillna(read["closed_as"]),
        lesson=said["lesson"].fillna(read["lesson"]),
        decision_id=said["decision_id"],
    )
