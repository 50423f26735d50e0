"""All that changed between two runs.

What belongs here: putting together rows, figures and levels. What does not: finding any of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from okr_model.tables import ACCUMULATED, KEY_RESULTS, TABLES, Table
from published.changes.movements import LevelChange, Movement, level_changes, movements
from published.changes.rows import TableChange, compare
from published.changes.runs import Run, key_results_of, newest_run, published_runs
from published.changes.steps import KEY, links_between, rows_between, under_last_ids
from published.changes.versions import rows_of_run
from published.key_results.new_work import NewWork, new_since
from published.snapshot import Snapshot
from published.table_query.answer import published_tables

_OF_RUNS = {"runs", "sources", *ACCUMULATED}


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link that began or ended, and on which day."""

    initiative: str
    day: dt.date
    what: str


@dataclass(frozen=True, slots=True)
class KeyResultChange:
    """What became of a Key Result.

    Attributes:
        key_result_id: Its id.
        was: The id that it had before, if it got this one since.
        cycle_id: Its cycle.
        statement: What it says.
        team: Whose it is.
        unit: The unit of its value now.
        state: ``there``, ``new`` or ``gone``.
        figures: Its figures that moved.
        levels: Each change of a level.
        links: The links that began or ended.
    """

    key_result_id: str
    cycle_id: str
    statement: str | None
    team: str | None
    unit: str | None
    state: str
    figures: tuple[Movement, ...] = ()
    levels: tuple[LevelChange, ...] = ()
    links: tuple[LinkChange, ...] = ()
    was: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one run to another.

    Attributes:
        first: The earlier run, or the one named first.
        last: The other one.
        with_what: What they computed with that differs: ``version``, ``code``, ``settings``.
        key_results: The Key Results of which something changed, by cycle and id.
        tables: The tables of which rows changed.
        new_work: What was first read between both and serves no Key Result, by team.
        not_kept: Tables that cannot be compared: rows of one of the runs are no longer kept, or an
            earlier version wrote none.
    """

    first: Run
    last: Run
    with_what: tuple[str, ...]
    key_results: tuple[KeyResultChange, ...]
    tables: tuple[TableChange, ...]
    new_work: tuple[NewWork, ...]
    not_kept: tuple[str, ...]


def changes_between(tables: Snapshot, history: Path, first: Run, last: Run) -> Changes:
    """What changed from ``first`` to ``last``, by what is published alone.

    Args:
        tables: The newest published tables.
        history: The folder of published tables as Delta.
        first: A run.
        last: A later run, or the same.
    """
    runs = published_runs(tables)
    compared, not_kept = [], []
    for table in TABLES:
        if table.name in _OF_RUNS:
            continue
        before, after = (_rows(tables, history, table, run, runs) for run in (first, last))
        if before is None or after is None:
            not_kept.append(table.name)
        elif not (change := compare(table, before, after)).is_none:
            compared.append(change)
    return Changes(
        first,
        last,
        tuple(
            name
            for name in ("version", "code", "settings")
            if None not in (was := getattr(first, name), now := getattr(last, name)) and was != now
        ),
        tuple(_key_results(tables, history, first, last, runs)),
        tuple(compared),
        new_since(tables, first.published_at, last.published_at),
        tuple(not_kept),
    )


def _rows(
    tables: Snapshot, history: Path, table: Table, run: Run, runs: list[Run]
) -> pd.DataFrame | None:
    """The rows of a table as they stood when a run had published; None if they are not kept."""
    if table is KEY_RESULTS:
        return key_results_of(tables, history, run, runs)
    if run.run_id == newest_run(tables, runs).run_id:
        there = {one.name for one in published_tables(tables)}
        return tables.table(table.name) if table.name in there else None
    earlier = [one.run_id for one in reversed(runs[: runs.index(run)])]
    rows = rows_of_run(history, table.name, run.run_id, earlier)
    return None if rows is None else rows.to_pandas(date_as_object=True)


def _key_results(
    tables: Snapshot, history: Path, first: Run, last: Run, runs: list[Run]
) -> list[KeyResultChange]:
    rows = rows_between(tables, history, first, last, runs)
    links = under_last_ids(links_between(tables, first, last), rows)
    rows = under_last_ids(rows, rows)
    then, now = (set(map(tuple, rows.loc[rows["place"] == at, KEY].to_numpy())) for at in (0, 2))
    in_both = rows[pd.MultiIndex.from_frame(rows[KEY]).isin(sorted(then & now))]
    moved, levels = movements(in_both, links), level_changes(in_both, links)
    of_links: dict[tuple[str, str], list[LinkChange]] = {}
    for link in links.sort_values("day", kind="stable").itertuples():
        began = LinkChange(link.initiative, link.day, link.cause)
        of_links.setdefault((link.key_result_id, link.cycle_id), []).append(began)
    before = rows[(rows["place"] == 0) & (rows["named"] != rows["key_result_id"])]
    was = dict(zip(map(tuple, before[KEY].to_numpy()), before["named"], strict=True))
    told = rows[rows["place"] != 1].drop_duplicates(KEY, keep="last").set_index(KEY)
    found = []
    for key in told.index.sort_values():
        key_result_id, cycle_id = key
        change = KeyResultChange(
            key_result_id,
            cycle_id,
            statement=_text(told.at[key, "statement"]),
            team=_text(told.at[key, "team"]),
            unit=_text(told.at[key, "unit"]),
            state="there" if key in then & now else "new" if key in now else "gone",
            figures=tuple(moved.get(key, ())),
            levels=tuple(levels.get(key, ())),
            links=tuple(of_links.get(key, ())),
            was=was.get(key),
        )
        if change.state != "there" or change.was or change.figures or change.levels or change.links:
            found.append(change)
    return found


def _text(value: object) -> str | None:
    return None if pd.isna(value) else str(value)
