"""Terms of a Key Result beside its figures: tolerance, weight, path, start, phases and closing.

What belongs here: reading these, each with its faults. What does not: target, baseline, unit
and kind (``key_results``), and the path that start and phases make (``progress.expected_path``).
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from okr_model.entities import key_result_findings as say
from okr_model.entities.fields import each, or_none, resolve, set_end
from okr_model.findings import Finding
from okr_model.progress.expected_path import first_days, read_phases
from okr_model.progress.kinds import MILESTONES, PATHS, WITH_PHASES, wholes
from okr_model.quantities.cell_quantities import read_quantities
from okr_model.quantities.cells import cells_of, places_of, texts_of
from okr_model.quantities.days import read_days
from okr_model.quantities.numbers import Unreadable

_HOLDS = "key_results"


def set_tolerance(frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame) -> list[Finding]:
    """Set ``tolerance``: the largest accepted difference between its measures, as a share."""
    stated = cells_of(cells, _HOLDS, records, "tolerance")
    read = read_quantities(stated)
    share = read["value"].where(read["unit"] != "%", read["value"] / 100)
    usable = share.between(0, 1) & (read["unit"].isna() | (read["unit"] == "%"))
    frame["tolerance"] = share.where(usable)
    faulty = frame.assign(
        problem="it is not a share; write one such as 2 %",
        text=read["text"],
        field=places_of(stated),
    )
    return each(
        faulty[~usable & (stated["kind"] != "empty")],
        partial(say.unreadable_figure, name="tolerance"),
    )


def set_weight(frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame) -> list[Finding]:
    """Set ``weight``: how much it counts in its Objective."""
    stated = cells_of(cells, _HOLDS, records, "weight")
    read = read_quantities(stated)
    percent = read["unit"] == "%"
    usable = (read["unit"].isna() | percent) & (read["value"] >= 0)
    share = (read["value"] / 100).round(12)
    frame["weight"] = read["value"].where(~percent, share).where(usable)
    why = read["problem"].fillna("it is not a number of 0 or more")
    faulty = frame.assign(problem=why, text=read["text"], field=places_of(stated))
    return each(
        faulty[~usable & (stated["kind"] != "empty")], partial(say.unreadable_figure, name="weight")
    )


def set_closing(frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame) -> list[Finding]:
    """Set what the team wrote when it closed the cycle: ``closed_as, lesson, carried_from``.

    ``closed_as`` is continue, abandon or done; ``carried_from`` the id of the Key Result of an
    earlier cycle that this one goes on with, named by its id or by a relation.
    """
    found = set_end(frame, cells, _HOLDS, records, "key result")
    before = cells_of(cells, _HOLDS, records, "carried_from")
    named = resolve(before, frame, "key_result_id")
    frame["carried_from"] = named["id"].where(named["known"])
    unknown = frame.assign(
        problem="no Key Result has that id", text=named["id"], field=places_of(before)
    )
    return found + each(
        unknown[named["id"].notna() & ~named["known"]],
        partial(say.unreadable_figure, name="carried_from"),
    )


def set_path(frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame) -> list[Finding]:
    """Set ``declared_path``: counter or level, where the record says which its path is."""
    stated = cells_of(cells, _HOLDS, records, "path")
    text = texts_of(stated)
    path = text.astype("str").str.strip().str.casefold()
    usable = path.isin(PATHS)
    frame["declared_path"] = path.where(usable).astype("str")
    faulty = frame.assign(
        problem="it is neither counter nor level", text=text, field=places_of(stated)
    )
    return each(faulty[~usable & text.notna()], partial(say.unreadable_figure, name="path"))


def set_start(
    frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame, timezone: str
) -> list[Finding]:
    """Set ``starts_on``: the first day of its expected path, where declared."""
    stated = cells_of(cells, _HOLDS, records, "start")
    read = read_days(stated, timezone)
    begin = read["day"]
    frame["starts_on"] = begin.where(begin < frame["due_on"])
    outside = frame.assign(start=begin)[(begin < frame["cycle_start"]) | (begin >= frame["due_on"])]
    faulty = frame.assign(problem=read["problem"], text=stated["text"], field=places_of(stated))
    return each(outside, say.start_outside) + each(
        faulty[faulty["problem"].notna()], partial(say.unreadable_figure, name="start")
    )


def set_phases(frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame) -> list[Finding]:
    """Set ``phases``: its intermediate targets."""
    stated = cells_of(cells, _HOLDS, records, "phases")
    frame["phases"] = pd.Series(None, index=frame.index, dtype="str")
    stages = frame["kind"] == MILESTONES  # their target is the complete share
    target = frame["target"].mask(stages, wholes(frame["unit"]))
    written = frame.assign(target=target)[texts_of(stated).notna() & target.notna()]
    facts = zip(first_days(written), written["due_on"], written["target"], strict=True)
    read: list[str | Unreadable] = []
    for at, (begin, due, end) in zip(written.index, facts, strict=True):
        unit, kind = (or_none(written.at[at, name]) for name in ("unit", "kind"))
        if kind not in WITH_PHASES:
            read.append(Unreadable(f"a Key Result of kind {kind or 'unknown'} has none"))
            continue
        text, locale = str(stated.at[at, "text"]), or_none(stated.at[at, "locale"])
        read.append(read_phases(text, unit, locale, begin.date(), due.date(), float(end)))
    for at, phases in zip(written.index, read, strict=True):
        if isinstance(phases, str) and phases:
            frame.loc[at, "phases"] = phases
    reasons = [phases.reason if isinstance(phases, Unreadable) else None for phases in read]
    faulty = written.assign(
        problem=reasons,
        text=stated["text"].loc[written.index],
        field=places_of(stated).loc[written.index],
    )
    return each(
        faulty[faulty["problem"].notna()], partial(say.unreadable_figure, name="text of the phases")
    )
