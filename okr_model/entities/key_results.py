"""Key Results: their definitions, each in one unit.

What belongs here: reading definitions, inferring unit, kind, cycle and due date where they are not
declared, and reporting faults. What does not: values over time (``measurements``, ``progress``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from okr_model.entities import key_result_findings as say
from okr_model.entities.fields import (
    each,
    ids,
    no_id,
    or_none,
    resolve,
    spelled_as,
    texts,
    unreadable,
)
from okr_model.entities.identity.duplicate_ids import IdHolders, settle_duplicates
from okr_model.entities.key_result_terms import (
    set_closing,
    set_path,
    set_phases,
    set_start,
    set_tolerance,
    set_weight,
)
from okr_model.entities.statement_figures import read_statement
from okr_model.entities.target_texts import (
    ask_about_changes,
    ask_about_fractions,
    read_bands,
    read_stage_targets,
)
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import fold_case
from okr_model.languages.words import kind_of
from okr_model.progress.kinds import MILESTONES
from okr_model.quantities.cell_quantities import convert_quantities, read_quantities
from okr_model.quantities.cells import cells_of, places_of, records_of, texts_of
from okr_model.quantities.cycles import Cycle, cycles_frame
from okr_model.quantities.days import local_days, read_days
from okr_model.quantities.teams import split_teams
from okr_model.quantities.units import YES_NO, canonical_unit
from okr_model.tables.vocabulary import KINDS

_HOLDS = "key_results"
_FIGURES = ("target", "target_high", "baseline")
_SAYS = (
    "statement", "objective_id", "team", "owner", "rationale", "measure", "baseline_text",
    "target_text",
)  # fmt: skip
_MOVING = ("increase", "decrease")
_Fields = Mapping[str, pd.DataFrame]


def read_key_results(
    cells: pd.DataFrame,
    objectives: pd.DataFrame,
    cycles: Sequence[Cycle],
    timezone: str,
    as_of: date | None = None,
    aliases: Mapping[str, str] | None = None,
    held: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the definitions of the Key Results.

    - Unit: the declared one, else the target's, else the baseline's; target and baseline are
      converted into it ("3 days" to "4 hours" is 72 to 4 hours). Yes/no Key Results have the unit
      ``yes/no`` and the target 1.
    - Kind: the declared one; else ``band`` where there is an upper edge, ``at least`` or ``at
      most`` where the target says ≥ or ≤, ``decrease`` or ``increase`` by baseline and target,
      ``at least`` where no baseline was declared. Null where baseline equals target or there is no
      target. A declared increase from a higher baseline (or the reverse) is read by its figures.
    - Without a target field, target and baseline are taken from the statement ("from 3 days to 4
      hours"), if it names exactly one pair of figures.
    - Cycle: the declared one, else the Objective's, else the one that contains the due date. One
      that names no cycle and no readable due date is of the only cycle there is, or else of the
      only one that contains ``as_of``; that is a finding. A Key Result without a known cycle is
      left out.
    - Start: the declared day, if it is before the due day; null means the first day of the cycle.
    - Due: the declared day, else the last day of the cycle.
    - Path: ``counter`` or ``level`` where declared; else null, see
      :mod:`okr_model.forecast.path_kinds`.
    - Phases: see :func:`okr_model.progress.expected_path.read_phases`; if one cannot be read, all
      are ignored.
    - The same id twice in one cycle: the record that held it before stays; if none did, all are
      left out. See :mod:`okr_model.entities.identity.duplicate_ids`.

    Args:
        cells: The long cells frame.
        objectives: From :func:`okr_model.entities.read_objectives`.
        cycles: The cycles of the settings.
        timezone: The organization's zone, in which instants become days.
        as_of: The day; see the cycle above.
        aliases: Former id -> current id.
        held: The Key Results as published before; None before the first run.

    Returns:
        The definitions (``key_result_id, cycle_id, statement, objective_id, objective, team, teams,
        owner, source, record_id, url, kind, unit, baseline, target, target_high, ambition,
        starts_on, due_on, due_source, phases, cycle_start, cycle_end, rationale, measure,
        tolerance, weight, declared_path, closed_as, lesson, carried_from, created_on`` (the day of
        the record, where its source says so), ``baseline_text, target_text``: as read, with the
        conversion; ``assumed_direction``: whether nothing but the target says that more is better)
        and the findings.
    """
    records = records_of(cells, _HOLDS)
    frame = _words(cells, records)
    findings = each(frame[frame["key_result_id"].isna()], lambda row: no_id(row, "Key Result"))
    frame = frame[frame["key_result_id"].notna()]
    findings += _place(frame, cells, records.loc[frame.index], objectives, aliases)
    findings += _time(frame, cells, records.loc[frame.index], objectives, cycles, timezone, as_of)
    frame, repeated = settle_duplicates(
        frame[frame["cycle_start"].notna()], IdHolders("key result", "key_result_id", _SAYS, held)
    )
    findings += repeated + _figures(frame, cells, records.loc[frame.index])
    findings += set_tolerance(frame, cells, records.loc[frame.index])
    findings += set_weight(frame, cells, records.loc[frame.index])
    findings += set_path(frame, cells, records.loc[frame.index])
    findings += set_start(frame, cells, records.loc[frame.index], timezone)
    findings += set_phases(frame, cells, records.loc[frame.index])
    findings += set_closing(frame, cells, records.loc[frame.index])
    frame["teams"] = split_teams(frame["team"], objectives["team"])
    frame["created_on"] = local_days(records.loc[frame.index, "created_at"], timezone)
    return frame.drop(columns=["place", "declared_kind"]).reset_index(drop=True), findings_frame(
        findings
    )


def _words(cells: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    named = {"key_result_id": "id", "statement": "statement", "team": "team", "owner": "owner"}
    named |= {"cycle_id": "cycle", "declared_kind": "kind", "unit": "unit", "ambition": "ambition"}
    named |= {"rationale": "rationale", "measure": "measure"}
    named |= {"baseline_text": "baseline", "target_text": "target"}
    frame = pd.DataFrame(
        {column: texts(cells, _HOLDS, records, field) for column, field in named.items()}
    )
    frame[["source", "place", "record_id", "url"]] = records[
        ["source", "place", "record_id", "record_url"]
    ]
    ambition = frame["ambition"].str.casefold()
    frame["key_result_id"] = ids(cells, _HOLDS, records, "id")
    frame["ambition"] = ambition.where(ambition.isin(["committed", "aspirational"]))
    return frame


def _place(
    frame: pd.DataFrame,
    cells: pd.DataFrame,
    records: pd.DataFrame,
    objectives: pd.DataFrame,
    aliases: Mapping[str, str] | None,
) -> list[Finding]:
    """Set ``objective_id``, and ``team`` from the Objective where it has none of its own."""
    stated = cells_of(cells, _HOLDS, records, "objective")
    named = resolve(stated, objectives, "objective_id", aliases)
    frame["objective_id"] = named["id"]
    known = objectives.drop_duplicates("objective_id").set_index("objective_id")
    theirs = frame["objective_id"].map(known["team"])
    frame["team"] = frame["team"].where(frame["team"].notna(), theirs).astype("str")
    return each(frame[named["id"].notna() & ~named["known"]], say.unknown_objective) + each(
        frame[named["several"]], say.several_objectives
    )


def _time(
    frame: pd.DataFrame,
    cells: pd.DataFrame,
    records: pd.DataFrame,
    objectives: pd.DataFrame,
    cycles: Sequence[Cycle],
    timezone: str,
    as_of: date | None,
) -> list[Finding]:
    """Set ``cycle_id, cycle_start, cycle_end, due_on, due_source, objective``."""
    due_cells = cells_of(cells, _HOLDS, records, "due")
    due = read_days(due_cells, timezone, due_in=cycles)
    known = cycles_frame(cycles)
    frame["cycle_id"] = spelled_as(frame["cycle_id"], known["cycle_id"])
    once = objectives.drop_duplicates("objective_id", keep=False).set_index("objective_id")
    theirs = frame["objective_id"].map(once["cycle_id"])
    frame["cycle_id"] = frame["cycle_id"].where(frame["cycle_id"].notna(), theirs).astype("str")
    for cycle_id, start, end in known.itertuples(index=False, name=None):
        frame["cycle_id"] = frame["cycle_id"].where(
            frame["cycle_id"].notna() | ~due["day"].between(start, end), cycle_id
        )
    silent = frame["cycle_id"].isna() & due["day"].isna()
    only = _only_cycle(cycles, as_of)
    if only:
        frame.loc[silent, "cycle_id"] = only
    edges = known.set_index("cycle_id")
    frame["cycle_start"] = frame["cycle_id"].map(edges["cycle_start"]).astype("datetime64[us]")
    frame["cycle_end"] = frame["cycle_id"].map(edges["cycle_end"]).astype("datetime64[us]")
    frame["due_on"] = due["day"].fillna(frame["cycle_end"])
    frame["due_source"] = due["day"].isna().map({True: "end of cycle", False: "declared"})
    titled = objectives.drop_duplicates(["objective_id", "cycle_id"])
    here = frame[["objective_id", "cycle_id"]].merge(
        titled[["objective_id", "cycle_id", "title"]], how="left"
    )["title"]
    anywhere = objectives.drop_duplicates("objective_id").set_index("objective_id")["title"]
    elsewhere = frame["objective_id"].map(anywhere)
    here = here.set_axis(frame.index)
    frame["objective"] = here.where(here.notna(), elsewhere).astype("str")
    outside = (due["day"] < frame["cycle_start"]) | (due["day"] > frame["cycle_end"])
    faulty = frame.assign(
        problem=due["problem"], text=due_cells["text"], field=places_of(due_cells)
    )
    return (
        each(frame[frame["cycle_start"].isna()], say.no_cycle)
        + each(frame[silent & frame["cycle_start"].notna()], say.assumed_cycle)
        + each(frame[outside], say.due_outside)
        + each(
            faulty[faulty["problem"].notna()],
            lambda row: unreadable(row, "key result", row["key_result_id"], "due date"),
        )
    )


def _only_cycle(cycles: Sequence[Cycle], as_of: date | None) -> str | None:
    """The cycle of a Key Result that names neither a cycle nor a due date, if only one can be."""
    holding = [cycle.id for cycle in cycles if as_of and cycle.contains(as_of)]
    candidates = [cycle.id for cycle in cycles] if len(cycles) == 1 else holding
    return candidates[0] if len(candidates) == 1 else None


def _figures(frame: pd.DataFrame, cells: pd.DataFrame, records: pd.DataFrame) -> list[Finding]:
    """Set ``unit, kind, baseline, target, target_high`` and the texts they were read from."""
    declared = _declared_kinds(frame["declared_kind"])
    unit = _declared_units(cells_of(cells, _HOLDS, records, "unit"))
    unit = unit.where(unit.notna() | (declared != YES_NO), YES_NO)
    fields = {name: cells_of(cells, _HOLDS, records, name) for name in _FIGURES}
    _fill_from_statements(fields, cells_of(cells, _HOLDS, records, "statement"))
    read = {name: read_quantities(fields[name], unit) for name in _FIGURES}
    stages = read_stage_targets(fields["target"], read["target"], declared)
    frame["stages"] = stages.astype("str")
    declared = declared.mask(declared.isna() & stages.notna(), MILESTONES)
    read, unit = _in_one_unit(fields, read, unit)
    ask_about_changes(read)
    ask_about_fractions(read)
    read_bands(fields, read, declared, unit)
    unit = _first_unit(read, unit)
    frame["unit"] = unit.astype("str")
    findings = each(frame[declared.notna() & ~declared.isin(KINDS)], say.unknown_kind)
    for name in _FIGURES:
        figures = convert_quantities(read[name], unit)
        frame[name] = figures["value"]
        frame[f"{name}_text"] = figures["conversion"].where(
            figures["conversion"].notna(), read[name]["text"].where(figures["value"].notna())
        )
        wrong = figures["problem"].notna()
        if wrong.any():
            text, field = read[name]["text"], places_of(fields[name])
            faulty = frame.assign(problem=figures["problem"], text=text, field=field)[wrong]
            findings += each(faulty, partial(say.unreadable_figure, name=name))
    frame["target"] = frame["target"].mask((declared == YES_NO) & frame["target"].isna(), 1.0)
    return findings + _kinds(frame, declared, read["target"]["bound"])


def _in_one_unit(
    fields: _Fields, read: _Fields, unit: pd.Series
) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    """The figures read again with the unit that one of them names: ``30m`` beside hours is unclear.

    A figure that was read from its text already, such as stages, stays.
    """
    named = _first_unit(read, unit)
    later = unit.isna() & named.notna()
    if not later.any():
        return dict(read), unit
    again = {name: read_quantities(fields[name], named) for name in _FIGURES}
    plain = {name: later & read[name]["unit"].isna() for name in _FIGURES}
    return {name: again[name].where(plain[name], read[name]) for name in _FIGURES}, named


def _first_unit(read: _Fields, unit: pd.Series) -> pd.Series:
    """The known unit, else that of the target, its upper edge or the baseline."""
    for name in _FIGURES:
        unit = unit.where(unit.notna(), read[name]["unit"])
    return unit


def _declared_kinds(words: pd.Series) -> pd.Series:
    """The kind that each word names, in any language; folded as it is where it names none."""
    named = {word: kind_of(word) or fold_case(word) for word in words.dropna().unique()}
    return words.astype("object").map(named).astype("str")


def _declared_units(cells: pd.DataFrame) -> pd.Series:
    """The unit in each cell, in its one spelling; null where none is."""
    units = [
        canonical_unit(text, or_none(locale)) if isinstance(text, str) else None
        for text, locale in zip(texts_of(cells).astype("object"), cells["locale"], strict=True)
    ]
    return pd.Series(units, index=cells.index, dtype="object")


def _fill_from_statements(fields: dict[str, pd.DataFrame], statements: pd.DataFrame) -> None:
    """Take the figures of the statement where the target field is empty."""
    silent = (fields["target"]["kind"] == "empty") & statements["text"].notna()
    for at in statements.index[silent]:
        locale = or_none(statements.at[at, "locale"])
        found = read_statement(str(statements.at[at, "text"]), locale)
        for name, text in found._asdict().items() if found else ():
            cell = fields[name]
            if text is not None and cell.at[at, "kind"] == "empty":
                derived = ["text", text, "statement", locale]
                cell.loc[at, ["kind", "text", "name", "locale"]] = derived


def _kinds(frame: pd.DataFrame, declared: pd.Series, bound: pd.Series) -> list[Finding]:
    """Set ``kind`` from the declaration and the figures."""
    baseline, target = frame["baseline"], frame["target"]
    reversed_band = frame["target_high"] < target
    frame.loc[reversed_band, ["target", "target_high"]] = frame.loc[
        reversed_band, ["target_high", "target"]
    ].to_numpy()
    by_figures = np.select([baseline > target, baseline < target], ["decrease", "increase"], "")
    from_figures = pd.Series(by_figures, index=frame.index)
    inferred = pd.Series(
        np.select(
            [frame["target_high"].notna(), bound.notna(), baseline.isna() & target.notna()],
            ["band", bound.fillna(""), "at least"],
            from_figures,
        ),
        index=frame.index,
    )
    against = declared.isin(["increase", "decrease"]) & (from_figures != "")
    against &= declared != from_figures
    known = declared.isin(KINDS) & ~against
    frame["assumed_direction"] = ~known & bound.isna() & (inferred == "at least")
    kind = declared.where(known, inferred)
    frame["kind"] = kind.where(kind != "").astype("str")
    findings = each(frame[against], say.against_figures)
    findings += each(frame[frame["target"].isna()], say.no_target)
    stuck = (baseline == target) & (frame["kind"].isna() | frame["kind"].isin(_MOVING))
    findings += each(frame[stuck], say.no_way_to_go)
    return findings
