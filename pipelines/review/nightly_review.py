"""The review tab during a run: record its answers, then update its questions.

What belongs here: reading and recording answers before anything is computed, updating the tab after
publishing, and storing the state of both. What does not: the tab's grid (``tab_layout``) and the
questions and answers themselves (``okr_model.review``).

Nothing here ever fails a run. Errors are stored in the state and become findings.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.errors import SourceError
from okr_model.finding_rules import Rule
from pipelines.datasets.former_ids import known_aliases
from pipelines.errors import our_fault
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.state import (
    NAME,
    Review,
    has_review,
    last_review,
    problem_of,
    review_of,
)
from pipelines.store import session

if TYPE_CHECKING:
    from connectors.sheets.shared_tab import SharedTab
    from connectors.sheets.tab_requests import Rewrite, TabState
    from okr_model.review.answers import Answer
    from okr_model.review.decision_index import DecisionIndex
    from okr_model.review.questions import Published, Question

TAB_NUMBER = 740_217_431
"""The tab's sheet id, by which it is found even if it is renamed."""
_REREAD_AFTER = dt.timedelta(days=3)


def record_answers(project: Project, *, again: bool = False) -> None:
    """Record the decisions made in the tab since it was last read.

    Args:
        project: The project with the tab.
        again: Read the tab even if Drive reports it unchanged.
    """
    if not has_review(project):
        return
    before = replace(last_review(project), recorded=0, changed=False, remarks=[], leaving=[])
    review, unread = _guarded(before, lambda: _take(project, before, again))
    project.attempts.record(NAME, asdict(replace(review, unread=unread)))


def update_tab(project: Project, run_id: str) -> None:
    """Update the tab's questions to what the published tables leave undecided.

    Args:
        project: The project with the tab.
        run_id: The run that computed the published tables.
    """
    before = review_of(project)
    if not has_review(project) or before is None or before.unread:
        return
    if before.settled and before.run_id == run_id:
        return
    if any(problem["rule"] == Rule.REVIEW_TAB_OUT_OF_ORDER for problem in before.problems):
        return  # already reported when the tab was read
    review, unwritten = _guarded(before, lambda: _update(project, before, run_id))
    project.attempts.record(NAME, asdict(replace(review, unwritten=unwritten)))


def preview(project: Project) -> tuple[Review, list[dict[str, Any]]]:
    """What reading and updating the tab would record and change; does neither.

    Raises:
        connectors.errors.SourceError: The tab cannot be read.
    """
    from pipelines.review.tab_layout import LayoutError, layout_of, plan_update, rows_of

    before = last_review(project)
    with _tab(project) as shared:
        problems = _unwritable(project, shared, shared.file().can_edit)
        tab = shared.read()
    tables, log = _published(project), _log(project)
    try:
        layout = layout_of(tab)
    except LayoutError as error:
        return replace(before, problems=[*problems, problem_of(project, str(error))]), []
    answers = _judged(project, rows_of(tab, layout), tables, log)
    questions, waiting = _questions(tables, log)
    taken = [dict(one.decision) for one in answers if one.state == "new" and one.decision]
    then = [replace(one, state="recorded") if one.state == "new" else one for one in answers]
    rewrite = plan_update(tab, layout, then, questions)
    review = replace(
        before,
        problems=problems + _problems(project, tab, answers),
        remarks=_remarks(answers),
        asked=len(questions),
        waiting=waiting,
        changed=rewrite.changes_rows,
    )
    return review, taken


def _take(project: Project, before: Review, again: bool) -> Review:
    if not project.paths.duckdb.is_file():
        return replace(before, version=None, settled=None)  # no tables to check an answer against
    with _tab(project) as shared:
        file = shared.file()
        now = _now(project)
        young = before.read_at and now - dt.datetime.fromisoformat(before.read_at) < _REREAD_AFTER
        if before.version == file.version and young and not before.problems and not again:
            return before
        problems = _unwritable(project, shared, file.can_edit)
        tab = shared.read()
    review = replace(
        before, problems=problems, version=file.version, read_at=now.isoformat(), settled=None
    )
    return _recorded(project, tab, review, file.can_edit)


def _recorded(project: Project, tab: TabState | None, review: Review, is_rewritten: bool) -> Review:
    """Append new decisions to the log in one commit; returns the state with what came of them.

    Args:
        project: The project with the tab.
        tab: What stands in it.
        review: The state without its decisions.
        is_rewritten: Whether this run may update the tab, so that rows move up.
    """
    from pipelines.review.tab_layout import LayoutError, layout_of, rows_of

    try:
        rows = rows_of(tab, layout_of(tab))
    except LayoutError as error:
        return replace(review, problems=[*review.problems, problem_of(project, str(error))])
    if not any(row.text("decision") for row in rows):
        return review  # the usual case, in which the tables need not be read
    tables = _published(project)
    answers = _judged(project, rows, tables, _log(project))
    taken = [one.decision for one in answers if one.state == "new" and one.decision]
    if taken:
        now = dt.datetime.fromisoformat(str(review.read_at))
        session.record(project, [{**one, "decided_at": now} for one in taken])
    is_wrong = any(one.state == "wrong" for one in answers)
    gone = _done(project, tab, answers, tables) if is_wrong and is_rewritten else frozenset()
    return replace(
        review,
        problems=review.problems + _problems(project, tab, answers, gone),
        recorded=len(taken),
        remarks=_remarks(answers),
        leaving=sorted({row.text("token") for row in rows if row.place in gone}),
    )


def _done(
    project: Project, tab: TabState | None, answers: Sequence[Answer], tables: Published
) -> frozenset[int]:
    """The rows that nothing is left to do about once these answers are recorded, by their place."""
    from pipelines.review.tab_layout import layout_of, plan_update

    questions, _ = _questions(tables, _log(project))
    then = [replace(one, state="recorded") if one.state == "new" else one for one in answers]
    return plan_update(tab, layout_of(tab), then, questions).removed


def _update(project: Project, before: Review, run_id: str) -> Review:
    from pipelines.review.tab_layout import LayoutError, layout_of, plan_update, rows_of

    tables, log = _published(project), _log(project)
    questions, waiting = _questions(tables, log)
    offered = _offered(tables, project)
    digest = hashlib.sha256(repr(questions).encode()).hexdigest()
    if before.settled == digest:
        return replace(before, run_id=run_id)

    named = any(one["rule"] == Rule.DECISION_NOT_RECORDED for one in before.problems)
    leaving = before.leaving if named else None

    def decide(tab: TabState | None) -> Rewrite:
        layout = layout_of(tab)
        answers = _judged(project, rows_of(tab, layout), tables, log)
        return plan_update(tab, layout, answers, questions, offered, leaving)

    review = replace(before, asked=len(questions), waiting=waiting, run_id=run_id)
    with _tab(project) as shared:
        try:
            changed = shared.rewrite(decide)
        except LayoutError:
            return review  # already reported when the tab was read
    if changed:  # the next run reads this update, and any edits made meanwhile
        return replace(review, changed=True, version=None, settled=None)
    return replace(review, settled=digest)


def _judged(
    project: Project, rows: Sequence[Any], tables: Published, log: DecisionIndex
) -> list[Answer]:
    from okr_model.review.answers import judge

    return judge(rows, tables, log, project.settings.organization.timezone)


def _questions(tables: Published, log: DecisionIndex) -> tuple[list[Question], int]:
    """The questions for the tab, and how many more do not fit in it."""
    from okr_model.review.questions import MOST, questions

    every = questions(tables, log)
    return list(islice(every, MOST)), sum(1 for _ in every)


def _offered(tables: Published, project: Project) -> list[str]:
    """The dropdown entries for a correction: the Key Results of cycles that are not over."""
    going_on = {cycle.id for cycle in project.settings.cycles if cycle.end >= project.clock.as_of}
    rows = tables.key_results[tables.key_results["cycle_id"].isin(going_on)]
    named = zip(rows["key_result_id"], rows["statement"].fillna(""), strict=True)
    entries = (" ".join(f"{key}: {statement}".split())[:200] for key, statement in sorted(named))
    return [entry for entry in entries if entry[0].isalnum()]  # a leading = would be a formula


def _published(project: Project) -> Published:
    from okr_model.review.questions import Published
    from published.tables import PublishedTables

    tables = PublishedTables(project.paths.duckdb)
    names = ("links", "suggestions", "initiatives", "key_results")
    frames = {name: tables.frame(name) for name in names}
    return Published(**frames, aliases=known_aliases(project))


def _log(project: Project) -> DecisionIndex:
    from okr_model.review.decision_index import DecisionIndex

    return DecisionIndex(DecisionLog(project.paths.decisions).frame(), known_aliases(project))


def _guarded(before: Review, work: Callable[[], Review]) -> tuple[Review, str | None]:
    """The result of ``work``; if it fails, ``before`` and the error message."""
    try:
        return work(), None
    except SourceError as error:
        return before, str(error)
    except Exception as fault:
        # A bug here must not fail the run; it is reported as a tab that was not reached.
        return before, str(our_fault("sheets", fault))


def _problems(
    project: Project,
    tab: TabState | None,
    answers: Sequence[Answer],
    gone: frozenset[int] = frozenset(),
) -> list[dict[str, Any]]:
    """A finding's fields for each decision that is not recorded, by its cell without some rows."""
    from connectors.sheets.shared_tab import tab_url
    from pipelines.review.tab_layout import layout_of

    layout, review = layout_of(tab), project.settings.links.review
    if tab is None or layout is None or review is None:
        return []
    found = []
    for answer in answers:
        if answer.state == "wrong":
            place = answer.row.place - sum(one < answer.row.place for one in gone)
            at = (place, layout.columns[answer.column])
            address = tab.address(*at)
            found.append(
                {
                    "rule": Rule.DECISION_NOT_RECORDED,
                    "severity": "warning",
                    "subject_type": "record",
                    "subject_id": address,
                    "sentence": f"{address}: {answer.problem}",
                    "evidence": answer.row.text("decision"),
                    "url": tab_url(review.spreadsheet, tab, *at),
                }
            )
    return found


def _remarks(answers: Sequence[Answer]) -> list[str]:
    """What is told of rows that go although none of their own decisions is recorded."""
    return [
        f"{one.row.text('initiative')}: {one.problem}; the same was typed in the tab."
        for one in answers
        if one.state == "recorded" and one.problem
    ]


def _unwritable(project: Project, shared: SharedTab, can_edit: bool) -> list[dict[str, Any]]:
    if can_edit:
        return []
    review = project.settings.links.review
    spreadsheet = review.spreadsheet if review else ""
    return [
        problem_of(
            project,
            f"spreadsheet {spreadsheet} may only be read, so what is left to decide is not shown "
            f"in it. Share it with {shared.who} as an editor.",
        )
    ]


@contextmanager
def _tab(project: Project) -> Iterator[SharedTab]:
    from connectors.sheets.shared_tab import SharedTab
    from connectors.sheets.source import SheetsSettings

    review, sheets = project.settings.links.review, project.settings.sources.sheets
    assert review is not None  # noqa: S101 - the caller's condition
    assert sheets is not None  # noqa: S101 - the settings' condition
    settings = SheetsSettings(
        credentials=sheets.credentials,
        spreadsheets=(review.spreadsheet,),
        url=sheets.url,
        requests_per_minute=sheets.requests_per_minute,
    )
    shared = SharedTab(settings, review.tab, TAB_NUMBER)
    try:
        yield shared
    finally:
        shared.close()


def _now(project: Project) -> dt.datetime:
    return project.instant()
