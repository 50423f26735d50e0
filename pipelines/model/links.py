"""The step ``links``: claims, decisions and history in, links and suggestions out.

What belongs here: loading what the model needs to resolve and suggest links. What does not: the
rules (:mod:`okr_model.links.resolve`, :mod:`okr_model.links.suggestions`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from okr_model.findings import findings_frame, join_findings
from okr_model.links.claims import DECIDED
from okr_model.links.decisions import decisions_in_force, other_work
from okr_model.links.resolve import LinkInputs, own_links, resolve_links
from okr_model.links.suggestions.suggest import suggest_links
from okr_model.links.suggestions.text_similarity import Meaning
from okr_model.tables import LINKS
from pipelines.datasets.claims import former_key_results, read_claims
from pipelines.datasets.former_ids import unrecognized_ids
from pipelines.datasets.initiatives import initiative_texts
from pipelines.datasets.link_tables import read_mappings
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.duckdb_session import connect
from pipelines.model.content.aliases import aliases_in
from pipelines.model.steps import Frames, StepInputs
from pipelines.publish import history
from pipelines.settings.settings import LinkSettings
from pipelines.text_embeddings import TextEmbeddings, is_installed


def link_initiatives(inputs: StepInputs, *, suggests: bool = True) -> Frames:
    """The frames ``links``, ``own`` (links of single issues), ``other_work``, and the rest.

    The rest are ``findings``, and those of suggestions if it ``suggests`` any: they take long, and
    nobody asks for those of a past day.
    """
    project, connection = inputs.project, connect()
    key_results = inputs.frames["content.key_results"]
    initiatives = inputs.frames["content.initiatives"]
    read = (project.lake_as_of, connection, project.settings, key_results)
    mapped, unknown = read_mappings(*read, initiatives)
    parts = [frame for frame in (read_claims(*read), mapped) if len(frame)]
    claims = pd.concat(parts, ignore_index=True) if parts else mapped
    decided = decisions_in_force(DecisionLog(project.paths.decisions).frame(project.clock.cutoff))
    aliases = aliases_in(inputs.frames["content.aliases"])
    links, findings = resolve_links(
        LinkInputs(
            claims=claims,
            key_results=key_results,
            initiatives=initiatives,
            decided=decided,
            earlier=history.history(project.paths.history, LINKS).to_pandas(),
            aliases=aliases,
            former=former_key_results(project.paths.history, key_results, project.clock.as_of),
            objectives=inputs.frames["content.objectives"]["objective_id"].dropna(),
            timezone=project.settings.organization.timezone,
        ),
        project.clock.as_of,
    )
    own = own_links(links, claims, key_results, "jira", aliases, decided, initiatives)
    unknown += unrecognized_ids(key_results, aliases, project.settings.links.key_pattern)
    findings = join_findings([findings, findings_frame(unknown)])
    found = {
        "links": links,
        "own": own,
        "other_work": other_work(decided)[DECIDED].reset_index(),
        "findings": findings,
    }
    return {**found, **_suggestions(inputs, connection, links, decided)} if suggests else found


def _suggestions(
    inputs: StepInputs,
    connection: duckdb.DuckDBPyConnection,
    links: pd.DataFrame,
    decided: pd.DataFrame,
) -> Frames:
    project, initiatives = inputs.project, inputs.frames["content.initiatives"]
    texts = initiative_texts(project, connection, initiatives)
    suggested = suggest_links(
        initiatives.assign(text=initiatives["initiative_id"].map(texts)),
        inputs.frames["content.key_results"],
        links,
        decided,
        project.clock.as_of,
        least_chance=project.settings.links.suggestions.least_chance,
        meaning=meaning_of(project.settings.links, project.paths.embeddings),
    )
    return {"suggestions": suggested.rows, "suggestion_trials": suggested.trials}


def meaning_of(settings: LinkSettings, cache: Path) -> Meaning | None:
    """The model of meanings, if the settings want it; by default if it is installed."""
    used = is_installed() if settings.meanings == "automatic" else settings.meanings
    return TextEmbeddings(cache) if used else None
