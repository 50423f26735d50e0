"""The agenda of one team's check-in, out of published rows.

What belongs here: which Key Result comes first, and what its four steps (Measures, Confidence,
Impediments, Activities) speak about. What does not: any figure, all of which are the rows' own, and
writing it for people (``published.rituals``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from okr_model.entities.content.labelled_text import before_labels
from okr_model.progress.end_state import has_ended

Row = Mapping[str, Any]
Attention = Literal["low", "medium", "unknown", "high", "ended"]
"""How much of the meeting a Key Result needs, most first; the worse of both calls says so."""

ATTENTION: tuple[Attention, ...] = ("low", "medium", "unknown", "high", "ended")
COLLAPSED: tuple[Attention, ...] = ("high", "ended")
ASKS: Mapping[Attention, str] = {
    "low": "Agree on a way back, or a meeting of its own.",
    "medium": "Name what slows it.",
    "unknown": "Say how confident the team is.",
}
"""What is asked about a Key Result that is not collapsed."""
DEFINED = ("target", "target_high", "baseline", "due_on", "unit")
"""The fields of ``key_results`` whose change alters what its progress is measured by."""
CLOSING = ("Adjustments?", "Dependencies on other teams?", "Anything to escalate?")


@dataclass(frozen=True, slots=True)
class Topic:
    """What is known of one Key Result before its meeting.

    Attributes:
        row: Its row of ``key_results``.
        change: How its value moved since ``since``, in its unit; None where that is unknown.
        since: The day with which the value is compared.
        check_ins: Its rows of ``check_ins``, oldest first.
        work: The initiatives that serve it: ``initiative_id, initiative, title, status,
            open_issues, done_issues, last_activity_on``.
        changes: Its rows of ``changes`` since its last check-in, of fields in :data:`DEFINED`.
    """

    row: Row
    change: float | None
    since: date | None
    check_ins: Sequence[Row]
    work: Sequence[Row]
    changes: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Impediment:
    """What slows a Key Result, as its last check-in says."""

    text: str
    kind: str | None
    owner: str | None
    since: date | None


@dataclass(frozen=True, slots=True)
class Action:
    """Something promised at a check-in; ``done`` is None where nobody said."""

    text: str
    owner: str | None
    due_on: date | None
    done: bool | None
    promised_on: date


@dataclass(frozen=True, slots=True)
class Work:
    """An initiative that serves a Key Result; ``moved`` since its last check-in."""

    initiative_id: str
    initiative: str
    title: str | None
    status: str | None
    open_issues: int | None
    done_issues: int | None
    last_activity_on: date | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Dependency:
    """That a Key Result needs another team; ``confirmed`` is None where nobody said."""

    on: str
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class Redefinition:
    """A target, baseline, due day or unit that was changed; ``reason`` is None where none is said.

    Numbers are in ``unit``; ``old_value`` and ``new_value`` are None where the texts are no number.
    """

    field: str
    old: str | None
    new: str | None
    old_value: float | None
    new_value: float | None
    unit: str | None
    changed_on: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One Key Result of the agenda.

    Attributes:
        key_result_id: Its id.
        attention: How much of the meeting it needs.
        row: Its row of ``key_results``, from which every figure is told.
        change: See :class:`Topic`.
        since: See :class:`Topic`.
        said_on: The day of its last check-in, of which the next six are.
        changed: What changed.
        cause: Why.
        words: What the note says before its first label.
        adjustment: What the team adjusts.
        impediment: What slows it.
        dependency: Which other team it needs.
        last_actions: What was promised before, with what became of it, the latest promise last.
        next_actions: What is promised and not done as far as anybody said.
        work: The initiatives that serve it, those that moved first.
        redefined: What of its definition was changed since its last check-in, oldest first.
    """

    key_result_id: str
    attention: Attention
    row: Row
    change: float | None
    since: date | None
    said_on: date | None
    changed: str | None
    cause: str | None
    words: str | None
    adjustment: str | None
    impediment: Impediment | None
    dependency: Dependency | None
    last_actions: tuple[Action, ...]
    next_actions: tuple[Action, ...]
    work: tuple[Work, ...]
    redefined: tuple[Redefinition, ...]

    @property
    def is_met(self) -> bool:
        """Whether its target is reached."""
        progress = _or_none(self.row.get("progress_raw"))
        return progress is not None and progress >= 1

    @property
    def is_fallen(self) -> bool:
        """Whether it is farther from its target than it was at the start."""
        progress = _or_none(self.row.get("progress_raw"))
        return progress is not None and progress < 0

    @property
    def collapsed(self) -> bool:
        """Whether the meeting moves on without its four steps."""
        return self.attention in COLLAPSED

    @property
    def asks(self) -> str | None:
        """What is asked about it; of a met one only a call that nobody made."""
        if self.is_met and self.attention != "unknown":
            return None
        return ASKS.get(self.attention)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a team's check-in is about.

    Attributes:
        team: Its name.
        cycle_id: The cycle.
        day: The day its figures are about.
        items: Its Key Results: critical first, then those without a clear high, then the rest.
        deep_dives: The ids of critical ones, each of which may need a meeting of its own.
        closed_on: The last day of a team that is closed.
    """

    team: str
    cycle_id: str
    day: date
    items: tuple[Item, ...]
    deep_dives: tuple[str, ...]
    closed_on: date | None = None

    @property
    def ended_on(self) -> date | None:
        """The last day of the cycle if it has ended, so that nothing of it can be moved."""
        ends = [_day(item.row["cycle_end"]) for item in self.items if item.attention == "ended"]
        return max(filter(None, ends)) if ends and len(ends) == len(self.items) else None


def build_agenda(
    team: str, cycle_id: str, day: date, topics: Iterable[Topic], closed_on: date | None = None
) -> Agenda:
    """The agenda of a team.

    Args:
        team: Its name.
        cycle_id: The cycle.
        day: The day the rows are about.
        topics: Its Key Results; those of one attention stay in their order.
        closed_on: The last day of the team if it is closed.
    """
    items = sorted(map(_item, topics), key=lambda item: ATTENTION.index(item.attention))
    deep_dives = (
        item.key_result_id for item in items if item.attention == "low" and not item.is_met
    )
    return Agenda(team, cycle_id, day, tuple(items), tuple(deep_dives), closed_on)


def attention(row: Row) -> Attention:
    """How much of the meeting a row of ``key_results`` needs.

    Either call at its lowest is enough for ``low``. It is ``high`` only if both are, and no
    check-in was missed since; what is not known is no reason to move on.
    """
    if has_ended(row):
        return "ended"
    calls = [_or_none(row["stated_confidence"]), _or_none(row["computed_confidence"])]
    if "low" in calls or "medium" in calls:
        return "low" if "low" in calls else "medium"
    missed = _or_none(row["missed_check_ins"])
    return "high" if calls == ["high", "high"] and not missed else "unknown"


def _item(topic: Topic) -> Item:
    row, last = topic.row, (topic.check_ins[-1] if topic.check_ins else {})
    said_on = _day(last.get("date"))
    before, ahead = _actions(topic.check_ins, _day(row["as_of"]))
    on = _text(last.get("depends_on"))
    return Item(
        key_result_id=str(row["key_result_id"]),
        attention=attention(row),
        row=row,
        change=topic.change,
        since=topic.since,
        said_on=said_on,
        changed=_text(last.get("changed")),
        cause=_text(last.get("cause")),
        words=before_labels(_text(last.get("note")) or "") or None,
        adjustment=_text(last.get("adjustment")),
        impediment=_impediment(last),
        dependency=Dependency(on, _answer(last.get("dependency_confirmed"))) if on else None,
        last_actions=before,
        next_actions=ahead,
        work=_work(topic.work, said_on),
        redefined=tuple(map(redefinition, topic.changes)),
    )


def redefinition(change: Row) -> Redefinition:
    """What a row of ``changes`` says."""
    return Redefinition(
        str(change["field"]),
        _text(change.get("old")),
        _text(change.get("new")),
        _or_none(change.get("old_value")),
        _or_none(change.get("new_value")),
        _text(change.get("unit")),
        pd.Timestamp(change["changed_on"]).date(),
        _text(change.get("rationale")),
    )


def _impediment(last: Row) -> Impediment | None:
    text = _text(last.get("impediment"))
    if text is None:
        return None
    kind = _text(last.get("impediment_kind")) or _text(last.get("impediment_kind_text"))
    return Impediment(
        text, kind, _text(last.get("impediment_owner")), _day(last.get("impediment_since"))
    )


def _actions(
    check_ins: Sequence[Row], day: date | None
) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """Of the last two promises, what is looked back at and what is still to come.

    Still to come is what nobody says is done, if the last check-in promised it or it is not yet
    due.
    """
    promised = [row for row in check_ins if _text(row.get("next_action"))][-2:]
    before: list[Action] = []
    ahead: list[Action] = []
    for row in promised:
        action = Action(
            str(_text(row["next_action"])),
            _text(row.get("action_owner")),
            _day(row.get("action_due_on")),
            _answer(row.get("action_done")),
            pd.Timestamp(row["date"]).date(),
        )
        not_due = action.due_on is not None and day is not None and action.due_on >= day
        waits = action.done is None and not_due
        is_last = row is check_ins[-1] and action.done is not True
        (ahead if waits or is_last else before).append(action)
    return tuple(before), tuple(ahead)


def _work(rows: Iterable[Row], said_on: date | None) -> tuple[Work, ...]:
    found = []
    for row in rows:
        moved_on = _day(row.get("last_activity_on"))
        moved = moved_on is not None and said_on is not None and moved_on >= said_on
        found.append(
            Work(
                str(row["initiative_id"]),
                str(row["initiative"]),
                _text(row.get("title")),
                _text(row.get("status")),
                _count(row.get("open_issues")),
                _count(row.get("done_issues")),
                moved_on,
                moved,
            )
        )
    return tuple(sorted(found, key=lambda one: not one.moved))


def _or_none(value: Any) -> Any:
    return None if value is None or pd.isna(value) else value


def _text(value: Any) -> str | None:
    known = _or_none(value)
    return None if known is None or not str(known).strip() else str(known)


def _day(value: Any) -> date | None:
    known = _or_none(value)
    return None if known is None else pd.Timestamp(known).date()


def _answer(value: Any) -> bool | None:
    known = _or_none(value)
    return None if known is None else bool(known)


def _count(value: Any) -> int | None:
    known = _or_none(value)
    return None if known is None else int(known)
