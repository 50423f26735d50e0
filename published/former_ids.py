"""Published rows of Key Results that were renamed since, under the ids that they have now.

What belongs here: following ``former_ids`` of ``key_results`` from earlier rows to present ones.
What does not: finding them (:mod:`okr_model.entities.identity.former_ids`), and finding a Key
Result that somebody names (``selection``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from okr_model.languages.folding import same_id

_KEY = ["key_result_id", "cycle_id"]


def present_ids(key_results: pd.DataFrame) -> Mapping[tuple[str, str], str]:
    """Former id and cycle -> the id now; an id that a Key Result of the cycle has is none's former.

    Args:
        key_results: The later rows: ``key_result_id, cycle_id`` and, unless an earlier version
            wrote them, ``former_ids``.
    """
    if "former_ids" not in key_results:
        return {}
    there = set(zip(key_results["key_result_id"], key_results["cycle_id"], strict=True))
    rows = key_results[[*_KEY, "former_ids"]].explode("former_ids").dropna(subset="former_ids")
    named = zip(rows["former_ids"], rows["cycle_id"], strict=True)
    found = dict(zip(named, rows["key_result_id"], strict=True))
    return {former: now for former, now in found.items() if former not in there}


def present_id(key_results: pd.DataFrame, named: str) -> str:
    """The id that a Key Result has now, of any that it had, as :func:`same_id` compares them."""
    wanted = same_id(named)
    now = {same_id(old): new for (old, _), new in present_ids(key_results).items()}
    return same_id(now.get(wanted, wanted))


def under_present_ids(rows: pd.DataFrame, key_results: pd.DataFrame) -> pd.DataFrame:
    """Earlier rows with the ids that their Key Results have in ``key_results``.

    Args:
        rows: ``key_result_id``, ``cycle_id`` and anything else.
        key_results: As :func:`present_ids` takes them.
    """
    now = present_ids(key_results)
    if not now:
        return rows
    then = zip(rows["key_result_id"], rows["cycle_id"], strict=True)
    ids = [now.get(key, key[0]) for key in then]
    return rows.assign(key_result_id=pd.Series(ids, rows.index, dtype="str"))
