"""Findings from signals: one for each story, not one for each symptom.

What belongs here: which signals become findings, about what, and with which URL. What does not:
when a signal fires (``firing``), and the reasons in the row (``levels``).

A finding keeps its id from run to run while its signal fires, because its rule, subject and URL
stay the same: a decline links the check-in it began with, so the next decline is another finding.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from okr_model.confidence.firing import undecided
from okr_model.confidence.signals import SIGNALS, Signal, in_words_of
from okr_model.entities.confidence_words import USUAL, ConfidenceWords
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import by_team


def signal_findings(
    rows: pd.DataFrame, check_ins: pd.DataFrame, as_of: date, words: ConfidenceWords = USUAL
) -> pd.DataFrame:
    """One finding for each signal that no other finding covers.

    A team with two or more running Key Results that misses check-ins on all that are old enough to
    be checked in on gets one finding for all.

    Args:
        rows: From :func:`okr_model.assemble.build_key_results`.
        check_ins: ``key_result_id, date, url``: the check-ins that findings about calls link to.
        as_of: The day the rows are about.
        words: What the organization calls the three confidence levels.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    rows = rows.assign(running=undecided(rows, as_of))
    asked = rows["running"] & (rows["check_ins_from"] <= midnight(as_of))
    teams = by_team(rows[asked])
    silent_teams = _silent_teams(teams)
    silent = set(teams.loc[teams["team"].isin(silent_teams), "key_result_id"])
    telling = in_words_of(rows[rows["signals"].str.len() > 0], words)
    opened = check_ins.assign(date=to_days(check_ins["date"]))
    calls = opened.drop_duplicates(["key_result_id", "date"], keep="last")
    calls = calls.set_index(["key_result_id", "date"])["url"]
    found = [
        replace(_finding(signal, row, _address(signal, row, calls)), day=_began(signal, row))
        for row in telling.itertuples(index=False, name="Row")
        for signal in SIGNALS
        if _is_told(signal, row, silent)
    ]
    return findings_frame([*found, *(_of_team(team, teams) for team in silent_teams)])


def _is_told(signal: Signal, row: Any, silent: set[str]) -> bool:
    if signal.name not in row.signals or not signal.advice:
        return False
    if signal.name == Rule.MISSED_CHECK_INS and row.key_result_id in silent:
        return False
    return not set(signal.said_by) & set(row.signals)


def _address(signal: Signal, row: Any, calls: pd.Series) -> str | None:
    if signal.opens is None:
        url = getattr(row, signal.url)
    else:
        url = calls.get((row.key_result_id, getattr(row, signal.opens)))
    return url if isinstance(url, str) else None


def _began(signal: Signal, row: Any) -> date | None:
    """The day of the check-in that a finding opens; one of another day is another finding."""
    day = None if signal.opens is None else getattr(row, signal.opens)
    return None if day is None or pd.isna(day) else pd.Timestamp(day).date()


def _finding(signal: Signal, row: Any, url: str | None) -> Finding:
    return Finding(
        rule=Rule(signal.name),
        severity=signal.severity,
        subject_type="key result",
        subject_id=row.key_result_id,
        sentence=f"{row.key_result_id}: {signal.sentence(row)} {signal.advice}",
        evidence=str(row.statement) if isinstance(row.statement, str) else None,
        url=url,
    )


def _silent_teams(rows: pd.DataFrame) -> list[str]:
    """The teams with two or more Key Results that miss check-ins on all of ``rows``."""
    missed = rows["signals"].map(lambda names: Rule.MISSED_CHECK_INS in names).astype("bool")
    teams = missed.groupby(rows["team"]).agg(["all", "size"])
    return sorted(str(team) for team in teams.index[teams["all"] & (teams["size"] > 1)])


def _of_team(team: str, rows: pd.DataFrame) -> Finding:
    mine = rows[rows["team"] == team]
    last = mine["last_check_in_at"].max()
    since = f"since {last:%Y-%m-%d}" if pd.notna(last) else "in this cycle"
    return Finding(
        rule=Rule.MISSED_CHECK_INS,
        severity="warning",
        subject_type="team",
        subject_id=team,
        sentence=(
            f"{team} has not checked in on any of its {len(mine)} running Key Results {since}."
            " Check in, however short."
        ),
        evidence=", ".join(mine["key_result_id"]),
    )
