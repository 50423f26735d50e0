"""Scores of Key Results at the end of their cycle, under their present and their original terms.

What belongs here: scores, their bands, how often the team checked in, and what a miss suggests.
What does not: progress (``progress``), the original terms (``original_terms``), and the findings of
a cycle that is not closed (``phase_findings``).

Bands, from 0 to 1: an aspirational Key Result has *reached* at 1, is *satisfactory* from 0.7, made
*some progress* from 0.3 and *none* below. A committed one has *failed* below 1. Without a declared
ambition the bands are those of an aspirational one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from okr_model.governance.original_terms import TERMS, original_terms
from okr_model.governance.phases import PhaseWeeks, last_day_of
from okr_model.progress.progress import progress_of
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight
from okr_model.quantities.teams import by_team
from okr_model.tables.history import SCORES
from okr_model.teams.rhythm import days_made, expected_of, spans_of
from okr_model.teams.teams import Teams

SATISFACTORY, SOME = 0.7, 0.3
STRONG_RHYTHM = 0.7
"""From this share of check-ins on time or late on, the rhythm of a Key Result is strong."""
_FEWEST_DUE = 3  # check-ins that must have been due before a rhythm is judged
_ROUNDING = 1e-9  # so that a score of 0.7 is satisfactory, however it was computed


def build_scores(
    key_results: pd.DataFrame,
    closed: pd.DataFrame,
    changes: pd.DataFrame,
    check_ins: pd.DataFrame,
    teams: Teams,
    weeks: PhaseWeeks,
    as_of: date,
) -> pd.DataFrame:
    """One row for each Key Result whose cycle has begun.

    Args:
        key_results: From :func:`okr_model.assemble.build_key_results`.
        closed: From :func:`okr_model.governance.closings.closings`.
        changes: As :func:`okr_model.progress.definition_changes.definition_changes` returns.
        check_ins: ``key_result_id, cycle_id, date``.
        teams: The teams with their rhythms.
        weeks: How long the phases of a cycle are.
        as_of: The day.

    Returns:
        The columns of :data:`okr_model.tables.history.SCORES` but for those of the run.
    """
    begun = key_results["cycle_start"] <= midnight(as_of)
    rows = key_results[begun].reset_index(drop=True)
    terms, changed = original_terms(rows, changes, agreed_on(rows, weeks))
    under_original = progress_of(rows.assign(**{name: _typed(rows, terms, name) for name in TERMS}))
    ended = rows["score"].notna()
    rows = rows.assign(
        **{f"original_{name}": _typed(rows, terms, name) for name in TERMS},
        terms_changed=changed,
        progress_original=under_original,
        score_original=under_original.where(ended),
    )
    rows["band"] = bands(rows["score"], rows["ambition"])
    rows["band_original"] = bands(rows["score_original"], rows["ambition"])
    rows = rows.merge(closed, on=KEY, how="left")
    rows["carried_from"], rows["carried_to"] = _carried(rows, key_results, closed)
    rows = rows.join(_rhythm(rows, check_ins, teams, as_of))
    rows["miss_suggests"] = _suggests(rows)
    return rows[[name for name in SCORES.column_names if name not in ("as_of", "run_id")]]


def agreed_on(rows: pd.DataFrame, weeks: PhaseWeeks) -> pd.Series:
    """The last day of the baseline phase of each row's cycle, as midnights.

    Args:
        rows: ``cycle_start, cycle_end``.
        weeks: How long the phases of a cycle are.
    """
    return cycle_days(rows, "baseline", weeks)


def cycle_days(rows: pd.DataFrame, phase: Any, weeks: PhaseWeeks) -> pd.Series:
    """The last day of a phase of each row's cycle, as midnights; see :func:`last_day_of`."""
    edges = list(zip(rows["cycle_start"], rows["cycle_end"], strict=True))
    days = {
        edge: midnight(last_day_of(phase, edge[0].date(), edge[1].date(), weeks))
        for edge in set(edges)
    }
    return pd.Series([days[edge] for edge in edges], index=rows.index, dtype="datetime64[us]")


def bands(scores: pd.Series, ambition: pd.Series) -> pd.Series:
    """The band of each score; null without one."""
    names = np.select(
        [
            scores.isna(),
            scores >= 1 - _ROUNDING,
            ambition == "committed",
            scores >= SATISFACTORY - _ROUNDING,
            scores >= SOME - _ROUNDING,
        ],
        ["", "reached", "failed", "satisfactory", "some progress"],
        "none",
    )
    return pd.Series(names, index=scores.index).replace("", None).astype("str")


def _typed(rows: pd.DataFrame, terms: pd.DataFrame, name: str) -> pd.Series:
    """A term with the type that it has in ``rows``."""
    return terms[name].astype(rows[name].dtype if name in ("kind", "unit") else "float64")


def _carried(
    rows: pd.DataFrame, key_results: pd.DataFrame, closed: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """What each Key Result goes on with, and what goes on with it: ``KR-3 (2026-Q3)``.

    A record says so, or the same id stands in a later cycle.
    """
    known = key_results[[*KEY, "cycle_start"]].merge(
        closed[[*KEY, "carried_from"]], on=KEY, how="left"
    )
    known = known.sort_values(["cycle_start", *KEY], kind="stable")
    before: dict[tuple[str, str], str] = {}
    after: dict[tuple[str, str], str] = {}
    last: dict[str, tuple[str, str]] = {}
    for name, cycle, _, declared in known.itertuples(index=False, name=None):
        source = last.get(declared if isinstance(declared, str) else name)
        if source is not None and source[1] != cycle:
            before[(name, cycle)] = f"{source[0]} ({source[1]})"
            after[source] = f"{name} ({cycle})"
        last[name] = (name, cycle)
    keys = list(zip(rows["key_result_id"], rows["cycle_id"], strict=True))
    found = (pd.Series([of.get(key) for key in keys], rows.index, "str") for of in (before, after))
    return next(found), next(found)


def _rhythm(rows: pd.DataFrame, check_ins: pd.DataFrame, teams: Teams, as_of: date) -> pd.DataFrame:
    """How many check-ins were due and how many were made, on each Key Result in its cycle."""
    made = days_made(check_ins)
    first_teams = by_team(rows).groupby(level=0)["team"].first().reindex(rows.index)
    due, kept = [], []
    for _, key, cycle, team, span in spans_of(rows.assign(team=first_teams.fillna(""))):
        expected = expected_of(teams, team, span, made.get((key, cycle), []), as_of)
        found = [one.state for one in expected if one.state != "not yet due"]
        due.append(len(found))
        kept.append(sum(state != "missed" for state in found))
    counts = pd.DataFrame({"check_ins_due": due, "check_ins_made": kept}, index=rows.index)
    judged = counts["check_ins_due"] >= _FEWEST_DUE
    strong = counts["check_ins_made"] >= STRONG_RHYTHM * counts["check_ins_due"]
    names = pd.Series(np.where(strong, "strong", "weak"), index=rows.index)
    return counts.assign(rhythm=names.where(judged).astype("str"))


def _suggests(rows: pd.DataFrame) -> pd.Series:
    """What a miss suggests, by the rhythm: the Key Result was wrong, or the cadence."""
    missed = rows["band"].isin(["failed", "some progress", "none"])
    names = rows["rhythm"].map({"strong": "the Key Result", "weak": "the cadence"})
    return names.where(missed).astype("str")
