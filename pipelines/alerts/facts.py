"""The causes that a run, or a check between runs, finds.

What belongs here: gathering the figures from attempts, the lake and the published tables. What does
not: what follows from them (``causes``, ``volume``).
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pandas as pd

from connectors.jira.query_text import projects_named
from connectors.records import ProblemRule
from okr_model.finding_rules import Rule
from pipelines.alerts import causes
from pipelines.alerts.causes import Cause, Kind, Unread
from pipelines.alerts.state import AlertState
from pipelines.alerts.volume import unusual
from pipelines.datasets.last_reading import unread_name
from pipelines.datasets.places.names import name_of_dataset
from pipelines.datasets.records import place_name, record_ids
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.streams import last_complete
from pipelines.project import Project
from pipelines.publish.blocked_run import read_blocked
from pipelines.publish.targets.state import AttemptsAtTargets
from pipelines.run_status.source_status import promised_at, stale_sources
from pipelines.run_status.unread import HELD_BACK, UnreachablePlace, unreachable_places
from pipelines.settings import SheetPlace
from pipelines.settings.datasets import in_words
from published.errors import UserError
from published.tables import PublishedTables

_RENAMED = re.compile(
    r"(?:(?:Was )?'(?P<lost>[^']*)'|(?:Was it|It))(?: was)? renamed to '(?P<now>[^']*)'[.?]"
)
"""As ``datasets.places.renamed`` and ``datasets.records`` say it."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_WARNING = (
    Rule.REMOTE_LINKS_NOT_READABLE,
    Rule.REVIEW_TAB_NOT_REACHED,
    Rule.REVIEW_TAB_OUT_OF_ORDER,
    Rule.STATE_MADE_ANEW,
)
"""Findings that an operator answers, without those of places that could not be read."""
_ROOM = 1_000_000_000
_TIMES_NEEDED = 10
_EACH_RUN = 50_000_000
_TIMES_PUBLISHED = 3  # what a run needs beside that: see docs/production.md
_OF_RUN = frozenset({Kind.BLOCKED, Kind.FAILED, Kind.NOT_BEGUN})
_OF_READING = frozenset({Kind.SOURCE_STALE, Kind.PLACE_STALE})
_OF_TABLES = frozenset({Kind.DATASET_STALE, Kind.WARNED, Kind.VOLUME, Kind.TARGET})
_OF_CLOCK = frozenset({Kind.NO_RUN, Kind.LATE, Kind.DISK, Kind.CREDENTIAL})


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        published: Whether the published tables are those of this run.
        read: Whether it got as far as reading the sources.
        violations: What each failed check found, by the check's name.
        crash: The error that ended it, if it was no failed check.
    """

    published: bool
    read: bool = True
    violations: Mapping[str, Sequence[str]] = field(default_factory=dict)
    crash: str | None = None


def of_run(project: Project, state: AlertState, ended: Ended) -> tuple[list[Cause], set[Kind]]:
    """The causes that a run finds, and the kinds that it could judge."""
    tables = _Tables(project)
    found = [
        *causes.blocked(ended.violations, read_blocked(project.paths.blocked_run)),
        *causes.failed(ended.crash, published=ended.published),
    ]
    judged = set(_OF_RUN)
    if ended.read:
        found += causes.stale(_unread(project), tables.reasons)
        judged |= _OF_READING
    if ended.published:
        datasets = causes.own(tables.unread_datasets(), _unread(project))
        found += causes.stale((_named(project, one) for one in datasets), tables.reasons)
        found += causes.warned(tables.warnings())
        found += causes.unwritten(_unwritten(project))
        day, values = project.clock.as_of, tables.values()
        numbers = {what: number for what, (number, _) in values.items()}
        volumes = state.keep_volumes(_rows_by_place(project) | numbers, day)
        found += unusual(volumes, day, {what: keys for what, (_, keys) in values.items()})
        judged |= _OF_TABLES
    more, of_clock = _of_clock(project, state, tables)
    return found + more, judged | of_clock


def of_clock_alone(project: Project, state: AlertState) -> tuple[list[Cause], set[Kind]]:
    """The causes that show without a run: none in time, little room, credentials about to end."""
    return _of_clock(project, state, _Tables(project))


def _of_clock(
    project: Project, state: AlertState, tables: _Tables
) -> tuple[list[Cause], set[Kind]]:
    settings, now = project.settings, project.instant()
    alerts, data = settings.alerts, project.paths.data
    last_good = state.last_good_at() or tables.last_published_at()
    found = causes.no_run(last_good, now, alerts.silent_after_hours, tables.key_results)
    if by := promised_at(project):
        first, published_at = tables.first_day(), tables.published_at(project.clock.as_of)
        if first and first < project.clock.as_of:
            zone = settings.organization.zone
            at = published_at.astimezone(zone) if published_at else None
            found += causes.late(by.astimezone(zone), at, now, tables.key_results)
    there = next(path for path in (data, *data.parents) if path.exists())
    size = project.paths.duckdb.stat().st_size if project.paths.duckdb.is_file() else 0
    needed = max(_ROOM, _TIMES_NEEDED * (_EACH_RUN + _TIMES_PUBLISHED * size))
    found += causes.disk(shutil.disk_usage(there).free, needed, str(data))
    ends = {str(source): day for source, day in alerts.credentials_end.items()}
    found += causes.credentials(ends, project.clock.today, tables.reading())
    return found, set(_OF_CLOCK)


def _unread(project: Project) -> list[Unread]:
    sources = [
        _unread_source(project, str(row["source"]), str(row["reason"]))
        for row in stale_sources(project).to_dict("records")
    ]
    places = [
        Unread(
            Kind.PLACE_STALE,
            place.name,
            place.sentence,
            remedy_of_place(project, place),
            place.since,
            place.called,
            place.more,
            _place_in_brief(project, place),
        )
        for place in unreachable_places(project)
    ]
    return sources + places


def _unread_source(project: Project, source: str, reason: str) -> Unread:
    attempt = project.attempts.latest(source)
    told = {name: str(attempt.get(name) or "") for name in ("remedy", "set_by", "brief")}
    variables = ", ".join(_VARIABLE.findall(told["set_by"]))
    brief = f"{source}: {told['brief']}" if told["brief"] else ""
    brief += f" ({variables})" if brief and variables else ""
    since = last_complete(project.lake, source)
    return Unread(
        Kind.SOURCE_STALE, source, reason, told["remedy"], since, more=told["set_by"], brief=brief
    )


def _place_in_brief(project: Project, place: UnreachablePlace) -> str:
    """The culprit, then what to do."""
    if place.rule in HELD_BACK:
        return f"{place.called}: {len(place.records)} records are gone: find or restore them"
    if place.rule == ProblemRule.PROJECT_NOT_VISIBLE:
        return f"{place.called} is hidden: grant Browse Projects to {_account(project, place)}"
    return f"{place.called}: {place.remedy}" if place.remedy else ""


def _named(project: Project, unread: Unread) -> Unread:
    """A dataset with what people call its place, and the line of the settings that asks for it."""
    named = enumerate(project.settings.datasets)
    at = next((number for number, one in named if unread_name(one) == unread.name), None)
    if at is None:
        return unread
    dataset = project.settings.datasets[at]
    called = str(name_of_dataset(project.lake, dataset))
    if found := _RENAMED.search(unread.reason):
        now = found["now"]
        keys = (key for key, one in dataset.single_fields.items() if one == found["lost"])
        part = next((("fields", key) for key in keys), ("place",))
        line = project.written.line("datasets", at, *part)
        lost = found["lost"] or (dataset.place.tab if isinstance(dataset.place, SheetPlace) else "")
        thing = f"{'' if found['lost'] else 'Tab '}{lost!r}"
        sure = not found[0].endswith("?")
        said = f"{thing} was renamed to {now!r}." if sure else f"Was {thing} renamed to {now!r}?"
        remedy = f"{said} Write {now!r} at {line}, or undo it in {called}."
        brief = f"{thing} {'is' if sure else 'may be'} now {now!r}: write that at {line}"
    else:
        brief = ""
        line = project.written.line("datasets", at, "place")
        remedy = f"Restore what is gone from {called}, or correct what {line} says of it."
    return msgspec.structs.replace(unread, called=called, remedy=remedy, brief=brief)


def remedy_of_place(project: Project, place: UnreachablePlace) -> str:
    """What to do about a place that stands as last read; empty if only the sentence tells."""
    remedy = causes.remedy_of_place(place.source, place.rule, place.remedy)
    told = remedy.format(name=place.called, account=_account(project, place))
    naming = _naming(project, place.place) if place.rule == ProblemRule.PROJECT_NOT_VISIBLE else ""
    return f"{told} {naming}" if naming else told


def _naming(project: Project, key: str) -> str:
    """What of the settings reads a project of Jira by name, beside the jql; empty if nothing."""
    wanted = key.casefold()
    measured = [
        name
        for one in project.settings.measures
        if any(wanted in map(str.casefold, projects_named(text)) for text in one.measure)
        for name in one.key_result
    ]
    told = [f"the measures of {', '.join(dict.fromkeys(measured))}"] if measured else []
    for number, dataset in enumerate(project.settings.datasets):
        named = dataset.where.get("project", ())
        if wanted in map(str.casefold, (named,) if isinstance(named, str) else named):
            told.append(f"the dataset at {project.written.line('datasets', number, 'where')}")
    return f"Then also correct what names {key}: {'; '.join(told)}." if told else ""


def _account(project: Project, place: UnreachablePlace) -> str:
    jira = project.settings.sources.jira
    return jira.user if place.source == "jira" and jira and jira.user else "okr-sync's account"


def _unwritten(project: Project) -> dict[str, tuple[str, dt.datetime | None]]:
    """Why the last attempt at a target failed, of those that did, and since when they do."""
    attempts = AttemptsAtTargets(project.paths.targets).latest()
    tried = ((one.name, attempts.get(one.name)) for one in project.settings.publish.targets)
    return {name: (last.error, last.since) for name, last in tried if last and last.error}


def _rows_by_place(project: Project) -> dict[str, int]:
    """The rows that stand in each Jira project and in the place of each other dataset."""
    connection, lake = connect(), project.lake
    query = "SELECT place, count(*) AS number FROM {} WHERE NOT deleted GROUP BY place"
    found = {}
    if "jira" in project.settings.source_names:
        counts = arrow(connection, query.format(lake.scan("jira_issues")), {}).to_pylist()
        found = {f"issues of Jira project {one['place']}": int(one["number"]) for one in counts}
    for dataset in project.settings.datasets:
        if dataset.source != "jira":
            what = f"rows of {in_words(dataset.holds)} in {place_name(dataset)}"
            found[what] = len(record_ids(lake, connection, dataset))
    return found


class _Tables:
    """The published tables; empty where there are none that can be read."""

    def __init__(self, project: Project) -> None:
        self._path = project.paths.duckdb
        self._read: dict[str, pd.DataFrame] = {}

    def _frame(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            try:
                self._read[name] = PublishedTables(self._path).frame(name)
            except UserError:
                self._read[name] = pd.DataFrame()
        return self._read[name]

    @property
    def reasons(self) -> dict[str, str]:
        """Why each stale Key Result is stale, by its id."""
        rows = self._frame("key_results")
        if rows.empty:
            return {}
        rows = rows[rows["stale_reason"].notna()].astype({"stale_reason": "object"})
        joined = rows.groupby("key_result_id", sort=True)["stale_reason"].agg(" ".join)
        return {str(key): str(reason) for key, reason in joined.items()}

    @property
    def key_results(self) -> list[str]:
        rows = self._frame("key_results")
        return [] if rows.empty else sorted(set(rows["key_result_id"].astype(str)))

    def _nights(self) -> pd.DataFrame:
        runs = self._frame("runs")
        if runs.empty or "kind" not in runs:
            return runs
        return runs[runs["kind"].isna() | (runs["kind"] == "night")]

    def unread_datasets(self) -> list[Unread]:
        """What the last run could not read; a dataset's finding tells why."""
        runs, findings = self._nights(), self._frame("findings")
        if runs.empty:
            return []
        failed = runs.sort_values("published_at", kind="stable").iloc[-1]["failed_sources"]
        unread = findings[findings["rule"] == Rule.UNREADABLE_DATASET]
        told = list(unread[["subject_id", "evidence", "sentence"]].itertuples(index=False))

        def reason(name: str) -> str:
            """A dataset is named by what it holds, then by its place."""
            sentences = (
                str(sentence)
                for subject, place, sentence in told
                if name.startswith(subject) and name.endswith(place or "")
            )
            return next(sentences, f"{name} could not be read.")

        names = [] if failed is None else [str(name) for name in failed]
        return [Unread(Kind.DATASET_STALE, name, reason(name)) for name in names]

    def warnings(self) -> dict[tuple[str, str], list[str]]:
        """What the findings of an operator say, by their rule and what they are about."""
        findings = self._frame("findings")
        if findings.empty:
            return {}
        rows = findings[findings["rule"].isin([str(rule) for rule in _WARNING])]
        return {
            (str(rule), str(subject)): [str(one) for one in group["sentence"]]
            for (rule, subject), group in rows.groupby(["rule", "subject_id"], sort=True)
        }

    def values(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """How many values are published of each kind from each source, and of which Key Results."""
        rows = self._frame("measurements")
        if rows.empty:
            return {}
        by_kind = rows.groupby(["source", "measure"], sort=True)["key_result_id"]
        return {
            f"values of the kind {kind} from {source}": (len(keys), _distinct(keys))
            for (source, kind), keys in by_kind
        }

    def reading(self) -> dict[str, tuple[str, ...]]:
        """The Key Results that have values from each source."""
        rows = self._frame("measurements")
        if rows.empty:
            return {}
        by_source = rows.groupby("source", sort=True)["key_result_id"]
        return {str(source): _distinct(keys) for source, keys in by_source}

    def last_published_at(self) -> dt.datetime | None:
        runs = self._nights()
        return None if runs.empty else runs["published_at"].max().to_pydatetime()

    def first_day(self) -> dt.date | None:
        runs = self._nights()
        return None if runs.empty else min(runs["as_of"])

    def published_at(self, day: dt.date) -> dt.datetime | None:
        """When a day's tables were first published; None if they are not."""
        runs = self._nights()
        runs = runs if runs.empty else runs[runs["as_of"] == day]
        return None if runs.empty else runs["published_at"].min().to_pydatetime()


def _distinct(keys: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(set(keys.astype(str))))
