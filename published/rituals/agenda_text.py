"""A team's agenda as Markdown.

What belongs here: sentences and their order, and what a text of a source may not do in them. What
does not: any figure's rounding (``formatting``), and what the agenda holds (``agenda``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from okr_model.progress.end_state import end_state, since_due
from okr_model.progress.kinds import is_held
from okr_model.rituals.agenda import (
    CLOSING,
    Action,
    Agenda,
    Impediment,
    Item,
    Redefinition,
    Work,
)
from published.formatting import ENGLISH, Formatter, absent, level, plain
from published.key_results.movement import movement_words
from published.organization import Organization, first_up
from published.titles import cut

_MARKS = re.compile(r"([\\`*_\[\]<>|~&#$])")
_ADDRESS = re.compile(r"(?i)(https?|ftp)(:)(?=//)|\b(www)(\.)")
_MOST = 300  # characters of one text
_ANSWERS = {True: "done", False: "not done", None: "nobody said whether it is done"}
_CONFIRMED = {True: "confirmed", False: "not confirmed", None: "nobody said whether it is agreed"}


def marked_text(text: Any) -> str:
    r"""A text of a source on one line of Markdown, where it marks and links nothing.

    >>> print(marked_text("*not* [bold](http://x)"))
    \*not\* \[bold\](http\://x)
    """
    words = " ".join(plain(text).split())
    return _ADDRESS.sub(_unlinked, _MARKS.sub(r"\\\1", cut(words, _MOST)))


def agenda_markdown(agenda: Agenda, organization: Organization) -> str:
    """The agenda of a team's check-in, to be read in about half an hour."""
    words = organization.confidence
    lines = [
        f"# Check-in: {marked_text(agenda.team)}, {ENGLISH.day(agenda.day)}",
        "",
        _cycle(agenda, words),
    ]
    if agenda.closed_on is not None:
        lines += ["", f"This team is closed: its last day was {ENGLISH.day(agenda.closed_on)}."]
    for item in agenda.items:
        if not item.collapsed:
            lines += ["", *_item(item, words)]
    if high := [item for item in agenda.items if item.attention == "high"]:
        lines += ["", "## Moving on", ""]
        for item in high:
            lines.append(f"- {_title(item)}: {_measures(item)} {_calls(item, words)}")
            lines += map(_redefined, item.redefined)
    if ended := [item for item in agenda.items if item.attention == "ended"]:
        lines += ["", "## How they ended", ""]
        for item in ended:
            lines.append(f"- {_title(item)}: {_measures(item)} {_end(item, words)}")
            lines += map(_redefined, item.redefined)
    if agenda.ended_on is None:
        lines += ["", "## Before we close", "", *_closing(agenda)]
    return "\n".join(lines) + "\n"


def _cycle(agenda: Agenda, words: tuple[str, str, str]) -> str:
    cycle = f"Cycle {marked_text(agenda.cycle_id)}"
    if agenda.ended_on is not None:
        return (
            f"{cycle} ended on {ENGLISH.day(agenda.ended_on)}: no check-in can move it any more."
            f" What to look back at: okr retro --cycle {marked_text(agenda.cycle_id)}"
        )
    return (
        f"{cycle}. {marked_text(words[0])}: move on. {marked_text(words[1])}: name what slows it."
        f" {marked_text(words[2])}: a way back, or a meeting of its own."
    )


def _end(item: Item, words: tuple[str, str, str]) -> str:
    """What became of it, and the last call; evidence is no chance any more."""
    state = end_state(item.row)
    since = f" on its due day, {since}" if (since := since_due(item.row)) else ""
    told = f"It was {state}{since}."
    if state not in ("met", "missed"):
        told = f"Met or missed: {plain(state)}."
    if state == "met" and item.is_met:
        told = ""  # as its measures say
    return f"{told} Last call: {_stated(item, words)}.".lstrip()


def _title(item: Item) -> str:
    return f"{marked_text(item.key_result_id)} {marked_text(item.row['statement'])}"


def _item(item: Item, words: tuple[str, str, str]) -> Iterator[str]:
    yield f"## {_title(item)}"
    yield ""
    yield f"1. **Measures.** {_measures(item)}"
    yield from map(_redefined, item.redefined)
    yield from _bullets(("Changed", item.changed), ("Why", item.cause))
    if item.words:
        yield f"   - “{marked_text(item.words)}”"
    yield f"2. **Confidence.** {_calls(item, words)}"
    yield f"3. **Impediments.**{f' {item.asks}' if item.asks else ''}"
    yield from _impediments(item)
    yield "4. **Activities.**"
    yield from (f"   - Last: {_promised(one)}" for one in item.last_actions)
    yield from (f"   - Next: {_action(one)}" for one in item.next_actions)
    if not item.last_actions and not item.next_actions:
        yield "   - No action is promised."
    yield from (f"   - Moved: {_work(one)}" for one in item.work if one.moved)
    if item.row["initiatives"] == 0:
        yield "   - No work serves it, so nothing is meant to move it."


def _measures(item: Item) -> str:
    row, figures = item.row, ENGLISH
    told = f"{figures.value_of(row)} → {figures.target_of(row)} by {figures.day(row['due_on'])}."
    if item.since is not None:
        moved = first_up(movement_words(row, item.change, figures))
        told += f" {moved} since {figures.day(item.since)}."
    if not absent(row["value_age_days"]):
        age = figures.counted(row["value_age_days"], "day", "days")
        old = "before its end" if item.attention == "ended" else "old"
        told += f" Value of {figures.day(row['current_value_at'])}, {age} {old}."
    way = progress_words(item)
    return f"{told} {way}" if way else told


def progress_words(item: Item, figures: Formatter = ENGLISH) -> str:
    """How far a Key Result is, as a sentence; empty where that is unknown."""
    row = item.row
    if absent(row["progress_raw"]):
        return ""
    if item.is_met:
        told = "It has met its target"
    elif item.is_fallen:
        told = f"It stands below where it started, {figures.share(row['progress_raw'])} of the way"
    else:
        told = f"{figures.share(row['progress_raw'])} of the way"
    if not absent(row["expected_progress"]) and not is_held(row):
        told += f", the path is at {figures.share(row['expected_progress'])}"
    return f"{told}."


def redefinition_words(one: Redefinition, figures: Formatter = ENGLISH) -> tuple[str, str]:
    """What was changed and when, and the reason; their texts are as a source has them."""
    name = one.field.replace("_", " ").replace("due on", "due day")
    number = one.field not in ("due_on", "unit")
    old = plain(one.old) if one.old else "none"
    new = plain(one.new) if one.new else "none"
    if number and one.old_value is not None:
        old = figures.declared(one.old_value, None)
    if number and one.new_value is not None:
        new = figures.declared(one.new_value, one.unit)
    told = f"{first_up(name)} moved: {old} → {new}, {figures.day(one.changed_on)}"
    return told, one.reason or ""


def _redefined(one: Redefinition) -> str:
    told, reason = redefinition_words(one)
    why = f": “{marked_text(reason)}”" if reason else "; no reason is stated."
    return f"   - {marked_text(told)}{why}"


def _calls(item: Item, words: tuple[str, str, str]) -> str:
    row = item.row
    told = f"Team: {_stated(item, words)}."
    told += f" Evidence: {_level(row['computed_confidence'], words, plain(row['evidence_state']))}"
    if not absent(row["attainment_probability"]):
        told += f" ({ENGLISH.chance_of(row)} likely)"
    told += "."
    if not absent(row["declining_since"]):
        told += f" Falling since {ENGLISH.day(row['declining_since'])}"
        told += f", from {_level(row['declined_from'], words, '–')}."
    missed = row["missed_check_ins"]
    if not absent(missed) and missed > 0:
        told += f" {ENGLISH.counted(missed, 'check-in', 'check-ins')} missed."
    return told


def _stated(item: Item, words: tuple[str, str, str]) -> str:
    """The team's last call and its day."""
    stated, on = (item.row[name] for name in ("stated_confidence", "stated_confidence_at"))
    day = "" if absent(on) else f" ({ENGLISH.day(on)})"
    return f"{_level(stated, words, 'no call')}{day}"


def _level(value: Any, words: tuple[str, str, str], unknown: str) -> str:
    return unknown if absent(value) else marked_text(level(value, words))


def _impediments(item: Item) -> Iterator[str]:
    if item.impediment:
        yield f"   - {_impediment(item.impediment)}"
    else:
        yield "   - None is named."
    row = item.row
    if not absent(row["blocked_initiatives"]) and row["blocked_initiatives"] > 0:
        blocked, there = (
            ENGLISH.number(row[f"{which}_initiatives"]) for which in ("blocked", "open")
        )
        yield f"   - {blocked} of {there} open initiatives blocked."
    yield from _bullets(("Adjusted", item.adjustment))


def _impediment(one: Impediment) -> str:
    kind = f"{marked_text(one.kind)}: " if one.kind else ""
    since = "" if one.since is None else f", open since {ENGLISH.day(one.since)}"
    owner = f"owner: {marked_text(one.owner)}" if one.owner else "nobody is named to remove it"
    return f"{kind}{marked_text(one.text)}{since}, {owner}"


def _action(one: Action) -> str:
    due = "" if one.due_on is None else f" by {ENGLISH.day(one.due_on)}"
    return f"{marked_text(one.text)}{due} ({marked_text(one.owner) if one.owner else 'no owner'})"


def _promised(one: Action) -> str:
    return f"{_action(one)}, promised on {ENGLISH.day(one.promised_on)}: {_ANSWERS[one.done]}"


def _work(one: Work) -> str:
    name = marked_text(one.initiative)
    title = "" if one.title in (None, one.initiative) else f" {marked_text(one.title)}"
    counts = ""
    if one.open_issues or one.done_issues:
        counts = f", {ENGLISH.number(one.open_issues)} open, {ENGLISH.number(one.done_issues)} done"
    return f"{name}{title}{counts}, last on {ENGLISH.day(one.last_activity_on)}"


def _closing(agenda: Agenda) -> Iterator[str]:
    if agenda.deep_dives:
        yield f"- Deep-dives to plan: {', '.join(map(marked_text, agenda.deep_dives))}"
    for item in agenda.items:
        if item.dependency:
            on, said = marked_text(item.dependency.on), _CONFIRMED[item.dependency.confirmed]
            yield f"- {marked_text(item.key_result_id)} needs {on}: {said}"
    yield from (f"- {question}" for question in CLOSING)


def _bullets(*told: tuple[str, str | None]) -> Iterator[str]:
    yield from (f"   - {name}: {marked_text(text)}" for name, text in told if text)


def _unlinked(found: re.Match[str]) -> str:
    return "\\".join(part for part in found.groups() if part)
