"""How teams work with their Key Results, one cycle beside the one before.

What belongs here: shares of published counts, and when there are too few for a share. What does
not: counting (``okr_model.adoption``) and printing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from okr_model.quantities.teams import by_team
from published.errors import UserError
from published.rituals.adoption.missing_conditions import Missing, missing_conditions
from published.tables import PublishedTables

FEWEST = 5
"""Of fewer check-ins or Key Results no share is told."""
_KEY = ["key_result_id", "cycle_id"]
_COUNTS = ("key_results", "updated", "on_time", "late", "missed", "called_low", "called_low_early")
_WORK = ("work", "linked_work", "new_issues", "new_unlinked")


class NoAdoptionError(UserError):
    """Nothing is known of this cycle."""


@dataclass(frozen=True, slots=True)
class CycleOfATeam:
    """What one team did in one cycle; a share is None where there is too little for one.

    Attributes:
        team: The team.
        cycle_id: The cycle.
        weeks: Weeks in which one of its Key Results ran.
        kick_off_days: Days from the end of its cycle before, else from the eve of this one, to its
            first check-in; None before that.
        first_value_days: Days from the start of the cycle to the first value of a Key Result in it,
            the median of those that have one; None if none has.
        due: Check-ins that were due, one a Key Result and due day.
        on_time: Share of them that were on time.
        missed: Share of them that were missed.
        updated: Share of Key Results and weeks with a check-in or a new value, of weeks that are
            over: in one that has just begun hardly anything can have happened.
        called_low: Days on which it called a Key Result low, one a Key Result.
        called_low_early: Those of them early in the cycle.
        scored: Key Results with a score.
        reached: Share of them that were reached in full.
        redefined: Changes of terms after the baseline phase.
        key_results: Its Key Results of the cycle.
        asked_about: Those of them whose wording is asked about.
        calls_brier: The Brier score of the team's calls, see ``calibration``; None: too few.
        work: What happened in its initiatives in Jira, without apps and bulk edits; None: unknown.
        focus: Share of that in issues that serve a Key Result.
        new_issues: Issues that were created in them.
        new_unlinked: Those of them that serve no Key Result.
        missing: What it may be that the team lacks, as questions.
    """

    team: str
    cycle_id: str
    weeks: int
    kick_off_days: int | None
    first_value_days: int | None
    due: int
    on_time: float | None
    missed: float | None
    updated: float | None
    called_low: int
    called_low_early: int
    scored: int
    reached: float | None
    redefined: int
    key_results: int
    asked_about: int
    calls_brier: float | None
    work: int | None
    focus: float | None
    new_issues: int | None
    new_unlinked: int | None
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cycle:
    """The published rows of one cycle, those of Key Results once for each of its teams."""

    key_results: pd.DataFrame
    scores: pd.DataFrame
    check_ins: pd.DataFrame
    measurements: pd.DataFrame
    calibration: pd.DataFrame


def known_cycles(tables: PublishedTables) -> list[str]:
    """The cycles in which a Key Result of a team has run, by name; none of an earlier version."""
    if not tables.has("adoption"):
        return []
    return sorted(tables.frame("adoption")["cycle_id"].unique())


def adoption_of(tables: PublishedTables, cycle: str) -> list[CycleOfATeam]:
    """What each team did in a cycle, by its name.

    Raises:
        NoAdoptionError: The tables are of an earlier version, or there is no such cycle in which a
            Key Result of a team has run.
    """
    if not tables.has("adoption"):
        raise NoAdoptionError("the published tables are older than adoption. Run: okr sync")
    weeks = tables.frame("adoption")
    known = known_cycles(tables)
    if cycle not in known:
        raise NoAdoptionError(
            f"No team has worked in {cycle!r} yet. There is adoption of {', '.join(known)}."
        )
    rows = _rows_of(tables, cycle)
    kicked_off = kick_offs(tables.frame("key_results"), rows.check_ins, cycle)
    mine = weeks[weeks["cycle_id"] == cycle]
    return [
        _of_team(str(team), of_team, _of(rows, str(team)), kicked_off.get(str(team)))
        for team, of_team in mine.groupby("team", sort=True)
    ]


def _rows_of(tables: PublishedTables, cycle: str) -> _Cycle:
    key_results, scores, check_ins, measurements, calibration = (
        tables.frame(name, "cycle_id = ?", [cycle])
        for name in ("key_results", "scores", "check_ins", "measurements", "calibration")
    )
    named = by_team(key_results)
    scores = scores.drop(columns="team").merge(named[[*_KEY, "team"]], on=_KEY)
    return _Cycle(named, scores, check_ins, measurements, calibration)


def _of(rows: _Cycle, team: str) -> _Cycle:
    """Those of one team."""
    mine = rows.key_results[rows.key_results["team"] == team]
    theirs = mine["key_result_id"]
    return _Cycle(
        mine,
        rows.scores[rows.scores["team"] == team],
        rows.check_ins[rows.check_ins["key_result_id"].isin(theirs)],
        rows.measurements[rows.measurements["key_result_id"].isin(theirs)],
        rows.calibration[
            (rows.calibration["part"] == "team")
            & (rows.calibration["method"] == "team")
            & (rows.calibration["value"] == team)
        ],
    )


def kick_offs(key_results: pd.DataFrame, check_ins: pd.DataFrame, cycle: str) -> dict[str, int]:
    """How many days each team took to its first check-in; without those that made none.

    Args:
        key_results: Rows of ``key_results`` of every cycle.
        check_ins: Rows of ``check_ins`` of this one.
        cycle: The cycle.
    """
    rows = by_team(key_results)
    first = rows.merge(check_ins[[*_KEY, "date"]], on=_KEY).groupby("team")["date"].min()
    found = {}
    for team, day in first.items():
        own = rows[rows["team"] == team]
        start = own.loc[own["cycle_id"] == cycle, "cycle_start"].min()
        ended = own.loc[own["cycle_end"] < start, "cycle_end"]
        since = start - dt.timedelta(days=1) if ended.empty else ended.max()
        found[str(team)] = (day - since).days
    return found


def _of_team(
    team: str, weeks: pd.DataFrame, rows: _Cycle, kick_off_days: int | None
) -> CycleOfATeam:
    counts = weeks[[*_COUNTS]].sum().astype("int64")
    due = int(counts["on_time"] + counts["late"] + counts["missed"])
    done = {name: _known(weeks, name) for name in _WORK}
    over = weeks.loc[_is_over(weeks, rows), ["updated", "key_results"]].sum()
    work, linked = done["work"], done.pop("linked_work")
    scored = rows.scores[rows.scores["score"].notna()]
    redefined = int(rows.scores["terms_changed"].sum())
    asked_about = int((rows.key_results["quality"].str.len() > 0).sum())
    brier = rows.calibration["brier"].dropna()
    return CycleOfATeam(
        team=team,
        cycle_id=str(weeks["cycle_id"].iloc[0]),
        weeks=len(weeks),
        kick_off_days=kick_off_days,
        first_value_days=_first_value_days(rows),
        due=due,
        on_time=_share(int(counts["on_time"]), due),
        missed=_share(int(counts["missed"]), due),
        updated=_share(int(over["updated"]), int(over["key_results"])),
        called_low=int(counts["called_low"]),
        called_low_early=int(counts["called_low_early"]),
        scored=len(scored),
        reached=_share(int((scored["band"] == "reached").sum()), len(scored)),
        redefined=redefined,
        key_results=len(rows.key_results),
        asked_about=asked_about,
        calls_brier=float(brier.iloc[0]) if len(brier) else None,
        focus=None if work is None or linked is None else _share(linked, work),
        missing=missing_conditions(
            weeks, rows.check_ins, redefined, (asked_about, len(rows.key_results))
        ),
        **done,
    )


def _is_over(weeks: pd.DataFrame, rows: _Cycle) -> pd.Series[bool]:
    """Which weeks, or the cycle with them, had ended before the day that is told."""
    as_of = pd.to_datetime(weeks["as_of"])
    ends = pd.to_datetime(weeks["week_starts_on"]) + pd.Timedelta(days=6)
    return (ends < as_of) | (pd.to_datetime(rows.key_results["cycle_end"]).max() < as_of)


def _first_value_days(rows: _Cycle) -> int | None:
    starts = rows.key_results.set_index("key_result_id")["cycle_start"]
    found = rows.measurements[["key_result_id", "date", "value"]].dropna()
    found = found.assign(start=found["key_result_id"].map(starts))
    first = found[found["date"] >= found["start"]].groupby("key_result_id")[["date", "start"]].min()
    days = [(row.date - row.start).days for row in first.itertuples()]
    return int(pd.Series(days).median()) if days else None


def _known(weeks: pd.DataFrame, name: str) -> int | None:
    """The sum of a count; None where it is unknown, or was published by an earlier version."""
    known = weeks[name].dropna() if name in weeks else weeks.iloc[:0, 0]
    return int(known.sum()) if len(known) else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole >= FEWEST else None
