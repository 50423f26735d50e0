"""Which record held the id of each Objective and Key Result, as far as it was published.

What belongs here: reading that from the history. What does not: which record keeps an id
(:mod:`okr_model.entities.identity.duplicate_ids`), and which former id was whose
(:mod:`okr_model.entities.identity.former_ids`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc

from okr_model.entities.identity.former_ids import published_under
from okr_model.links.claims import canonical
from okr_model.links.references import canonical_key
from okr_model.tables import OBJECTIVES, Table
from okr_model.tables.key_results import KEY_RESULTS_DAILY
from pipelines.publish import history

_NIGHT = ["key_result_id", "cycle_id", "as_of"]


@dataclass(frozen=True, slots=True)
class IdHolders:
    """The latest published row of each id and cycle; empty before the first run."""

    objectives: pd.DataFrame
    key_results: pd.DataFrame


def id_holders(published: Path, as_of: dt.date, aliases: Mapping[str, str]) -> IdHolders:
    """The holders as of a day.

    Objectives have no daily history, so for a past day theirs are the latest published.

    Args:
        published: The folder of the published history.
        as_of: Key Results of later days do not count.
        aliases: Former id -> current id; who held a former id holds the current one.
    """
    key_results = _latest(published, KEY_RESULTS_DAILY, aliases, as_of)
    return IdHolders(_latest(published, OBJECTIVES, aliases), key_results)


def _latest(
    published: Path, table: Table, aliases: Mapping[str, str], as_of: dt.date | None = None
) -> pd.DataFrame:
    id_column, cycle = table.key[:2]
    texts = [column.name for column in table.columns if column.type == "text"]
    rows = history.history(published, table, [*texts, "as_of"]).to_pandas(date_as_object=True)
    if as_of is not None:
        rows = rows[rows["as_of"] <= as_of]
    last = rows.sort_values("as_of").drop_duplicates([id_column, cycle], keep="last")
    if not aliases:
        return last
    names = pd.Series(last[id_column].unique(), dtype="str")
    now = dict(zip(names, canonical(names, aliases), strict=True))
    written = {canonical_key(new): new for new in aliases.values()}  # Objectives may be sentences
    current = {name: written[now[name]] for name in now if now[name] != canonical_key(name)}
    renamed = last[id_column].replace(current)
    # Who holds the current id itself comes last, and counts.
    return last.assign(**{id_column: renamed}).loc[
        (renamed == last[id_column]).sort_values(kind="stable").index
    ]


def with_former_ids(
    key_results: pd.DataFrame, published: Path, as_of: dt.date, aliases: Mapping[str, str]
) -> pd.DataFrame:
    """``key_results`` with ``former_ids``, under which they were published before ``as_of``."""
    rows = pd.DataFrame(columns=_NIGHT)
    if aliases:
        nights = history.history(published, KEY_RESULTS_DAILY, _NIGHT)
        rows = nights.filter(pc.less(nights["as_of"], as_of)).to_pandas(date_as_object=True)
    return key_results.assign(former_ids=published_under(key_results, aliases, rows))


def under_current_ids(
    rows: pd.DataFrame, key_results: pd.DataFrame, aliases: Mapping[str, str]
) -> pd.DataFrame:
    """Published rows with the ids that their Key Results have now, those that always had it first.

    Args:
        rows: ``key_result_id`` and anything else.
        key_results: This run's; a former id of none of them stays.
        aliases: Former id -> current id.
    """
    if not aliases or rows.empty:
        return rows
    ids = rows["key_result_id"].astype("str")
    spelled = {canonical_key(str(name)): name for name in key_results["key_result_id"]}
    now = canonical(ids, aliases)
    current = now.map(spelled).where(now != canonical(ids)).fillna(ids)
    return rows.assign(key_result_id=current.astype("str")).loc[
        (current != ids).sort_values(kind="stable").index
    ]
