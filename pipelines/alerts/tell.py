"""Telling of a run: what it found is compared with what is open, and what is due is sent.

What belongs here: the order of it. What does not: its parts, which are the other files here.
Nothing that goes wrong here ends a run: it is said, and the next run sends what is still due.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager

from pipelines.alerts import facts, senders
from pipelines.alerts.causes import Cause, Kind, not_begun
from pipelines.alerts.course import advance, delivered, due, is_open, without_addresses
from pipelines.alerts.digest import messages
from pipelines.alerts.facts import Ended
from pipelines.alerts.senders import Address, addresses_of
from pipelines.alerts.state import AlertState
from pipelines.errors import place_of_fault
from pipelines.lake.private_files import private_files
from pipelines.paths import DataPaths
from pipelines.project import Project
from pipelines.run_status.prometheus import write_metrics
from pipelines.telemetry.log import event


def after_run(project: Project, ended: Ended) -> list[str]:
    """Tell of a run that ended; returns a sentence for whatever could not be told."""
    if project.clock.is_past:
        return []  # a person computes a past day, and looks at it
    state = AlertState(project.paths.alerts)
    try:
        with _private(project), state.exclusively():
            unsaid = _note_good(project, state) if ended.published else []
            found, judged = facts.of_run(project, state, ended)
            unsaid += _tell(project, state, found, judged)
            return [*unsaid, *_metrics(project, state, published=ended.published)]
    except Exception as fault:  # the run is over: nothing of this may change how it ended
        return [f"Alerts failed ({place_of_fault(fault)}). Please report it."]


def after_refusal(project: Project, message: str) -> list[str]:
    """Tell of a run that could not begin; returns a sentence for whatever could not be told."""
    if project.clock.is_past:
        return []  # likewise
    settings = project.settings  # its paths may be what was refused
    state = AlertState(DataPaths(settings.data, settings.publish.duckdb).alerts)
    try:
        with _private(project), state.exclusively():
            return _tell(project, state, [not_begun(message)], {Kind.NOT_BEGUN})
    except Exception as fault:  # such as a folder that cannot be written, which is the message
        return [f"Alerts failed ({place_of_fault(fault)})."]


def between_runs(project: Project) -> tuple[list[Cause], list[str]]:
    """Tell of what shows without a run; returns those causes, and what could not be told."""
    state = AlertState(project.paths.alerts)
    with _private(project), state.exclusively():
        found, judged = facts.of_clock_alone(project, state)
        return found, _tell(project, state, found, judged)


def _private(project: Project) -> AbstractContextManager[None]:
    return private_files([project.settings.data], project.settings.files.group)


def _note_good(project: Project, state: AlertState) -> list[str]:
    state.keep_last_good(project.instant())
    url = project.settings.alerts.ping
    reason = senders.ping(url.get_secret_value()) if url else None
    return [f"alerts: ping: could not be told: {reason}"] if reason else []


def _metrics(project: Project, state: AlertState, *, published: bool) -> list[str]:
    last_good, open_alerts = state.last_good_at(), sum(map(is_open, state.courses()))
    at = last_good.timestamp() if last_good else 0.0
    try:
        write_metrics(project, published=published, last_good=at, open_alerts=open_alerts)
    except OSError as error:
        return [f"metrics: file: cannot be written ({error.strerror}): {error.filename}"]
    return []


def _tell(
    project: Project, state: AlertState, found: Sequence[Cause], judged: Collection[Kind]
) -> list[str]:
    addresses = addresses_of(project.settings.alerts)
    courses = advance(state.courses(), found, judged, project.instant())
    by_digest = {one.digest: one for one in addresses}
    courses = without_addresses(courses, by_digest)
    state.keep_courses(courses)
    unsaid = []
    for one in due(courses, by_digest):
        address = by_digest[one.address]
        for message in messages(one):
            title = f"{project.settings.organization.name}: {message.title}"
            if reason := senders.send(address, title, message.body):
                event("alert not sent", level=logging.WARNING, to=address.label, causes=message.ids)
                unsaid.append(_not_sent(address, reason))
                break  # the others would fail alike; the next run sends them
            what = "recovery sent" if message.ended else "alert sent"
            event(what, to=address.label, causes=message.ids)
            courses = delivered(courses, one.address, message.ids, ended=message.ended)
            state.keep_courses(courses)
    return unsaid


def _not_sent(address: Address, reason: str) -> str:
    return f"{address.label}: an alert could not be sent, and the next run tries again: {reason}"
