"""A retrospective as Markdown.

What belongs here: sentences and their order. What does not: any figure, which are the rows' own,
and gathering them (``retrospective``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from okr_model.rituals.low_times import LowTime
from okr_model.wording import share
from published.formatting import ENGLISH, absent, plain
from published.rituals.adoption.team_cycles import CycleOfATeam
from published.rituals.agenda_text import marked_text
from published.rituals.low_times import low_words
from published.rituals.retrospective import Retrospective
from published.rituals.scores import score_text

_METHODS = {"team": "the team's calls", "computed": "computed chances", "pace": "the pace alone"}
_MISSED = ("failed", "some progress", "none")


def retrospective_markdown(pack: Retrospective, organization: str) -> str:
    """The pack, to be read in a meeting.

    Args:
        pack: What it holds.
        organization: Its name, which stands above where the pack is of no team.
    """
    heading = f"# Retrospective of {marked_text(pack.cycle_id)}: "
    heading += marked_text(pack.team or organization)
    parts: list[tuple[str, Iterable[str]]] = [
        ("What was changed on the way", _changed(pack.changes)),
        ("How calls came true", _called(pack.calls)),
        ("How we answered when it was low", _answered(pack.low)),
        ("How we worked", map(_worked, pack.worked)),
        ("What we learnt", _learnt(pack.scores, pack.objectives)),
        ("To decide", _open(pack.scores, pack.objectives)),
    ]
    lines = [heading, "", *_table(pack), ""]
    lines += [f"- {marked_text(sentence)}" for sentence in pack.said]
    for title, told in parts:
        lines += ["", f"## {title}", "", *told]
    return "\n".join(lines) + "\n"


def _table(pack: Retrospective) -> Iterator[str]:
    """A line a Key Result; its team is named where the pack is of no team."""
    team = ["team"] if pack.team is None else []
    columns = ["Key Result", "", *team, "ambition", "score", "", "under original terms"]
    columns.append("closed as")
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in pack.scores:
        original = f"{score_text(row['score_original'])} {plain(row['band_original'])}"
        cells = (
            row["key_result_id"],
            row["statement"],
            *(row[name] for name in team),
            row["ambition"],
            score_text(row["score"]),
            row["band"],
            original if row["terms_changed"] else "the same",
            row["closed_as"],
        )
        yield f"| {' | '.join(map(marked_text, cells))} |"


def _changed(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
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


def _called(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The Brier score of each kind of call beside the observed share."""
    if not rows:
        yield "Too few calls to say."
    for row in rows:
        yield (
            f"- {_METHODS[row['method']]}: Brier score {row['brier']:.3f} of"
            f" {ENGLISH.counted(row['calls'], 'weekly call', 'weekly calls')}; always to say the"
            f" observed share of {share(row['observed'])} would have {row['base_rate_brier']:.3f}"
            " (less is better)."
        )


def _answered(low: Sequence[LowTime]) -> Iterator[str]:
    if not low:
        yield "No Key Result was low."
    for one in low:
        yield f"- {marked_text(one.key_result_id)}: {low_words(one)}."


def _worked(one: CycleOfATeam) -> str:
    shares = {
        "check-ins on time": one.on_time,
        "missed": one.missed,
        "of the weeks of Key Results had an update": one.updated,
    }
    told = [f"{share(value)} {name}" for name, value in shares.items() if value is not None]
    early = (
        f"{one.called_low_early} of {one.called_low} low calls came early"
        if one.called_low
        else "no low call"
    )
    return f"- {marked_text(one.team)}: {', '.join([*told, early])}."


def _learnt(rows: Sequence[dict[str, Any]], objectives: Sequence[dict[str, Any]]) -> Iterator[str]:
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


def _open(rows: Sequence[dict[str, Any]], objectives: Sequence[dict[str, Any]]) -> Iterator[str]:
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
