"""What a phase of the cycle asks: readiness, what can still be reached, the freeze, closing.

What belongs here: findings that begin and end with a phase. What does not: the phases themselves
(``phases``), signals, which may fire on any day (``confidence``), and scores (``scores``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from okr_model.confidence.firing import running, undecided
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.governance.original_terms import TERMS
from okr_model.governance.phases import PhaseWeeks, last_day_of
from okr_model.governance.scores import cycle_days
from okr_model.progress.definition_changes import dated
from okr_model.progress.kinds import falls
from okr_model.progress.value_series import KEY
from okr_model.quantities.cycles import Cycle
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import by_team
from okr_model.wording import movement, probability

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class PhaseInputs:
    """What the findings of phases are about.

    Attributes:
        key_results: From :func:`okr_model.assemble.build_key_results`.
        changes: As :func:`okr_model.progress.definition_changes.definition_changes` returns.
        closed: From :func:`okr_model.governance.closings.closings`.
        weeks: How long the phases of a cycle are.
        unlikely: A Key Result is hard to reach below this probability.
        keeps_closings: Whether records or people say what becomes of Key Results at the end of a
            cycle.
    """

    key_results: pd.DataFrame
    changes: pd.DataFrame
    closed: pd.DataFrame
    weeks: PhaseWeeks
    unlikely: float
    keeps_closings: bool


def phase_findings(inputs: PhaseInputs, as_of: date) -> pd.DataFrame:
    """All findings of the phases in which the cycles are on a day.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    rows = inputs.key_results
    ends = {
        phase: cycle_days(rows, phase, inputs.weeks)
        for phase in ("baseline", "execution", "mid-cycle review", "closing")
    }
    rows = rows.assign(
        baseline_until=ends["baseline"],
        review_from=ends["execution"] + pd.Timedelta(days=1),
        review_until=ends["mid-cycle review"],
        close_by=ends["closing"],
    )
    now = rows[running(rows, as_of)]
    today = midnight(as_of)
    left = rows[undecided(rows, as_of)]
    reviewed = left[(left["review_from"] <= today) & (today <= left["review_until"])]
    until = asked_until(rows["cycle_start"], rows["cycle_end"])
    ended = rows[(rows["cycle_end"] < today) & (today <= until)]
    return findings_frame(
        [
            *_not_ready(now, today),
            *_hard_to_reach(reviewed, inputs.unlikely),
            *_changed_late(now, inputs.changes),
            *_not_closed(ended, inputs, today),
        ]
    )


def objectives_not_closed(
    closed: pd.DataFrame, cycles: Sequence[Cycle], weeks: PhaseWeeks, as_of: date
) -> pd.DataFrame:
    """The Objectives of ended cycles of which nobody has decided what becomes.

    Args:
        closed: From :func:`okr_model.governance.closings.closed_objectives`.
        cycles: The cycles of the settings.
        weeks: How long the phases of a cycle are.
        as_of: The day.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    asking = {
        cycle.id: last_day_of("closing", cycle.start, cycle.end, weeks)
        for cycle in cycles
        if cycle.end < as_of <= asked_until(cycle.start, cycle.end)
    }
    left = closed[closed["cycle_id"].isin(asking) & closed["closed_as"].isna()]
    return findings_frame(
        _objective_not_closed(row, asking[row.cycle_id], as_of)
        for row in left.itertuples(index=False)
    )


def asked_until(start: Any, end: Any) -> Any:
    """The last day on which a cycle's closing is asked for: as long after the cycle as it was.

    Args:
        start: Its first day; a date, or several as a series.
        end: Its last day, likewise.
    """
    return end + (end - start)


def before_execution(key_results: pd.DataFrame, weeks: PhaseWeeks, as_of: date) -> set[str]:
    """The ids of Key Results all of whose unfinished cycles are in their baseline phase or before.

    Nobody asks yet for their initiatives.
    """
    open_still = key_results[to_days(key_results["cycle_end"]) >= midnight(as_of)]
    waits = cycle_days(open_still, "baseline", weeks) >= midnight(as_of)
    every = waits.groupby(open_still["key_result_id"]).all()
    return set(every.index[every])


def late_moves(key_results: pd.DataFrame, changes: pd.DataFrame, weeks: PhaseWeeks) -> pd.DataFrame:
    """The changes of targets, baselines, kinds and units in the final push of their cycle.

    Args:
        key_results: ``key_result_id, cycle_id, cycle_start, cycle_end``.
        changes: As :func:`okr_model.progress.definition_changes.definition_changes` returns.
        weeks: How long the phases of a cycle are.

    Returns:
        The rows of ``changes``, with its index.
    """
    until = cycle_days(key_results, "mid-cycle review", weeks)
    return _late(key_results.assign(review_until=until), changes)


def _not_ready(rows: pd.DataFrame, today: pd.Timestamp) -> Iterator[Finding]:
    for row in rows.itertuples(index=False, name="Row"):
        lacks = list(lacking(row))
        if not lacks:
            continue
        until = row.baseline_until
        over = today > until
        by = "was over on" if over else "ends on"
        yield Finding(
            rule=Rule.NOT_READY,
            severity="warning" if over else "info",
            subject_type="key result",
            subject_id=row.key_result_id,
            sentence=(
                f"{row.key_result_id} has no {_joined(lacks, 'and no')}. The baseline phase of"
                f" {row.cycle_id} {by} {until:%Y-%m-%d}: add what is missing."
            ),
            evidence=_text(row.statement),
            url=_text(row.url),
        )


def lacking(row: Any) -> Iterator[str]:
    """What a Key Result should have by the end of its baseline phase, and has not."""
    if _text(row.owner) is None:
        yield "owner"
    if row.progress_state == "no baseline":
        yield "baseline"
    if row.value_state == "no value" and _text(row.measure) is None:
        yield "data source"
    elif row.value_state == "measured" and not (_text(row.value_url) or _text(row.value_source)):
        yield "evidence of its value"


def _hard_to_reach(rows: pd.DataFrame, unlikely: float) -> Iterator[Finding]:
    """One finding for each team with a Key Result that will hardly be reached."""
    known = rows[rows["attainment_probability"].notna()]
    for (team, cycle), mine in by_team(known).groupby(["team", "cycle_id"], sort=True):
        hard = mine[mine["attainment_probability"] < unlikely]
        if hard.empty:
            continue
        hard = hard.sort_values(["attainment_probability", "key_result_id"], kind="stable")
        shown = [_reach(row) for row in hard.head(_MOST_NAMED).itertuples(index=False)]
        if len(hard) > _MOST_NAMED:
            shown.append(f"and {len(hard) - _MOST_NAMED} more")
        until = mine["review_until"].max()
        yield Finding(
            rule=Rule.MID_CYCLE_REVIEW,
            severity="info",
            subject_type="team",
            subject_id=str(team),
            sentence=(
                f"{team}, mid-cycle review of {cycle} until {until:%Y-%m-%d}: {len(hard)} of"
                f" {len(mine)} Key Results will hardly be reached: {'; '.join(shown)}. Adjust them,"
                " move resources to them, or let them go."
            ),
            # All that are counted: who may not see one of them does not see the finding.
            evidence=", ".join(mine["key_result_id"]),
        )


def _reach(row: Any) -> str:
    """``KR-3 (12 %; it must rise by 3 points a week, and its best was 1.2 points)``."""
    chance = probability(row.attainment_probability)
    if pd.isna(row.needed_pace) or row.needed_pace <= 0:
        return f"{row.key_result_id} ({chance})"
    moves = "fall" if falls(row.kind) else "rise"
    needed = (
        f"{row.key_result_id} ({chance}; it must {moves} by {movement(row.needed_pace, row.unit)}"
    )
    if pd.isna(row.best_pace):
        return f"{needed} a week)"
    return f"{needed} a week, and the best was {movement(row.best_pace, row.unit)})"


def _late(rows: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    moves = dated(changes[changes["field"].isin(TERMS) & changes["old"].notna()])
    columns = [*KEY, "review_until", "cycle_end"]
    of_cycle = rows[columns].astype(dict.fromkeys(KEY, "str"))
    moves = moves.astype(dict.fromkeys(KEY, "str")).reset_index(names="at")
    moves = moves.merge(of_cycle, on=KEY).set_index("at")
    on = to_days(moves["changed_on"])
    return moves[(on > moves["review_until"]) & (on <= moves["cycle_end"])]


def _changed_late(rows: pd.DataFrame, changes: pd.DataFrame) -> Iterator[Finding]:
    if changes.empty or rows.empty:
        return
    for move in _late(rows, changes).itertuples(index=False):
        old, new = (_text(getattr(move, side)) or "none" for side in ("old", "new"))
        why = _text(move.rationale)
        yield Finding(
            rule=Rule.CHANGED_IN_FINAL_PUSH,
            severity="warning",
            subject_type="key result",
            subject_id=move.key_result_id,
            sentence=(
                f"{move.key_result_id}: its {move.field.replace('_', ' ')} was changed from {old}"
                f" to {new} on {move.changed_on:%Y-%m-%d}, in the final push of {move.cycle_id}, in"
                " which no target changes."
                + (f" Why: “{why}”." if why else " Nobody wrote why: ask.")
                + " It is scored under both."
            ),
            evidence=f"{move.changed_on:%Y-%m-%d}: {old} → {new}",
            url=_text(move.url),
        )


def _not_closed(rows: pd.DataFrame, inputs: PhaseInputs, today: pd.Timestamp) -> Iterator[Finding]:
    """One finding for each team and ended cycle of which something is open."""
    rows = rows.merge(inputs.closed[[*KEY, "closed_as"]], on=KEY, how="left")
    unscored = rows["score"].isna() & ~_waits(rows, today)
    undecided = rows["closed_as"].isna() & inputs.keeps_closings
    open_still = by_team(rows.assign(unscored=unscored, undecided=undecided))
    open_still = open_still[open_still["unscored"] | open_still["undecided"]]
    for (team, cycle), mine in open_still.groupby(["team", "cycle_id"], sort=True):
        by = mine["close_by"].max()
        parts = [
            f"{_named(mine[mine[name]]['key_result_id'])} {lacks}"
            for name, lacks in (
                ("unscored", "without a score"),
                ("undecided", "without a decision: continue, abandon or done"),
            )
            if mine[name].any()
        ]
        yield Finding(
            rule=Rule.CYCLE_NOT_CLOSED,
            severity="warning" if today > by else "info",
            subject_type="team",
            subject_id=str(team),
            sentence=(
                f"{team} has not closed {cycle}: {'; '.join(parts)}. It"
                f" {'was' if today > by else 'is'} to be closed by {by:%Y-%m-%d}."
            ),
            evidence=", ".join(mine["key_result_id"]),
        )


def _objective_not_closed(row: Any, by: date, as_of: date) -> Finding:
    return Finding(
        rule=Rule.OBJECTIVE_NOT_CLOSED,
        severity="warning" if as_of > by else "info",
        subject_type="objective",
        subject_id=row.objective_id,
        sentence=(
            f"Nobody has decided whether Objective {row.objective_id} of {row.cycle_id} continues,"
            f" is abandoned or is done. It {'was' if as_of > by else 'is'} to be closed by"
            f" {by:%Y-%m-%d}."
        ),
        evidence=_text(row.title),
        url=_text(row.url),
    )


def _waits(rows: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    """Whether a score only waits for values to settle."""
    settles = pd.to_timedelta(rows["settle_days"].fillna(0).astype("int64"), unit="D")
    return rows["progress"].notna() & (rows["cycle_end"] + settles >= today)


def _named(ids: Iterable[str]) -> str:
    names = sorted(ids)
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return _joined([*names[:_MOST_NAMED], *more], "and")


def _joined(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
