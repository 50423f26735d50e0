"""Linked work: issues, their change log, and the Key Results that they count for.

What belongs here: loading them from the lake for the model, for one day or several. What does not:
counting them (:mod:`okr_model.activity.counts`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from okr_model.activity.counts import initiative_activity, issue_counts, key_result_activity
from okr_model.activity.events_by_week import (
    AUTHORED_COLUMNS,
    Weeks,
    events_by_week,
    totals_by_week,
)
from okr_model.activity.initiative_weeks import (
    INITIATIVE,
    WorkLog,
    initiative_weeks,
    no_initiative_weeks,
)
from okr_model.activity.issue_history import parents_at, states_at
from okr_model.activity.issue_names import IssueNames
from okr_model.activity.issue_tree import (
    Frame,
    effective_links,
    initiative_issues,
    without_children,
)
from okr_model.activity.key_result_weeks import KEY_RESULT, no_work_by_week, work_by_week
from okr_model.activity.new_work import new_issues
from okr_model.activity.team_work import TEAM, no_team_work, team_issues, team_work
from okr_model.quantities.day_bounds import start_of_day
from pipelines.datasets.issue_names import issue_names
from pipelines.engines.engine import NUMBER, TEXT, Engine
from pipelines.project import Project

_ISSUE = (
    *("id", "parent_id", "status_category", "created_at", "resolved_at"),
    *("status", "status_id", "creator_id", "creator_type", "seen_at", "first_seen_at"),
)


@dataclass(frozen=True)
class LinkedWork:
    """Current issues, all their changes, and the Key Results that they count for.

    ``linked`` has ``issue_id, key_result_id``; ``members`` are the issues of initiatives, from
    ``okr_model.activity.issue_tree.initiative_issues``; ``categories``, ``names`` and ``statuses``
    (category by identity) are those of statuses. What is read several times is materialized in the
    engine; for a past day everything is. ``none`` says beforehand that there is none.
    """

    project: Project
    engine: Engine
    issues: Frame
    changes: Frame
    linked: Frame
    members: Frame
    categories: Frame
    names: IssueNames
    statuses: Mapping[str, str]
    none: bool

    def counted_on(self, day: dt.date) -> dict[str, pd.DataFrame]:
        """Activity counts as of the end of ``day``, by Key Result and by initiative."""
        zone, issues = self.project.settings.organization.timezone, self.issues
        if day < self.project.clock.today:
            after = start_of_day(day + dt.timedelta(1), zone)
            then = states_at(issues, self.changes, after, self.categories)
            issues = self.engine.keep("issues_then", then)
        counts = issue_counts(issues, self.changes, day, zone)
        counted = self.engine.keep("counted", counts)
        return {
            "key_results": key_result_activity(counted, self.linked),
            "initiatives": initiative_activity(counted, self.members),
        }

    def new_on(self, day: dt.date) -> pd.DataFrame:
        """The new issues of initiatives that serve no Key Result, as of the end of ``day``."""
        zone = self.project.settings.organization.timezone
        return new_issues(self.issues, self.changes, self.linked, self.members, day, zone)

    def by_week(self, weeks: Weeks, teams: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """What happened by week, by initiative, Key Result and team.

        Args:
            weeks: The weeks.
            teams: ``initiative_id, team``: the teams of each initiative.
        """
        if self.none or not weeks.mondays:
            return {
                "initiative_weeks": no_initiative_weeks(),
                "key_result_weeks": no_work_by_week(),
                "team_weeks": no_team_work(),
            }
        work = events_by_week(self.issues, self.changes, self.linked, self.statuses, weeks)
        events = self.engine.keep("week_events", work)
        named = self.engine.given(teams, {"initiative_id": TEXT, "team": TEXT})
        of_teams = team_issues(self.members, named)
        subjects = (
            (self.members, INITIATIVE, "initiative_id"),
            (self.linked, KEY_RESULT, "key_result_id"),
            (of_teams, TEAM, "team"),
        )
        parts = [
            rows.select("issue_id", kind=nw.lit(kind), subject=nw.col(column))
            for rows, kind, column in subjects
        ]
        totals = totals_by_week(nw.concat(parts), events, weeks)
        log = WorkLog(
            issues=self.issues,
            changes=self.changes,
            names=self.names,
            statuses=self.statuses,
            members=self.members,
            events=events,
            totals=totals,
        )
        blocking = self.project.settings.signals.blocked_statuses
        return {
            "initiative_weeks": initiative_weeks(log, blocking, weeks),
            "key_result_weeks": work_by_week(totals),
            "team_weeks": team_work(totals),
        }


def load_linked_work(
    project: Project, engine: Engine, initiatives: pd.DataFrame, own: pd.DataFrame
) -> LinkedWork:
    """Load the work linked to Key Results, as of the project's day.

    Args:
        project: The project whose lake is read.
        engine: The engine to read it with; must not be released while the frames are used.
        initiatives: ``initiative_id, source, record_id``.
        own: ``issue_id, key_result_id, weight``; see :func:`okr_model.links.resolve.own_links`.
    """
    every = engine.scan(project.lake_as_of, "jira_issues", [*_ISSUE, "deleted"])
    issues = every.filter(~nw.col("deleted")).select(*_ISSUE)
    changes = engine.scan(project.lake, "jira_changes", AUTHORED_COLUMNS)
    if cutoff := project.clock.cutoff:
        changes = engine.keep("changes", changes)
        later = parents_at(_read_later(project, engine, every, cutoff), changes, cutoff)
        issues = engine.keep("issues", nw.concat([issues, later.select(*_ISSUE)]))
    stated = engine.given(own, {"issue_id": TEXT, "key_result_id": TEXT, "weight": NUMBER})
    of_jira = initiatives[initiatives["source"] == "jira"].rename(columns={"record_id": "issue_id"})
    roots = engine.given(of_jira, {"initiative_id": TEXT, "issue_id": TEXT})
    none = own.empty and of_jira.empty
    linked, members = stated.select("issue_id", "key_result_id"), without_children(roots)
    if not none:
        # Walking up the tree reads parents many times; this reads the lake's files only once.
        tree = engine.keep("tree", issues.select("id", "parent_id"))
        effective = effective_links(tree, stated, engine.keep)
        linked = engine.keep("linked", effective.select("issue_id", "key_result_id"))
        members = engine.keep("members", initiative_issues(tree, roots))
    names = issue_names(project.lake, ["status"])
    rows = names.category_rows()
    statuses = dict(zip(rows["status"], rows["category"], strict=True))
    categories = engine.given(rows, {"status": TEXT, "category": TEXT})
    return LinkedWork(
        project, engine, issues, changes, linked, members, categories, names, statuses, none
    )


def _read_later(project: Project, engine: Engine, known: Frame, cutoff: dt.datetime) -> Frame:
    """The issues that were created before ``cutoff`` and are not ``known``, as first read.

    They carry the date of their creation, and count from it: most were created after the run of
    the computed day. Half a pull is left out, as it is of ``current``.
    """
    folded = project.lake.folded("jira_issues")
    columns = [name for name in _ISSUE if name != "first_seen_at"]
    log = engine.scan(project.lake, "jira_issues", [*columns, "deleted", "landed"], "log")
    log = log.filter(nw.col("landed") <= folded, nw.col("created_at") < cutoff)
    unknown = log.join(known.select("id"), on="id", how="anti")
    first = unknown.filter(nw.col("landed") == nw.col("landed").min().over("id"))
    return first.filter(~nw.col("deleted")).with_columns(first_seen_at=nw.col("seen_at"))
