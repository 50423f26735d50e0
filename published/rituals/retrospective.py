"""What a retrospective needs of a cycle that has ended, as Markdown.

What belongs here: gathering published rows and saying them in order. What does not: any figure,
which are the rows' own, and what scores say together (``scores``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.rituals.low_times import LowTime
from okr_model.wording import share
from published.formatting import ENGLISH, absent, plain
from published.records import records
from published.rituals.adoption import CycleOfATeam, adoption_of
from published.rituals.agenda_text import marked_text
from published.rituals.low_times import low_words
from published.rituals.scores import said_of_all, score_text, scores_of
from published.tables import PublishedTables

_METHODS = {"team": "the team's calls", "computed": "computed chances", "pace": "the pace alone"}
_MISSED = ("failed", "some progress", "none")


def retrospective(
    tables: PublishedTables,
    name: str,
    cycle: str,
    team: str | None = None,
    low: Sequence[LowTime] = (),
) -> str:
    """The pack of a cycle, of one team or of all.

    Args:
        tables: The published tables.
        name: Of the organization.
        cycle: The cycle.
        team: Of it alone, in any spelling; None: the whole organization.
        low: Every time for which a Key Result of the cycle was low.

    Raises:
        published.rituals.scores.NoScoresError: There are no scores of this cycle or team.
        published.rituals.adoption.NoAdoptionError: The tables are of an earlier version.
    """
    scores = scores_of(tables, cycle, team)
    ids = set(scores["key_result_id"])
    changes = tables.frame("changes", "cycle_id = ?", [cycle])
    worked = adoption_of(tables, cycle)
    worked = [one for one in worked if team is None or same_id(one.team) == same_id(team)]
    rows = records(scores)
    objectives = [
        row
        for row in records(tables.frame("objectives", "cycle_id = ?", [cycle]))
        if team is None or row["objective_id"] in set(scores["objective_id"])
    ]
    heading = f"# Retrospective of {marked_text(cycle)}: {marked_text(team or name)}"
    lines = [heading, "", *_table(rows), ""]
    lines += [f"- {marked_text(sentence)}" for sentence in said_of_all(scores)]
    lines += ["", "## What was changed on the way", ""]
    lines += list(_changed(records(changes[changes["key_result_id"].isin(ids)])))
    lines += ["", "## How calls came true", ""]
    lines += list(_called(tables.frame("calibration", "cycle_id = ?", [cycle]), team))
    lines += ["", "## How we answered when it was low", ""]
    lines += list(_answered([one for one in low if one.key_result_id in ids]))
    lines += ["", "## How we worked", "", *map(_worked, worked)]
    lines += ["", "## What we learnt", "", *_learnt(rows, objectives)]
    lines += ["", "## To decide", "", *_open(rows, objectives)]
    return "\n".join(lines) + "\n"


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "| Key Result | | ambition | score | | under original terms | closed as |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        original = f"{score_text(row['score_original'])} {plain(row['band_original'])}"
        cells = (
            row["key_result_id"],
            row["statement"],
            row["ambition"],
            score_text(row["score"]),
            row["band"],
            original if row["terms_changed"] else "the same",
            row["closed_as"],
        )
        yield f"| {' | '.join(map(marked_text, cells))} |"


def _changed(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "No definition was changed."
    for row in rows:
        old, new = (marked_text(row[side]) if row[side] else "none" for side in ("old", "new"))
        why = (
            f": “{marked_text(row['rationale'])}”" if row["rationale"] else "; no reason is stated"
        )
        field = str(row["field"]).replace("_", " ")
        day = ENGLISH.day(row["changed_on"])
        yield f"- {marked_text(row['key_result_id'])}: {field} {old} → {new}, {day}{why}"


def _called(rows: pd.DataFrame, team: str | None) -> Iterator[str]:
    """The Brier score of each kind of call beside the observed share; of a team where it is one."""
    part = "all" if team is None else "team"
    mine = rows[rows["part"] == part]
    if team is not None:
        mine = mine[mine["value"].map(same_id) == same_id(team)]
    scored = records(mine[mine["brier"].notna()])
    if not scored:
        yield "Too few calls to say."
    for row in scored:
        yield (
            f"- {_METHODS[row['method']]}: Brier score {row['brier']:.3f} of"
            f" {ENGLISH.counted(row['calls'], 'weekly call', 'weekly calls')}; always to say the"
            f" observed share of {share(row['observed'])} would have {row['base_rate_brier']:.3f}"
            " (less is better)."
        )


def _answered(low: list[LowTime]) -> Iterator[str]:
    if not low:
        yield "No Key Result was low."
    for one in low:
        yield f"- {marked_text(one.key_result_id)}: {low_words(one)}."


def _worked(one: CycleOfATeam) -> str:
    shares = {
        "check-ins on time": one.on_time,
        "missed": one.missed,
        "Key Results updated in a week": one.updated,
    }
    told = [f"{share(value)} {name}" for name, value in shares.items() if value is not None]
    early = (
        f"{one.called_low_early} of {one.called_low} low calls came early"
        if one.called_low
        else "no low call"
    )
    return f"- {marked_text(one.team)}: {', '.join([*told, early])}."


def _learnt(rows: list[dict[str, Any]], objectives: list[dict[str, Any]]) -> Iterator[str]:
    lessons = [row for row in rows if row["lesson"]]
    of_objectives = [row for row in objectives if row.get("lesson")]
    for row in of_objectives:
        yield f"- Objective {marked_text(row['objective_id'])}: “{marked_text(row['lesson'])}”"
    for row in lessons:
        yield f"- {marked_text(row['key_result_id'])}: “{marked_text(row['lesson'])}”"
    for row in rows:
        if not row["lesson"] and row["band"] in _MISSED:
            yield f"- {marked_text(row['key_result_id'])}: missed. What would you do differently?"
    if not lessons and not of_objectives and not any(row["band"] in _MISSED for row in rows):
        yield "No lesson is written down. What went well that should go on?"


def _open(rows: list[dict[str, Any]], objectives: list[dict[str, Any]]) -> Iterator[str]:
    undecided = [row for row in rows if not row["closed_as"]]
    for row in undecided:
        carried = f" It goes on as {row['carried_to']}." if not absent(row["carried_to"]) else ""
        yield f"- {marked_text(row['key_result_id'])}: continue, abandon or done?{carried}"
    wide = [row for row in objectives if not row.get("closed_as")]
    for row in wide:
        name = marked_text(row["objective_id"])
        yield f"- Objective {name} ({marked_text(row['title'])}): continue, abandon or done?"
    if not undecided and not wide:
        yield "Every Key Result and Objective is closed."
