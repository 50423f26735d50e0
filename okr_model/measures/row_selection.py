"""Which rows a measure selects, and words of a measure that no row has or had.

What belongs here: comparing the words of a measure with the cells of rows: texts, relations,
checkboxes, and options, which are known by id and by every name that they have had. What does not:
the values of the rows (``row_measures``).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from okr_model.activity.issue_names import listed
from okr_model.entities.fields import resolve
from okr_model.findings import Finding
from okr_model.languages.folding import same_id, same_ids
from okr_model.languages.words import yes_or_no
from okr_model.measures.aggregates import QUOTIENTS
from okr_model.measures.parser import MeasureText, Where
from okr_model.measures.unknown_names import matches_nothing
from okr_model.measures.wording import conditions
from okr_model.quantities.cells import cells_of, records_of, texts_of

TABLE = "table"
"""The ``holds`` of cells of tables that only measures read."""
_MEMBER_COLUMNS = ["record_id", "url", "field", "text", "value", "part", "whole", "seen_at"]
_MEMBER_COLUMNS += ["date", "counts_in"]


def selected(
    where: Where, cells: pd.DataFrame, records: pd.DataFrame, key_results: pd.DataFrame
) -> pd.Series:
    """Whether each record has one of the accepted words in every column.

    A relation may name a Key Result by its id; a checkbox matches any word for ticked or not; an
    option is meant by its id, and by what it was once called where nothing is called so now.
    """
    kept = pd.Series(True, index=records.index)
    for column, wanted in where.items():
        kept &= _has(_column(cells, records, column, key_results), wanted)
    return kept


def unknown_values(
    what: MeasureText, key_result_id: str, cells: pd.DataFrame, key_results: pd.DataFrame
) -> list[Finding]:
    """Findings for words of a measure that no row has or had, with what there is instead."""
    records, found = records_of(cells, TABLE), list[Finding]()
    tested = (test for some in (what.where, what.part, what.whole) for test in some.items())
    for column, wanted in tested if len(records) else ():
        held = _column(cells, records, column, key_results)
        for word in wanted:
            ticked_later = held["tick"].notna().any() and yes_or_no(word) is not None
            if not _has(held, [word]).any() and not ticked_later:
                there = listed(sorted(held["text"].dropna().unique(), key=same_id))
                why = f"no row of {what.source} has or had the {column} “{word}”; {there}"
                found.append(matches_nothing(key_result_id, what.text, why))
    return found


def never_together(what: MeasureText, key_result_id: str) -> Finding:
    """The finding for a measure of rows that selects none, though each of its words is known."""
    of = f" with a value in {what.of}" if what.of else ""
    where = f" where {conditions(what.where)}" if what.where else ""
    why = f"there is no row of {what.source}{of}{where}"
    return matches_nothing(key_result_id, what.text, why)


def members_of(what: MeasureText, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows behind a value, for checking it by hand; see ``row_measures.rows_of_day``."""
    named = {(True, True): "part and whole", (True, False): "part", (False, True): "whole"}
    both = zip(rows["part"], rows["whole"], strict=True)
    sides = [named.get(pair, "neither") if what.aggregate in QUOTIENTS else None for pair in both]
    shown = rows if what.of else rows.assign(field=rows["place_of_row"], text=rows["text_of_row"])
    found = {
        "field": shown["field"].fillna(shown["record_id"]),
        "text": shown["text"].astype("object").where(shown["text"].notna(), None),
        "date": [None if pd.isna(day) else day.date() for day in rows["date"]],
        "counts_in": sides,
    }
    return shown.assign(
        **{name: pd.Series(value, rows.index, "object") for name, value in found.items()}
    )[_MEMBER_COLUMNS]


def _column(
    cells: pd.DataFrame, records: pd.DataFrame, column: str, key_results: pd.DataFrame
) -> pd.DataFrame:
    """``text``, ``folded``, ``option`` (its id), ``tick`` and ``seen_at`` of each record's cell."""
    held = cells_of(cells, TABLE, records, column)
    named = resolve(held, key_results.drop_duplicates("key_result_id"), "key_result_id")["id"]
    shown = named.where(held["kind"] == "refs", texts_of(held))
    refs = held["refs"].astype("object")
    option = refs.where((held["kind"] == "text") & refs.map(pd.api.types.is_list_like)).str[0]
    return pd.DataFrame(
        {
            "text": shown,
            "folded": same_ids(shown),
            "option": option.astype("str"),
            "tick": held["number"].where(held["kind"] == "bool"),
            "seen_at": records["seen_at"],
        },
        index=records.index,
    )


def _has(held: pd.DataFrame, wanted: Iterable[str]) -> pd.Series:
    words = [same_id(word) for word in wanted]
    ticks = [float(answer) for word in wanted if (answer := yes_or_no(word)) is not None]
    is_option = held["option"].notna()
    by_text = held["folded"].isin(words) & ~is_option
    by_option = held["option"].isin(_meant(held[is_option], words))
    return by_text | by_option | held["tick"].isin(ticks)


def _meant(options: pd.DataFrame, words: Iterable[str]) -> set[str]:
    """The ids of the options that the words mean; a present name precedes a former one."""
    latest = options.sort_values("seen_at", kind="stable").drop_duplicates("option", keep="last")
    meant: set[str] = set()
    for word in words:
        now = latest.loc[latest["folded"] == word, "option"]
        once = options.loc[options["folded"] == word, "option"]
        by_id = latest.loc[same_ids(latest["option"]) == word, "option"]
        meant |= set(next((ids for ids in (now, once, by_id) if len(ids)), []))
    return meant
