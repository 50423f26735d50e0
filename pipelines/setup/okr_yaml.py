"""A commented ``okr.yaml`` and ``.env.example`` out of answers and proposals.

What belongs here: the text of the files. What does not: asking (``interview``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from okr_model.quantities.cycles import Cycle
from pipelines.settings import SheetPlace
from pipelines.setup.proposals import Proposal

SECRETS = {"jira": "JIRA_TOKEN", "notion": "NOTION_TOKEN"}
"""The environment variable of each credential that is no file."""
_KEY = re.compile(r"[A-Z][A-Z0-9_]+")
_RESERVED = """and or not empty null in is was by order asc desc on before after during from to any
    all as at add alter begin case char check select set table union unique update user values view
    where with group having if index insert into join last left like limit minus mode number of
    option date default delete distinct drop else end exec exists explain field first for free"""
"""Words that JQL does not take for a key without quotes, as far as keys may be such."""
_WIDE = 10_000


def settings_text(
    answers: Mapping[str, str],
    proposals: Sequence[Proposal],
    cycles: Sequence[Cycle],
    pattern: str | None,
) -> str:
    """The text of ``okr.yaml``.

    Args:
        answers: By their names, such as ``organization.name``.
        proposals: The datasets to read.
        cycles: Those to declare, oldest first.
        pattern: How ids of Key Results look; None for the default.
    """
    lines = [*_head(answers, cycles), "", "sources:", *_sources(answers), "", "datasets:"]
    for proposal in proposals:
        lines += [*_dataset(proposal), ""]
    if any(proposal.dataset.source == "jira" for proposal in proposals):
        lines += ["  - holds: activity                   # issues below initiatives"]
        lines += ["    from: jira", ""]
    lines += ["links:", "  # How people write the id of a Key Result, as a regular expression."]
    lines += [f"  key_pattern: {_flow(pattern)}" if pattern else r"  # key_pattern: 'KR-\d+'"]
    lines += ["", "# Every night, if Dagster's scheduler runs it; see docs/production.md."]
    lines += ["# schedule:", '#   at: "02:00"', ""]
    return "\n".join(lines)


def environment_text(answers: Mapping[str, str]) -> str:
    """The text of ``.env.example``: names without values."""
    names = [name for source, name in SECRETS.items() if answers.get(f"{source}.use") == "yes"]
    lines = ["# Copy to .env, which stays out of version control, and fill in; load it with:"]
    lines += ["#   set -a; . ./.env; set +a", *(f"{name}=" for name in names), ""]
    return "\n".join(lines)


def _head(answers: Mapping[str, str], cycles: Sequence[Cycle]) -> Iterator[str]:
    yield "# Written by okr init. docs/set-up.md explains every key; okr doctor checks it."
    yield "# Credentials stand in the environment, never here; .env.example names them."
    yield "organization:"
    yield f"  name: {_flow(answers['organization.name'])}"
    yield f"  timezone: {_flow(answers['organization.timezone'])}"
    words = [word.strip() for word in answers["organization.confidence"].split(",")]
    yield f"  confidence: {_flow(words)}   # best first"
    yield ""
    yield "cycles:                              # add the next one before it begins"
    for cycle in cycles:
        yield f"  - {{id: {_flow(cycle.id)}, start: {cycle.start}, end: {cycle.end}}}"


def _sources(answers: Mapping[str, str]) -> Iterator[str]:
    if answers.get("jira.use") == "yes":
        yield "  jira:"
        yield f"    url: {_flow(answers['jira.url'])}"
        if answers.get("jira.user"):
            yield f"    user: {_flow(answers['jira.user'])}"
        yield '    token: "${JIRA_TOKEN}"'
        yield f"    jql: {_flow(jql_of(answers))}"
    if answers.get("notion.use") == "yes":
        yield "  notion:"
        yield '    token: "${NOTION_TOKEN}"'
        if answers.get("notion.url"):
            yield f"    url: {_flow(answers['notion.url'])}"
    if answers.get("sheets.use") == "yes":
        yield "  sheets:" if _sheet_keys(answers) else "  sheets: {}"
        for name in _sheet_keys(answers):
            yield f"    {name}: {_flow(answers[f'sheets.{name}'])}"


def jql_of(answers: Mapping[str, str]) -> str:
    """The query for the projects that were chosen."""
    keys = [_project(key.strip()) for key in answers["jira.projects"].split(",") if key.strip()]
    return f"project in ({', '.join(keys)})"


def _project(key: str) -> str:
    """A project's key or name in JQL; in quotes, unless it can only be a key."""
    plain = _KEY.fullmatch(key) and key.casefold() not in _RESERVED.split()
    return key if plain else '"' + key.replace("\\", "").replace('"', "") + '"'


def _sheet_keys(answers: Mapping[str, str]) -> list[str]:
    return [name for name in ("credentials", "url") if answers.get(f"sheets.{name}")]


def _dataset(proposal: Proposal) -> Iterator[str]:
    dataset = proposal.dataset
    title = "".join(filter(str.isprintable, " ".join(proposal.title.split())))
    yield f"  - holds: {dataset.holds:<27} # {title}"
    yield f"    from: {dataset.source}"
    if isinstance(dataset.place, SheetPlace):
        place = {"spreadsheet": dataset.place.spreadsheet, "tab": dataset.place.tab}
        yield f"    place: {_flow(place)}"
    elif dataset.place:
        yield f"    place: {_flow(dataset.place)}"
    if dataset.where:
        yield f"    where: {_flow(dict(dataset.where))}"
    if dataset.fields:
        yield "    fields:"
    for name, field in dataset.fields.items():
        yield f"      {name}: {_flow(field if isinstance(field, str) else list(field))}"
    if dataset.teams:
        yield f"    teams: {_flow(list(dataset.teams))}"


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=_WIDE, sort_keys=False
    )
    return text.strip().removesuffix("...").strip()
