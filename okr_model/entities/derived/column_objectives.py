"""Objectives that exist only as a column of Key Results: each text is one.

What belongs here: making them of that column, and asking about texts that are nearly alike. What
does not: Objectives with records of their own (``objectives``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from okr_model.entities.fields import resolve, spelled_as, texts
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import fold_case, plain_id, same_id
from okr_model.quantities.cells import cells_of, records_of, texts_of

ALIKE = 0.92
"""Share of letters in common, in order, from which on two texts may be one mistyped."""

_HOLDS = "key_results"
_PLACE = ["source", "place", "dataset"]
_WORDS = 2  # from which on a text is no id
_NUMBERS = re.compile(r"\d+")
_COLUMNS = (
    "objective_id", "cycle_id", "title", "level", "team", "owner", "source", "record_id", "url",
    "parent_id", "level_source", "closed_as", "lesson",
)  # fmt: skip


def written_out(cells: pd.DataFrame, objectives: pd.DataFrame) -> pd.DataFrame:
    """The cells of Key Results in places that write Objectives out, beside Objectives with records.

    A place does if every text in its field ``objective`` has several words, and none is the id or
    the title of an Objective with a record: such a text names that one, or was to name it.

    Args:
        cells: The long cells frame.
        objectives: From :func:`okr_model.entities.read_objectives`. Where there are none, nothing
            tells an id from an Objective written out, and the result is empty.
    """
    of_key_results = cells[cells["holds"] == _HOLDS]
    names = pd.concat([objectives["objective_id"], objectives["title"]]).dropna()
    known = {same_id(name) for name in names}
    if not known:
        return of_key_results[:0]
    stated = of_key_results[of_key_results["field"] == "objective"]
    words = texts_of(stated).dropna()
    stated = stated.loc[words.index]
    is_name = words.map(lambda text: len(text.split()) < _WORDS or same_id(text) in known)
    named = stated[is_name.astype("bool") | (stated["kind"] == "refs")]
    writing = set(_places(stated)) - set(_places(named))
    return of_key_results[_places(of_key_results).isin(writing)]


def _places(cells: pd.DataFrame) -> pd.Series:
    source, place, dataset = (cells[name].astype("str").fillna("") for name in _PLACE)
    return source + "\x1f" + place + "\x1f" + dataset


def column_objectives(
    cells: pd.DataFrame,
    aliases: Mapping[str, str] | None = None,
    held: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """An Objective for each text in the field ``objective`` of Key Results.

    Texts are compared as ids are (:func:`okr_model.languages.folding.same_id`). The id is the text
    in plain letters: as it was published before, else as most Key Results write it. An Objective
    has a team if all of its Key Results name that team.

    Args:
        cells: The long cells frame.
        aliases: Former text -> the present one.
        held: The Objectives as published before; None before the first run.

    Returns:
        As :func:`okr_model.entities.read_objectives`, without cycles (see :func:`in_cycles`) and
        without ``level_source``, as nobody could write a level.
    """
    records = records_of(cells, _HOLDS)
    nothing = pd.DataFrame({"objective_id": [], "record_id": []}, dtype="str")
    stated = cells_of(cells, _HOLDS, records, "objective")
    named = resolve(stated, nothing, "objective_id", aliases)["id"].astype("object")
    rows = pd.DataFrame(
        {
            "title": named.map(plain_id, na_action="ignore").astype("str"),
            "same": named.map(same_id, na_action="ignore").astype("str"),
            "team": texts(cells, _HOLDS, records, "team"),
            "source": records["source"],
            "record_id": records["record_id"],
            "url": records["record_url"],
        }
    )
    rows = rows[rows["same"].fillna("") != ""]
    usual = rows.groupby("same")["title"].agg(lambda titles: titles.value_counts().index[0])
    teams = rows.assign(team=rows["team"].fillna("").map(same_id)).groupby("same")["team"].nunique()
    found = rows.drop_duplicates("same").assign(
        title=lambda first: first["same"].map(usual),
        team=lambda first: first["team"].where(first["same"].map(teams) == 1),
        cycle_id=None,
        **dict.fromkeys(("owner", "parent_id", "level_source", "closed_as", "lesson")),
    )
    before = [] if held is None else held["objective_id"].dropna()
    found["objective_id"] = spelled_as(found["title"], before)
    found["level"] = np.where(found["team"].isna(), "company", "team")
    return found[[*_COLUMNS]].astype("str").reset_index(drop=True)


def in_cycles(
    objectives: pd.DataFrame, key_results: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each Objective once in every cycle of its Key Results, and the findings about them.

    Args:
        objectives: From :func:`column_objectives`.
        key_results: From :func:`okr_model.entities.read_key_results`.
    """
    key = ["objective_id", "cycle_id"]
    counts = key_results[key].dropna().astype("str").groupby(key, as_index=False).size()
    rows = objectives.drop(columns="cycle_id").merge(counts, on="objective_id", how="inner")
    findings = findings_frame(
        _alike(*sorted(pair, key=lambda row: int(row["size"])))
        for _, of_cycle in rows.groupby("cycle_id")
        for pair in _pairs(of_cycle)
    )
    return rows[[*_COLUMNS]].reset_index(drop=True), findings


def _pairs(rows: pd.DataFrame) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Pairs of Objectives whose texts are nearly alike; texts with other numbers are not."""
    each = [(fold_case(str(row["title"])), row) for _, row in rows.iterrows()]
    for (one, first), (other, second) in itertools.combinations(each, 2):
        if _NUMBERS.findall(one) != _NUMBERS.findall(other):
            continue
        compared = SequenceMatcher(None, one, other, autojunk=False)
        bounds = (compared.real_quick_ratio, compared.quick_ratio, compared.ratio)
        if all(bound() >= ALIKE for bound in bounds):  # each is slower, and lower, than the last
            yield first, second


def _alike(rarer: pd.Series, other: pd.Series) -> Finding:
    return Finding(
        rule=Rule.SIMILAR_OBJECTIVES,
        severity="warning",
        subject_type="objective",
        subject_id=str(rarer["objective_id"]),
        sentence=(
            f"“{rarer['title']}” and “{other['title']}” are two Objectives of {rarer['cycle_id']},"
            " as Key Results write them. If one is meant, write it in one way."
        ),
        evidence=str(other["title"]),
        url=str(rarer["url"]) if isinstance(rarer["url"], str) else None,
    )
