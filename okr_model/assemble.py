"""Assembling the published rows of Objectives, Key Results and roll-ups from their computed parts.

What belongs here: joining the parts of a row, and the few columns that need several parts. What
does not: any formula (``progress``, ``forecast``, ``confidence``), the columns of the run, and the
number of findings, which is known last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from okr_model.confidence.evidence import call_evidence, value_evidence
from okr_model.confidence.firing import (
    firing_signals,
    signal_names,
    undecided,
    with_disagreements,
)
from okr_model.confidence.initiative_health import no_initiatives, work_evidence
from okr_model.confidence.levels import (
    DEFAULTS,
    computed_confidence,
    confidence_reasons,
    stated_confidence,
)
from okr_model.confidence.needed_pace import pace_evidence
from okr_model.confidence.prior_path import prior_evidence, readings_before
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.confidence.work_elsewhere import no_work, work_elsewhere
from okr_model.entities.confidence_words import USUAL, ConfidenceWords
from okr_model.forecast.forecast import compute_forecast
from okr_model.forecast.past_paths import Lessons, learn
from okr_model.forecast.path_kinds import path_kinds
from okr_model.governance.quality.line_findings import failed_questions
from okr_model.progress.disagreements import OTHER_VALUE
from okr_model.progress.progress import PACE_TOLERANCE, compute_progress
from okr_model.progress.rollup import (
    GROUP,
    Method,
    calls_of_groups,
    roll_up,
    roll_up_groups,
    within,
)
from okr_model.progress.value_series import (
    KEY,
    cycle_series,
    latest_values,
    provisional,
    settle_days,
)
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import by_team
from okr_model.tables import OBJECTIVES, ROLLUPS, Table
from okr_model.tables.columns import STALE_COLUMNS
from okr_model.tables.key_results import KEY_RESULTS
from okr_model.tables.records import CHECK_INS, KPIS, MEASUREMENTS
from okr_model.teams.check_in_course import with_course
from okr_model.teams.rhythm import check_ins_from, missed_in_a_row
from okr_model.teams.teams import Rhythm, Teams

_MOVED = {
    "target_before": "float64", "target_moved_on": "datetime64[us]", "target_move_logged": "float64"
}  # fmt: skip
_COUNTS = ("activity_28d", "open_issues", "done_issues", "added_28d", "finished_28d")


@dataclass(frozen=True, slots=True)
class SignalInputs:
    """The inputs of signals besides values, calls and counts.

    Attributes:
        thresholds: When each signal fires.
        judged: From :func:`okr_model.confidence.initiative_health.judge_initiatives`; None if
            initiatives are unknown.
        moved: From :func:`okr_model.progress.definition_changes.moved_targets`; None if no target
            has moved.
        disagreeing: Ids of Key Results whose sources disagree.
        expects_check_ins: Whether the organization keeps check-ins.
        teams: The teams with their rhythms; None if none is declared.
        others: From :func:`okr_model.progress.disagreements.other_values`; None if all agree.
        work: Every initiative with its team and activity, see
            :func:`okr_model.confidence.work_elsewhere.work_elsewhere`; None if they are unknown.
        words: What the organization calls the three confidence levels.
    """

    thresholds: SignalThresholds = DEFAULTS
    judged: pd.DataFrame | None = None
    moved: pd.DataFrame | None = None
    disagreeing: tuple[str, ...] = ()
    expects_check_ins: bool = True
    teams: Teams | None = None
    others: pd.DataFrame | None = None
    work: pd.DataFrame | None = None
    words: ConfidenceWords = USUAL


_NOTHING_KNOWN = SignalInputs()


@dataclass(frozen=True, slots=True)
class KeyResultParts:
    """What the rows of Key Results are assembled from.

    Attributes:
        key_results: Definitions, from :func:`okr_model.entities.read_key_results`.
        measurements: From :func:`okr_model.progress.value_series.all_measurements`.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        links: ``initiative_id, key_result_id, cycle_id, state``; the active ones are counted.
        activity: ``key_result_id`` and :data:`okr_model.activity.counts.COUNTS`; zero where absent.
        stale: The sources that could not be read: ``source, since, reason``, one row each.
        depends: Sources that Key Results depend on by the settings: ``key_result_id, source``.
            The sources of their records, readings, check-ins and active links are always included.
    """

    key_results: pd.DataFrame
    measurements: pd.DataFrame
    check_ins: pd.DataFrame
    links: pd.DataFrame
    activity: pd.DataFrame
    stale: pd.DataFrame
    depends: pd.DataFrame | None = None


def build_key_results(
    parts: KeyResultParts,
    as_of: date,
    *,
    tolerance: float = PACE_TOLERANCE,
    signals: SignalInputs = _NOTHING_KNOWN,
) -> pd.DataFrame:
    """One row per Key Result and cycle, as of a day.

    Args:
        parts: What was read and computed.
        as_of: The day the rows are about.
        tolerance: Of the pace; see :func:`okr_model.progress.progress.compute_progress`.
        signals: The remaining inputs of the signals.

    Returns:
        The columns of :data:`okr_model.tables.key_results.KEY_RESULTS` except
        ``findings, as_of, run_id``. ``score`` is the clamped progress once the cycle has ended
        and its values are settled, null before.
    """
    key_results = parts.key_results
    series = cycle_series(key_results, parts.measurements, as_of)
    rows = _joined(key_results, latest_values(key_results, series).drop(columns=KEY))
    rows["quality"] = failed_questions(key_results)
    rows["settle_days"] = settle_days(key_results, parts.measurements, series)
    rows = _joined(rows, compute_progress(rows, as_of, tolerance))
    rows = _joined(rows, path_kinds(rows, series))
    lessons = learn(rows, series, as_of)
    rows = _joined(rows, compute_forecast(rows, series, as_of, lessons)).copy()
    rows = _joined(rows, _paces(rows, series, parts.measurements, lessons, as_of))
    rows = _joined(rows, stated_confidence(rows, parts.check_ins, as_of))
    rows = _counts(rows, parts)
    rows = _signalled(rows, series, parts, signals, as_of)
    waits = _have_any(rows, provisional(key_results, parts.measurements, as_of))
    rows["score"] = rows["progress"].where((rows["cycle_end"] < midnight(as_of)) & ~waits)
    staleness = _staleness(rows, _origins(rows, parts), parts.stale)
    return _columns(_joined(rows, staleness), KEY_RESULTS, "findings")


def _have_any(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Whether ``others`` have the Key Result and cycle of each row."""
    both = (pd.MultiIndex.from_frame(frame[KEY].astype("str")) for frame in (rows, others))
    return pd.Series(next(both).isin(next(both)), index=rows.index)


def build_objectives(
    objectives: pd.DataFrame,
    key_results: pd.DataFrame,
    method: Method = "mean",
    tolerance: float = PACE_TOLERANCE,
) -> pd.DataFrame:
    """One row per Objective that has a cycle.

    Args:
        objectives: From :func:`okr_model.governance.closings.closed_objectives`.
        key_results: From :func:`build_key_results`.
        method: See :func:`okr_model.progress.rollup.roll_up`.
        tolerance: Of the pace.

    Returns:
        The columns of :data:`okr_model.tables.OBJECTIVES` except those of the run.
    """
    key = ["objective_id", "cycle_id"]
    rows = objectives[objectives["cycle_id"].notna()].astype(dict.fromkeys(key, "str"))
    rows = _joined(rows, roll_up(rows, key_results, method, tolerance))
    return _columns(rows, OBJECTIVES)


def build_rollups(
    objectives: pd.DataFrame,
    key_results: pd.DataFrame,
    organization: str,
    method: Method = "mean",
    tolerance: float = PACE_TOLERANCE,
) -> pd.DataFrame:
    """One row per Objective and cycle, per team and cycle, and per cycle for the company.

    Args:
        objectives: From :func:`build_objectives`; their figures are taken from there.
        key_results: From :func:`build_key_results`; one without a team counts for the company only,
            one of several teams for each of them, and once for the company.
        organization: The company's name.
        method: See :func:`okr_model.progress.rollup.roll_up`.
        tolerance: Of the pace.

    Returns:
        The columns of :data:`okr_model.tables.ROLLUPS` except those of the run, by level and
        subject.
    """
    placed = key_results[key_results["objective_id"].notna()]
    placed = placed.astype({"objective_id": "str", "cycle_id": "str"})
    of_objectives = placed.merge(within(objectives), on=["objective_id", "cycle_id"])
    members = pd.concat(
        [
            key_results.assign(level="company", subject=organization),
            by_team(key_results).assign(level="team", subject=lambda rows: rows["team"]),
            of_objectives.assign(level="objective"),
        ],
        ignore_index=True,
    )
    groups = roll_up_groups(members, method, tolerance)
    own = objectives.rename(columns={"objective_id": "subject"}).assign(level="objective")
    counted = groups[[*GROUP, "key_results"]]
    own = own.drop(columns="key_results").merge(counted, on=GROUP, how="inner")
    rows = pd.concat([groups[groups["level"] != "objective"], own], ignore_index=True)
    rows = rows.join(calls_of_groups(members), on=GROUP).assign(method=method)
    return _columns(rows, ROLLUPS)


def build_check_ins(check_ins: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The check-ins up to a day, with the columns of :data:`okr_model.tables.records.CHECK_INS`."""
    return _columns(with_course(_until(check_ins, as_of)), CHECK_INS)


def build_measurements(measurements: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The readable measurements up to a day, one per Key Result, day and measure.

    Args:
        measurements: From :func:`okr_model.progress.value_series.all_measurements`.
        as_of: The last day that counts.

    Returns:
        The columns of :data:`okr_model.tables.records.MEASUREMENTS` except those of the run. Of
        several rows with the same key the first by source and record is kept, as in
        :func:`okr_model.progress.value_series.cycle_series`.
    """
    rows = _until(measurements[measurements["value"].notna()], as_of)
    key = list(MEASUREMENTS.key)
    rows = rows.sort_values([*key, "source", "record_id"], kind="stable")
    return _columns(rows.drop_duplicates(key), MEASUREMENTS)


def build_kpis(kpis: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The KPIs up to a day, with the columns of :data:`okr_model.tables.records.KPIS`."""
    return _columns(_until(kpis, as_of), KPIS)


def _joined(rows: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with the columns of ``more``, which replace existing ones."""
    return rows.assign(**{str(name): more[name] for name in more.columns})


def _paces(
    rows: pd.DataFrame,
    series: pd.DataFrame,
    measurements: pd.DataFrame,
    lessons: Lessons,
    as_of: date,
) -> pd.DataFrame:
    """The paces before the cycle and to its end; null unless it runs and is not due yet."""
    now = rows[undecided(rows, as_of)]
    earlier = readings_before(now, measurements, as_of)
    prior = prior_evidence(now, earlier, as_of, lessons)
    return prior.join(pace_evidence(now, series, earlier)).reindex(rows.index)


def _signalled(
    rows: pd.DataFrame,
    series: pd.DataFrame,
    parts: KeyResultParts,
    signals: SignalInputs,
    as_of: date,
) -> pd.DataFrame:
    """``rows`` with the evidence, the firing signals, the computed level and its reasons."""
    thresholds = signals.thresholds
    rows = _joined(rows, value_evidence(rows, series, as_of, thresholds))
    teams = signals.teams or Teams(usual=Rhythm(thresholds.check_in_every_days))
    rows = _joined(rows, call_evidence(rows, parts.check_ins, as_of, thresholds))
    rows["check_ins_from"] = check_ins_from(rows, parts.check_ins)
    said_by = teams if signals.expects_check_ins else Teams(usual=Rhythm(0))
    rows["missed_check_ins"] = missed_in_a_row(rows, parts.check_ins, said_by, as_of)
    judged = no_initiatives() if signals.judged is None else signals.judged
    rows = _joined(rows, work_evidence(rows, parts.links, judged))
    work = no_work() if signals.work is None else signals.work
    rows = _joined(rows, work_elsewhere(rows, parts.links, work, as_of))
    rows = _joined(rows, _aligned(rows, signals.moved, _MOVED))
    rows = _joined(rows, _aligned(rows, signals.others, OTHER_VALUE))
    found = firing_signals(rows, as_of, thresholds, signals.disagreeing)
    rows["computed_confidence"] = computed_confidence(rows, as_of, found, thresholds)
    rows["signals"] = signal_names(with_disagreements(rows, found, as_of))
    rows["confidence_reasons"] = confidence_reasons(rows, as_of, signals.words)
    return rows


def _aligned(rows: pd.DataFrame, known: pd.DataFrame | None, types: dict[str, str]) -> pd.DataFrame:
    """The columns of ``types``, by Key Result and cycle, with the index of ``rows``."""
    if known is None:
        return pd.DataFrame(index=rows.index, columns=list(types)).astype(types)
    found = known.set_index(KEY)[list(types)]
    return found.reindex(pd.MultiIndex.from_frame(rows[KEY])).set_axis(rows.index)


def _columns(rows: pd.DataFrame, table: Table, *later: str) -> pd.DataFrame:
    absent = {"as_of", "run_id", *later}
    names = [name for name in table.column_names if name not in absent]
    return rows.reindex(columns=names).reset_index(drop=True)


def _until(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    return rows[to_days(rows["date"]) <= midnight(as_of)]


def _counts(rows: pd.DataFrame, parts: KeyResultParts) -> pd.DataFrame:
    active = parts.links[parts.links["state"] == "active"]
    linked = active.groupby(KEY)["initiative_id"].nunique()
    keys = pd.MultiIndex.from_frame(rows[KEY])
    counts = {"initiatives": linked.reindex(keys).fillna(0).to_numpy("int64")}
    work = parts.activity.set_index("key_result_id")
    for name in _COUNTS:
        counts[name] = rows["key_result_id"].map(work[name]).fillna(0).to_numpy("int64")
    return rows.assign(**counts)


def _origins(rows: pd.DataFrame, parts: KeyResultParts) -> pd.DataFrame:
    """The sources each Key Result depends on: ``key_result_id, cycle_id, source``, distinct."""
    active = parts.links[parts.links["state"] == "active"]
    origins = [
        rows[[*KEY, "source"]],
        parts.measurements[[*KEY, "source"]],
        parts.check_ins[[*KEY, "source"]],
        active[KEY].assign(source=active["initiative_id"].str.partition(":")[0])
        if len(active)
        else active[KEY].assign(source=""),
    ]
    if parts.depends is not None:
        origins.append(rows[KEY].merge(parts.depends, on="key_result_id")[[*KEY, "source"]])
    return pd.concat([frame.astype("str") for frame in origins]).drop_duplicates()


def _staleness(rows: pd.DataFrame, origins: pd.DataFrame, stale: pd.DataFrame) -> pd.DataFrame:
    """``stale_since`` and ``stale_reason`` with the index of ``rows``; null if nothing is stale."""
    hit = origins.merge(stale[STALE_COLUMNS].astype({"source": "str"}), on="source")
    hit = hit.assign(since=pd.to_datetime(hit["since"], utc=True).astype("datetime64[us, UTC]"))
    hit = hit.sort_values(["since", "source"], kind="stable")
    groups = hit.groupby(KEY)
    keys = pd.MultiIndex.from_frame(rows[KEY].astype("str"))
    since = groups["since"].min().reindex(keys)
    reason = groups["reason"].agg(" ".join).reindex(keys)
    return pd.DataFrame(
        {
            "stale_since": since.set_axis(rows.index),
            "stale_reason": reason.replace(np.nan, None).astype("str").set_axis(rows.index),
        }
    )
