"""Targets that are more than one figure, or may be another: bands, stages, signs and fractions.

What belongs here: what such a text in the target's field makes of a Key Result. What does not: how
the text is taken apart (``quantities.ranges``, ``quantities.stages``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.progress.kinds import BAND, MILESTONES
from okr_model.quantities.cell_quantities import convert_quantities, read_quantities
from okr_model.quantities.numbers import Unreadable, plain_text
from okr_model.quantities.ranges import Range, parse_range
from okr_model.quantities.stages import parse_stages, reached_share
from okr_model.quantities.units import figure, in_words

_READ = ["value", "unit", "problem"]


def read_bands(
    fields: Mapping[str, pd.DataFrame],
    read: Mapping[str, pd.DataFrame],
    declared: pd.Series,
    unit: pd.Series,
) -> None:
    """Set both edges in ``read`` where the target's text names two: ``40–60 %``.

    Args:
        fields: The cells of ``target`` and ``target_high``.
        read: Their quantities (:func:`okr_model.quantities.cell_quantities.read_quantities`).
        declared: The kind each Key Result declares, null where it declares none.
        unit: The unit each Key Result is known to have.
    """
    target, high = read["target"], read["target_high"]
    for at in target.index[(target["kind"] == "text") & target["value"].isna()]:
        band = parse_range(
            str(target.at[at, "text"]),
            or_none(fields["target"].at[at, "locale"]),
            or_none(unit.at[at]),
        )
        if band is None:
            continue
        kind = or_none(declared.at[at])
        problem = _trouble(band, kind, fields["target_high"].at[at, "kind"] != "empty")
        if problem is not None or isinstance(band, Unreadable):
            target.loc[at, _READ] = [np.nan, None, problem]
            continue
        target.loc[at, _READ] = [band.low.value, band.low.unit, None]
        high.loc[at, _READ] = [band.high.value, band.high.unit, None]
        high.loc[at, ["text", "kind"]] = target.loc[at, ["text", "kind"]]


def _trouble(band: Range | Unreadable, kind: str | None, has_upper: bool) -> str | None:
    """Why a text with two figures is no band here, as the end of a sentence."""
    if isinstance(band, Unreadable):
        return band.reason
    low, high = in_words(band.low.value, band.low.unit), in_words(band.high.value, band.high.unit)
    if kind is None and band.is_plain:
        return (
            f"it may be a band between {low} and {high}, or a way from {low} to {high}; declare the"
            f" kind band, or write the baseline in a field of its own"
        )
    if kind not in (None, BAND):
        return f"it names two figures, {low} and {high}, and the kind {kind} has one target"
    return (
        "it names both edges, and there is an upper edge in a field of its own"
        if has_upper
        else None
    )


def ask_about_changes(read: Mapping[str, pd.DataFrame]) -> None:
    """Set the problem of targets with a sign that may tell a change: ``+5 %``, ``-20`` from 100.

    Where the baseline is negative or has a plus, too, a sign belongs to the figure (``-30`` to
    ``+10``); and so it does in a bound or in a band.

    Args:
        read: The quantities of ``target, target_high, baseline``.
    """
    target, baseline = read["target"], read["baseline"]
    possible = (target["kind"] == "text") & target["value"].notna() & target["bound"].isna()
    possible &= (read["target_high"]["kind"] == "empty") & ~(baseline["value"] < 0)
    for at in target.index[possible]:
        sign, before = (plain_text(or_none(q.at[at, "text"]) or "")[:1] for q in (target, baseline))
        falls = sign == "-" and baseline.at[at, "value"] > 0
        if falls or (sign == "+" and before != "+"):
            problem = "it may be a change, or the value to arrive at; write the latter, unsigned"
            target.loc[at, _READ] = [np.nan, None, problem]


def ask_about_fractions(read: Mapping[str, pd.DataFrame]) -> None:
    """Set the problem of bare figures up to 1 beside a percentage: ``90 %`` to ``0.95``.

    Only where 95 % is nearer to the other figure than 0.95 %, so that ``1.2 %`` to ``0.8`` is read.

    Args:
        read: The quantities of ``target`` and ``baseline``.
    """
    for one, other in (("target", "baseline"), ("baseline", "target")):
        bare, beside = read[one], read[other]
        size = bare["value"].abs()
        doubted = bare["unit"].isna() & (beside["unit"] == "%") & (size > 0) & (size <= 1)
        doubted &= beside["value"].abs() > 10 * size
        for at in bare.index[doubted]:
            value = float(bare.at[at, "value"])
            problem = f"it may be {figure(value)} % or {figure(value * 100)} %; write the unit"
            bare.loc[at, ["value", "problem"]] = [np.nan, problem]


def read_stage_targets(cells: pd.DataFrame, read: pd.DataFrame, declared: pd.Series) -> pd.Series:
    """The stages of milestones whose target is written as such: ``Design 20 %, Build 80 %``.

    Sets the target in ``read`` to the whole.

    Returns:
        ``Design: 0.2; Build: 0.8`` a row, null where the target names no stages.
    """
    stages = pd.Series(None, index=cells.index, dtype="object")
    possible = declared.isna() | (declared == MILESTONES)
    for at in read.index[(read["kind"] == "text") & read["value"].isna() & possible]:
        found = parse_stages(str(read.at[at, "text"]), or_none(cells.at[at, "locale"]))
        if found is None:
            continue
        if isinstance(found, Unreadable):
            read.loc[at, "problem"] = found.reason
            continue
        stages.at[at] = "; ".join(f"{name}: {weight!r}" for name, weight in found.items())
        read.loc[at, _READ] = [100.0, "%", None]
    return stages


def read_values(cells: pd.DataFrame, units: pd.Series, stages: pd.Series) -> pd.DataFrame:
    """Values in the unit of their Key Result, those that name its stages included.

    Args:
        cells: One field's cells, one a record.
        units: The unit of each record's Key Result, null where it has none.
        stages: As :func:`read_stage_targets` returns them, of each record's Key Result.

    Returns:
        ``value, conversion, problem``, as
        :func:`okr_model.quantities.cell_quantities.convert_quantities` does.
    """
    read = read_quantities(cells, units)
    staged = stages.notna() & (read["kind"] == "text") & read["value"].isna()
    for at in read.index[staged]:
        pairs = (part.rpartition(": ") for part in str(stages.at[at]).split("; "))
        known = {name: float(weight) for name, _, weight in pairs}
        share = reached_share(str(read.at[at, "text"]), known)
        if isinstance(share, Unreadable):
            read.loc[at, "problem"] = share.reason
        elif share is not None:
            whole = 100.0 if units.at[at] == "%" else 1.0
            read.loc[at, _READ] = [round(share * whole, 10), or_none(units.at[at]), None]
    return convert_quantities(read, units)
