"""The steps of a night in their order, with what each takes and gives.

What belongs here: the graph. What does not: what a step does (the module of its name), which is
imported only when the step runs: a night whose inputs are unchanged computes nothing.
"""

from __future__ import annotations

from connectors.registry import SOURCE_FACTS
from okr_model.tables import ACCUMULATED, BY_NAME
from pipelines.model.steps import Frames, Step, StepInputs

_EVERY_SOURCE = tuple(SOURCE_FACTS)


def _content(inputs: StepInputs) -> Frames:
    from pipelines.model.content.records import read_content

    return read_content(inputs)


def _links(inputs: StepInputs) -> Frames:
    from pipelines.model.links import link_initiatives

    return link_initiatives(inputs)


def _activity(inputs: StepInputs) -> Frames:
    from pipelines.model.activity import count_activity

    return count_activity(inputs)


def _values(inputs: StepInputs) -> Frames:
    from pipelines.model.values import compute_values

    return compute_values(inputs)


def _confidence(inputs: StepInputs) -> Frames:
    from pipelines.model.confidence import compute_confidence

    return compute_confidence(inputs)


def _candidate_tables(inputs: StepInputs) -> Frames:
    from pipelines.model.candidate_tables import build_tables

    return build_tables(inputs)


CONTENT = Step(
    name="content",
    about="Objectives, Key Results, check-ins, initiatives and measurements, read and cleaned.",
    sources=_EVERY_SOURCE,
    takes=(),
    gives=(
        *("objectives", "key_results", "check_ins", "initiatives", "kpis", "measurements"),
        *("logged_changes", "aliases", "findings", "unread"),
    ),
    run=_content,
)
LINKS = Step(
    name="links",
    about="Which initiative serves which Key Result, with the evidence for every claim.",
    sources=_EVERY_SOURCE,
    takes=("content.key_results", "content.initiatives", "content.objectives", "content.aliases"),
    gives=("links", "own", "other_work", "suggestions", "suggestion_trials", "findings"),
    run=_links,
)
ACTIVITY = Step(
    name="activity",
    about="What happened in linked work, counted per Key Result and per initiative.",
    sources=("jira",),
    takes=("content.initiatives", "content.key_results", "links.own", "links.links"),
    gives=(
        *("key_results", "initiatives", "initiative_weeks", "key_result_weeks", "team_weeks"),
        *("new_issues", "initiative_teams"),
    ),
    run=_activity,
)
VALUES = Step(
    name="values",
    about="Each Key Result's values by the day they are true for: read, measured or stated.",
    sources=_EVERY_SOURCE,
    takes=(
        *("content.key_results", "content.check_ins", "content.measurements", "content.aliases"),
    ),
    gives=("measurements", "depends", "findings", "unread"),
    run=_values,
)
CONFIDENCE = Step(
    name="confidence",
    about="One row for each Key Result: value, progress, pace, forecast, signals, confidence.",
    sources=(),
    takes=(
        *("content.key_results", "content.check_ins", "content.initiatives", "content.findings"),
        *("content.objectives", "content.unread", "content.logged_changes", "content.aliases"),
        *("values.measurements", "values.depends", "values.findings", "values.unread"),
        *("links.links", "links.findings", "activity.key_results", "activity.initiatives"),
    ),
    gives=("key_results", "findings", "initiatives", "changes"),
    run=_confidence,
)
CANDIDATE_TABLES = Step(
    name="candidate_tables",
    about="Every table as it would be published, computed and checked, not yet published.",
    sources=(),
    takes=(
        *("content.objectives", "content.initiatives", "content.check_ins", "content.kpis"),
        *("content.key_results", "content.aliases"),
        *("links.links", "links.other_work", "links.suggestions", "links.suggestion_trials"),
        *("activity.initiatives", "activity.initiative_weeks", "activity.team_weeks"),
        *("activity.new_issues", "activity.initiative_teams"),
        "values.measurements",
        *("confidence.key_results", "confidence.findings", "confidence.changes"),
        *("confidence.initiatives", "content.unread", "values.unread"),
    ),
    gives=tuple(name for name in BY_NAME if name not in ACCUMULATED),
    run=_candidate_tables,
)
NIGHTLY = (CONTENT, LINKS, ACTIVITY, VALUES, CONFIDENCE, CANDIDATE_TABLES)
