"""``okr links accept``, ``reject``, ``correct``, ``undo`` and ``decisions``.

What belongs here: validating a decision against the published tables, recording it, printing the
log. What does not: what a decision does to links (:mod:`okr_model.links.decisions`).
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from okr_model.entities import known_by_row
from okr_model.languages.folding import same_id, same_ids
from okr_model.links.decisions import LOG_COLUMNS, stated_claims, undone_ids
from okr_model.review.decision_index import DecisionIndex
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_json, print_rows
from pipelines.cli.shared.published import require_key_result
from pipelines.datasets.former_ids import known_aliases
from pipelines.lake.decision_log import DecisionLog
from pipelines.maintenance.examine import ensure_decisions
from pipelines.project import Project
from published.errors import UserError
from published.formatting import instant, plain
from published.selection import find_initiative
from published.tables import PublishedTables
from published.titles import Titles

_AFTER = "It takes effect with the next run; at once with: okr sync --offline"


class DecisionError(UserError):
    """The requested decision cannot be recorded."""


@dataclass(frozen=True, slots=True)
class Request:
    """A decision as typed on the command line.

    Attributes:
        action: ``accept``, ``reject`` or ``correct``.
        initiative: Key, title or id.
        key_result: The Key Result that the initiative serves or, for ``reject``, does not.
        by: Who decides.
        why: The reason.
        wrong: Only for ``correct``: the Key Result that the initiative does not serve.
        yes: Whether to overrule a decision that says the opposite without asking.
    """

    action: str
    initiative: str
    key_result: str
    by: str
    why: str
    wrong: str | None = None
    yes: bool = False


def decide(config: Path | None, request: Request, dry_run: bool, form: Format) -> None:
    """Record a decision about an initiative and a Key Result.

    Raises:
        DecisionError: The same decision is already in force, the request contradicts itself, the
            initiative has no stable id, or the opposite is in force and nobody can be asked.
        typer.Abort: The opposite is in force, and whoever was asked said no.
        published.tables.UnknownKeyResultError: No such Key Result is published.
        published.selection.UnknownInitiativeError: No such initiative, or several.
    """
    project = Project(config, with_secrets=False)
    ensure_decisions(project)
    tables = PublishedTables(project.paths.duckdb)
    found = find_initiative(tables.frame("initiatives"), request.initiative)
    _require_identity(found)
    links = tables.frame("links", "initiative_id = ?", [found["initiative_id"]])
    right = _published_id(tables, links, request.key_result)
    log = DecisionLog(project.paths.decisions)
    row = _row(project, request.action, request.by, request.why) | {
        "initiative_id": found["initiative_id"],
        "initiative": found["initiative"],
        "key_result_id": right,
        "claims": stated_claims(links),
    }
    if request.wrong is not None:
        row["wrong_key_result_id"] = _published_id(tables, links, request.wrong)
        if row["wrong_key_result_id"] == right:
            raise DecisionError(f"--from and --to are both {right}; there is nothing to correct.")
    titles = Titles(project.paths.duckdb)
    opposed = _require_new(DecisionIndex(log.frame(), known_aliases(project)), row)
    if opposed and not request.yes:
        named = titles.initiative(found["initiative_id"], found["initiative"])
        _confirm(named, opposed, dry_run, form)
    _record(log, row, titles, dry_run, form)


def take_back(
    config: Path | None, decision: str, by: str, why: str, dry_run: bool, form: Format
) -> None:
    """Record that a decision is taken back.

    Raises:
        DecisionError: There is no such decision, or it has already been taken back.
    """
    project = Project(config, with_secrets=False)
    ensure_decisions(project)
    log = DecisionLog(project.paths.decisions)
    frame = log.frame()
    found = frame[same_ids(frame["decision_id"]) == same_id(decision)]
    if found.empty:
        raise DecisionError(f"there is no decision {decision!r}. List them: okr links decisions")
    taken = found.iloc[0]
    if taken["decision_id"] in undone_ids(frame):
        raise DecisionError(f"{taken['decision_id']} has already been taken back.")
    row = _row(project, "undo", by, why) | {
        "undoes": taken["decision_id"],
        "initiative_id": taken["initiative_id"],
        "initiative": taken["initiative"],
    }
    _record(log, row, Titles(project.paths.duckdb), dry_run, form)


def show_decisions(config: Path | None, form: Format) -> None:
    """Print the log, latest first, and whether each decision is still in force."""
    project = Project(config, with_secrets=False)
    frame = DecisionLog(project.paths.decisions).frame()
    frame = frame.assign(stands=~frame["decision_id"].isin(undone_ids(frame)))
    frame = frame.sort_values(["decided_at", "decision_id"], ascending=False, ignore_index=True)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return
    if frame.empty:
        console().print("Nothing has been decided yet. See: okr links accept --help")
        return
    table = Table(box=None)
    for name in ("Decision", "When", "Who", "What", "Why"):
        table.add_column(name, overflow="fold")
    titles = Titles(project.paths.duckdb)
    for row in frame.to_dict("records"):
        table.add_row(
            row["decision_id"],
            instant(row["decided_at"], project.settings.organization.zone),
            plain(row["decided_by"]),
            Text(in_words(row, titles), style="" if row["stands"] else "strike dim"),
            plain(row["why"]),
        )
    console().print(table)


def in_words(row: dict[str, Any], titles: Titles) -> str:
    """A decision as a short phrase."""
    named = titles.initiative(row["initiative_id"], row["initiative"])
    what = {
        "accept": f"{named} serves {row['key_result_id']}",
        "reject": f"{named} does not serve {row['key_result_id']}",
        "correct": f"{named} serves {row['key_result_id']}, not {row.get('wrong_key_result_id')}",
        "undo": f"takes back {row.get('undoes')}",
    }
    return plain(what[row["action"]])


def _row(project: Project, action: str, by: str, why: str) -> dict[str, Any]:
    for name, value in (("--by", by), ("--why", why)):
        if not value.strip():
            raise DecisionError(f"{name} is empty; a decision needs a name and a reason.")
    return dict.fromkeys(LOG_COLUMNS) | {
        "decision_id": f"D-{secrets.token_hex(4)}",
        "decided_at": project.instant(),
        "action": action,
        "decided_by": by.strip(),
        "why": why.strip(),
        "via": "command",
    }


def _published_id(tables: PublishedTables, links: pd.DataFrame, key_result: str) -> str:
    """The published spelling of the id, or that of the initiative's own broken claim."""
    claimed = links.loc[same_ids(links["key_result_id"]) == same_id(key_result)]
    rows = claimed if len(claimed) else require_key_result(tables, key_result)
    return str(rows["key_result_id"].iloc[0])


def _require_identity(initiative: pd.Series) -> None:
    if known_by_row(initiative.to_frame().T).iloc[0]:
        raise DecisionError(
            f"{initiative['initiative']} is known only by its row, which another may have "
            "tomorrow. Give it an id in a column of its own, and map it: fields: {id: …}."
        )


def _require_new(log: DecisionIndex, row: Mapping[str, Any]) -> list[Mapping[Any, Any]]:
    """The decisions in force that say the opposite of ``row``.

    Raises:
        DecisionError: Those in force say the same already.
    """
    said = {row["key_result_id"]: "rejected" if row["action"] == "reject" else "accepted"}
    if row["wrong_key_result_id"]:
        said[row["wrong_key_result_id"]] = "rejected"
    pairs = {key: log.in_force.get((row["initiative_id"], log.now(key))) for key in said}
    same = [one for key, one in pairs.items() if one and one["decision"] == said[key]]
    if len(same) == len(said):
        first = same[0]
        raise DecisionError(
            f"{first['decided_by']} {first['decision']} it already on "
            f"{first['decided_at']:%Y-%m-%d} ({first['decision_id']}); there is nothing to do."
        )
    return [one for key, one in pairs.items() if one and one["decision"] != said[key]]


def _confirm(
    initiative: str, opposed: Sequence[Mapping[Any, Any]], dry_run: bool, form: Format
) -> None:
    """Say who decided the opposite, and ask whether to overrule it; a dry run only says it."""
    told = " ".join(
        f"{one['decided_by']} {one['decision']} {one['key_result_id']} for"
        f" {plain(initiative)} on"
        f" {one['decided_at']:%Y-%m-%d} ({one['decision_id']}): “{plain(one['decided_why'])}”."
        for one in opposed
    )
    if dry_run:
        console(stderr=True).print(told)
    elif form is Format.JSON or not _can_ask():
        raise DecisionError(f"{told} To overrule that, add --yes.")
    else:
        typer.confirm(f"{told} Overrule that?", abort=True)


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _record(
    log: DecisionLog, row: dict[str, Any], titles: Titles, dry_run: bool, form: Format
) -> None:
    if not dry_run:
        log.append([row])
    if form is Format.JSON:
        print_json(row | {"recorded": not dry_run})
        return
    outcome = "Dry run, not recorded" if dry_run else f"Recorded as {row['decision_id']}"
    console().print(f"{outcome}: {in_words(row, titles)}. {'' if dry_run else _AFTER}".rstrip())
