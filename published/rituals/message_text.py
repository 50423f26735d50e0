"""The words of a team's message, as plain text for mail and chat.

What belongs here: lines and their order, and what a text of a source may not do in them. What does
not: any figure's rounding (``formatting``), and what a message holds (``messages``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from okr_model.governance.phases import ASKS
from published.formatting import ENGLISH, level, plain
from published.key_results.movement import movement_words
from published.rituals.agenda_text import progress_words, redefinition_words
from published.rituals.low_times import low_words
from published.rituals.messages import (
    CALLS,
    ActionDue,
    Change,
    CheckInsDue,
    Kind,
    Message,
    PhaseDue,
)
from published.titles import cut

TITLES: dict[Kind, str] = {
    "what is due": "what is due and what has changed",
    "wins and moves": "wins and moves",
    "agenda": "agenda of today's check-in",
}
_MOST = 8
"""Lines of one part; the others are only counted."""
_LONGEST = 160  # letters of one text
_LONGEST_SENTENCE = 400  # of a finding
_SAID_BY = dict(zip(CALLS, ("Team", "Evidence"), strict=True))
_ALIKE = str.maketrans(
    {"@": "＠", "<": "‹", ">": "›", "*": "∗", "`": "'", "~": "∼", "|": "¦", "\\": "＼"}
)
_CHANCE = re.compile(r"<(\d+ ?%)")
_AT_AN_EDGE = re.compile(r"\b_+|_+\b|&(?=#?\w+;)|\](?=\()|:(?=//)|(?<=\w)\.(?=[^\W\d_]{2})")
_THERE = {"_": "＿", "&": "＆", "]": "］", ":": "：", ".": "․"}


def harmless_words(text: Any, most: int = _LONGEST) -> str:
    """A text of a source on one line, in which no mail program and no chat finds anything to do.

    What would mention, link, mark or tag is spelled with letters that look alike.

    >>> print(harmless_words("<!here> @channel *see* www.example.com"))
    ‹!here› ＠channel ∗see∗ www․example․com
    >>> print(harmless_words("KR-26 (<1 %)"))
    KR-26 (under 1 %)
    """
    words = _CHANCE.sub(r"under \1", cut(" ".join(plain(text).split()), most)).translate(_ALIKE)
    return _AT_AN_EDGE.sub(lambda found: _THERE[found[0][0]] * len(found[0]), words)


def message_title(organization: str, told: Iterable[Message]) -> str:
    """The subject of one or several messages to one address."""
    teams: dict[str, list[str]] = {}
    for one in told:
        teams.setdefault(TITLES[one.kind], []).append(harmless_words(one.team))
    parts = (f"{', '.join(names)}: {what}" for what, names in teams.items())
    return f"{harmless_words(organization)} · {'; '.join(parts)}"


def message_text(
    message: Message, confidence: tuple[str, str, str], agenda: str | None = None
) -> str:
    """All lines of a message.

    Args:
        message: The message.
        confidence: The three levels in the organization's words, best first.
        agenda: Where the team's agenda can be read; None if nobody said.
    """
    parts = (
        _due(message, confidence) if message.kind == "what is due" else _told(message, confidence)
    )
    lines = []
    for heading, found in parts:
        if found:
            more = [f"- and {len(found) - _MOST} more"] if len(found) > _MOST else []
            lines += [heading, *(f"- {line}" for line in found[:_MOST]), *more, ""]
    if agenda is not None:
        lines.append(f"All of it: {agenda}")
    return "\n".join(lines).rstrip()


_Parts = Iterator[tuple[str, list[str]]]


def _due(message: Message, words: tuple[str, str, str]) -> _Parts:
    yield "Check-ins", [_check_ins(one, message) for one in message.check_ins]
    yield "Actions", [_action(one, message) for one in message.actions]
    yield "The cycle", [_phase(one) for one in message.phases]
    yield "To answer", [harmless_words(one, _LONGEST_SENTENCE) for one in message.asked]
    since = f"since {ENGLISH.day(message.since)}"
    yield f"Changed {since}", [_changed(one, words) for one in message.changes]
    new = message.new_work.words if message.new_work else ()
    yield f"New work without a Key Result {since}", [harmless_words(one) for one in new]


def _told(message: Message, words: tuple[str, str, str]) -> _Parts:
    since = f" since {ENGLISH.day(message.since)}" if message.since else ""
    yield f"Wins{since}", [_won(one, words) for one in message.changes if one.is_win]
    yield f"Moves{since}", [_moved(one, words) for one in message.changes if one.is_move]
    low = [(one.key_result_id, low_words(one)) for one in message.low]
    yield "Low, and the answer", [f"{harmless_words(key)}: {told}" for key, told in low]


def _check_ins(one: CheckInsDue, message: Message) -> str:
    keys = ", ".join(map(harmless_words, one.key_results))
    if one.due_on < message.day:
        return f"{keys}: check-in was due on {ENGLISH.day(one.due_on)}; now it is late, not missed"
    return f"{keys}: check-in due on {one.due_on:%A}, {ENGLISH.day(one.due_on)}"


def _action(one: ActionDue, message: Message) -> str:
    action = one.action
    when = "was due on" if action.due_on and action.due_on < message.day else "due on"
    owner = f" ({harmless_words(action.owner)})" if action.owner else ""
    told = f"{harmless_words(one.key_result_id)}: {harmless_words(action.text)}{owner}"
    return f"{told}, {when} {ENGLISH.day(action.due_on)}"


def _phase(one: PhaseDue) -> str:
    phase = one.phase
    when = "ends" if phase.phase == "closing" else "begins"
    on = ENGLISH.day(phase.ends_on if phase.phase == "closing" else phase.starts_on)
    return f"{harmless_words(one.cycle_id)}, {phase.phase} {when} on {on}: {ASKS[phase.phase]}"


def _changed(one: Change, words: tuple[str, str, str]) -> str:
    calls = _calls(one, words, (*one.calls(up=True), *one.calls(up=False)))
    return f"{_name(one)}: {'. '.join([*calls, *_redefined(one)])}"


def _redefined(one: Change) -> Iterator[str]:
    for change in one.redefined:
        moved, reason = redefinition_words(change)
        why = f": “{harmless_words(reason)}”" if reason else "; no reason is stated"
        yield f"{harmless_words(moved)}{why}"


def _won(one: Change, words: tuple[str, str, str]) -> str:
    told = [f"met, {ENGLISH.value_of(one.item.row)}"] if one.has_met else []
    told += _calls(one, words, one.won_calls)
    told += [f"Done: {harmless_words(action.text)}" for action in one.done]
    return f"{_name(one)}: {'. '.join(told)}"


def _moved(one: Change, words: tuple[str, str, str]) -> str:
    told = []
    if one.value_change:
        told.append(movement_words(one.item.row, one.value_change, ENGLISH))
        told += filter(None, [progress_words(one.item).rstrip(".")])
    if one.has_other_terms:
        told += _redefined(one)
    rest = [name for name in one.calls(up=True) if name not in one.won_calls]
    told += _calls(one, words, (*rest, *one.calls(up=False)))
    return f"{_name(one)}: {'. '.join(told)}"


def _calls(one: Change, words: tuple[str, str, str], names: Iterable[str]) -> list[str]:
    def word(value: Any) -> str:
        return harmless_words(level(value, words))

    return [
        f"{_SAID_BY[name]}: {word(one.moved[f'{name}_then'])} → {word(one.moved[name])}"
        for name in names
    ]


def _name(one: Change) -> str:
    return f"{harmless_words(one.item.key_result_id)} {harmless_words(one.item.row['statement'])}"
