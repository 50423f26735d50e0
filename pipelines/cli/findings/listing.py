"""``okr findings``: what someone should look at.

What belongs here: choosing, sorting and printing the published findings, or those of a run that was
not published. What does not: finding anything (``okr_model``), decisions (``decisions``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from okr_model.languages.folding import same_id, same_ids
from okr_model.review.finding_verdicts import with_acknowledgements
from okr_model.review.requests import Refusal
from okr_model.tables.vocabulary import SEVERITIES
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.publish.blocked_run import BlockedRun, read_blocked
from pipelines.review.decide import DecisionError
from pipelines.review.decide_finding import known_rule, subject_rows
from published.formatting import absent, day, plain
from published.tables import PublishedTables
from published.titles import Titles

_STYLE = {"error": "red", "warning": "yellow", "info": "dim"}
_WITH_TEAM = (
    ("key_results", "key result", "key_result_id"),
    ("objectives", "objective", "objective_id"),
    ("initiatives", "initiative", "initiative_id"),
)
"""Tables with a team: name, what their rows are to findings, key."""


@dataclass(frozen=True, slots=True)
class FindingQuery:
    """Which findings are wanted; None for any.

    Attributes:
        rule: Of this rule.
        severity: As bad as this.
        about: About what has this id, or the initiative with this key.
        team: About this team, its Key Results and its initiatives.
        open_only: Only those that nobody has acknowledged or dismissed.
    """

    rule: str | None = None
    severity: str | None = None
    about: str | None = None
    team: str | None = None
    open_only: bool = False


def show_findings(config: Path | None, form: Format, query: FindingQuery | None = None) -> int:
    """Print the findings, worst first; returns 0.

    Where the last run was not published, its findings are printed, marked as such.

    Raises:
        DecisionError: The query names a rule, a subject or a team that there is not.
    """
    project = Project(config, with_secrets=False)
    blocked = read_blocked(project.paths.blocked_run)
    duckdb = project.paths.duckdb
    tables: PublishedTables | None
    if blocked is None:
        tables = PublishedTables(duckdb)
        frame = tables.frame("findings")
    else:
        tables = PublishedTables(duckdb) if duckdb.is_file() else None
        frame = blocked.findings.assign(published=False)
    if "acknowledgement" not in frame:  # of an earlier version
        log = DecisionLog(project.paths.decisions).frame()
        frame = with_acknowledgements(frame, log, project.clock.as_of)
    frame = _sorted(_chosen(frame, query or FindingQuery(), tables))
    if form is not Format.TABLE:
        print_rows(frame, form)
        return 0
    if blocked:
        _print_blocked(blocked)
    _print(frame, Titles(duckdb))
    return 0


def _chosen(
    frame: pd.DataFrame, query: FindingQuery, tables: PublishedTables | None
) -> pd.DataFrame:
    if query.rule is not None:
        frame = frame[frame["rule"] == known_rule(query.rule, frame["rule"])]
    if query.severity is not None:
        frame = frame[frame["severity"] == query.severity]
    if query.about is not None:
        frame = subject_rows(frame, query.about, tables)
    if query.team is not None:
        frame = frame[_of_team(frame, query.team, tables)]
    return frame[frame["acknowledgement"].isna()] if query.open_only else frame


def _of_team(frame: pd.DataFrame, team: str, tables: PublishedTables | None) -> pd.Series[bool]:
    """Which findings are about a team, its Key Results, Objectives or initiatives."""
    wanted, about = same_id(team), frame["subject_type"]
    mine = (about == "team") & (same_ids(frame["subject_id"]) == wanted)
    known = set(frame.loc[about == "team", "subject_id"])
    for table, kind, key in _WITH_TEAM:
        if tables is None:
            break  # nothing was ever published
        rows = tables.frame(table)
        teams = rows["team"].fillna("").astype("str")
        known |= set(teams[teams != ""])
        ids = rows.loc[same_ids(teams) == wanted, key]
        mine |= (about == kind) & frame["subject_id"].isin(ids)
    if wanted not in map(same_id, known) and not mine.any():
        names = ", ".join(sorted(known)) or "none"
        raise DecisionError(
            Refusal.UNKNOWN, f"there is no team {team[:80]!r}. There are: {plain(names)}."
        )
    return mine


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Open ones first, each part worst first."""
    rank = frame["severity"].map({name: place for place, name in enumerate(SEVERITIES)})
    frame = frame.assign(_rank=rank, _done=frame["acknowledgement"].notna())
    frame = frame.sort_values(["_done", "_rank", "rule", "subject_id"])
    return frame.drop(columns=["_rank", "_done"])


def _print(frame: pd.DataFrame, titles: Titles) -> None:
    table = Table(box=None)
    for name in ("Severity", "Rule", "About", "What and where"):
        table.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        where = "" if absent(row["url"]) else f"\n{plain(row['url'])}"
        said = "" if absent(row["acknowledgement"]) else f"\n{_standing(row)}"
        table.add_row(
            Text(row["severity"], style=_STYLE[row["severity"]]),
            plain(row["rule"]),
            titles.subject(row["subject_type"], row["subject_id"]),
            plain(row["sentence"]) + where + said,
            style="dim" if said else None,
        )
    screen = console()
    screen.print(table)
    done = int(frame["acknowledgement"].notna().sum())
    if done:
        screen.print(f"{len(frame) - done} open, {done} acknowledged or dismissed.")


def _standing(row: Mapping[Any, Any]) -> str:
    """Who said what of a finding, until when and why."""
    until = row["acknowledged_until"]
    end = "" if absent(until) else f" until {until if isinstance(until, str) else day(until)}"
    who = plain(row["acknowledged_by"])
    why = plain(row["acknowledged_why"])
    verdict = str(row["acknowledgement"]).capitalize()
    return f"{verdict} by {who}{end} ({row['acknowledgement_id']}): {why}"


def _print_blocked(blocked: BlockedRun) -> None:
    """Say why the last run was not published, before its findings."""
    screen = console()
    screen.print(f"The run of {blocked.as_of} was NOT PUBLISHED, because:", style="red")
    for violations in blocked.violations.values():
        for violation in violations:
            screen.print(f"  {plain(violation)}")
    screen.print("These are its findings; readers see the tables published before it.\n")
