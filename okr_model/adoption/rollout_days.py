"""The first days of a wave: its steps, by when each is due, and what became of it.

What belongs here: the steps, computed or attested. What does not: the gate after them
(``rollout_gate``), and the default days (``pipelines.settings``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from okr_model.adoption.rollout import (
    Members,
    Rollout,
    RolloutFacts,
    Row,
    Wave,
    counted,
    row,
)
from okr_model.governance.phase_findings import lacking
from okr_model.languages.folding import same_id
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, to_days


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A step of a wave's first days.

    Attributes:
        name: Short, and stays.
        says: What is so when it is done.
        due_days: After how many days it is due, unless the settings say otherwise.
        is_attested: Whether a person says so, because no table can.
        looks_back: Whether nobody can say so before the wave has begun.
    """

    name: str
    says: str
    due_days: int
    is_attested: bool = False
    looks_back: bool = False


STEPS = (
    FirstStep("decisions", "the nine decisions are taken", 0),
    FirstStep("announcement", "leadership told the teams why and what for", 3, is_attested=True),
    FirstStep("training", "every audience is trained", 7),
    FirstStep("draft", "teams have Key Results with owner, baseline, target and data source", 14),
    FirstStep("initiatives", "teams have an initiative for each Key Result", 21),
    FirstStep("first check-in", "teams have checked in", 21),
    FirstStep(
        "look back",
        "the teams looked back together at their first days",
        30,
        is_attested=True,
        looks_back=True,
    ),
)
"""The steps of a wave's first days, in their order."""
_OF_ALL = ("decisions", "training")
"""Steps that are not asked of each team."""
_OPEN, _MOST_NAMED = "not yet due", 5


def day_rows(
    rollout: Rollout,
    wave: Wave,
    members: Members,
    facts: RolloutFacts,
    before: Sequence[Row],
) -> Iterator[Row]:
    """What has become of each step of a wave's first days.

    Args:
        rollout: The roll-out.
        wave: The wave.
        members: Its teams and their rows.
        facts: What is known on the day.
        before: The rows of decisions, and those of the wave's training.
    """
    for step in STEPS:
        due_on = wave.starts_on + timedelta(days=rollout.due_days[step.name])
        more = {"due_on": due_on, "bound": 1.0}
        if step.is_attested:
            yield _attested(step, wave, facts, more)
            continue
        unknown = _unknown(step, wave, members, facts)
        if unknown is not None:
            said = f"{step.says}: {unknown}"
            yield row("day", step.name, "unknown", said, how="computed", **more)
            continue
        whole, missing, lack = _left(step.name, wave, members, facts, before)
        part = len(whole) - len(missing)
        state = _undone(wave, more, facts) if missing or not whole else "done"
        said = f"{step.says}: {part} of {len(whole)}{lack}"
        more |= {"how": "computed", "missing": missing, **counted(part, len(whole))}
        yield row("day", step.name, state, said, **more)


def _unknown(step: FirstStep, wave: Wave, members: Members, facts: RolloutFacts) -> str | None:
    """Why nothing can be told of a step; None if something can."""
    if step.name == "first check-in" and not facts.keeps_check_ins:
        return "no dataset holds check-ins"
    begun = facts.as_of >= wave.starts_on
    if begun and not members.names and step.name not in _OF_ALL:
        return "no team of the wave is open"
    return None


def _undone(wave: Wave, more: Row, facts: RolloutFacts) -> str:
    if facts.as_of > more["due_on"]:
        return "late"
    return "open" if facts.as_of >= wave.starts_on else _OPEN


def _attested(step: FirstStep, wave: Wave, facts: RolloutFacts, more: Row) -> Row:
    log = facts.attested
    mine = log[(log["item"] == step.name) & (log["wave"].map(_folded) == same_id(wave.name))]
    if mine.empty:
        state, said = _undone(wave, more, facts), f"{step.says}: nobody has attested it"
        return row("day", step.name, state, said, how="attested", **more)
    last = mine.iloc[-1]
    said = f"{step.says}: {last['why']}"
    return row(
        "day", step.name, "done", said, how="attested", decided_by=last["decided_by"], **more
    )


def _folded(name: object) -> str:
    return same_id(name) if isinstance(name, str) else ""


def _left(
    step: str, wave: Wave, members: Members, facts: RolloutFacts, before: Sequence[Row]
) -> tuple[list[str], list[str], str]:
    """What a step is asked of, which of these have not taken it, and by which Key Results."""
    if step in _OF_ALL:
        kind, good = ("decision", "decided") if step == "decisions" else ("training", "held")
        states = {one["item"]: one["state"] for one in before if one["kind"] == kind}
        if step == "decisions" and _is_planned(before):
            states["training"] = good  # of this wave; those of later ones may be open
        return [*states], [name for name, state in states.items() if state != good], ""
    if step == "first check-in":
        having, lack = _checked_in(members, wave, facts), ""
    else:
        having, lack = _teams_with(
            _begun_cycles(members, wave), _GOOD[step], [*members.names], facts
        )
    return [*members.names], [name for name in members.names if same_id(name) not in having], lack


def _is_planned(before: Sequence[Row]) -> bool:
    """Whether every audience of the wave has a day."""
    days = [one["due_on"] for one in before if one["kind"] == "training"]
    return None not in days


def _begun_cycles(members: Members, wave: Wave) -> pd.DataFrame:
    """The Key Results of cycles that end in the wave."""
    rows = members.key_results
    return rows[to_days(rows["cycle_end"]) >= midnight(wave.starts_on)]


def _teams_with(
    rows: pd.DataFrame, good: Callable[[Any], bool], names: Sequence[str], facts: RolloutFacts
) -> tuple[set[str], str]:
    """The teams with a cycle of which all Key Results are good; of others, which are not.

    These are of the cycle in which that can be mended: the first that has not ended.
    """
    by_cycle: dict[tuple[str, date, str], list[str]] = {}
    for one in rows.itertuples(index=False, name="Row"):
        of = (same_id(one.team), one.cycle_end.date(), str(one.cycle_id))
        by_cycle.setdefault(of, []).extend([] if good(one) else [str(one.key_result_id)])
    having = {team for (team, *_), bad in by_cycle.items() if not bad}
    lacking_: dict[str, list[str]] = {}
    for name in sorted({same_id(one) for one in names} - having):
        theirs = sorted((end, cycle) for team, end, cycle in by_cycle if team == name)
        left = [one for one in theirs if one[0] >= facts.as_of]
        for end, cycle in (left or theirs[-1:])[:1]:
            lacking_.setdefault(cycle, []).extend(by_cycle[name, end, cycle])
    told = [f"{_some(keys)} ({cycle})" for cycle, keys in sorted(lacking_.items())]
    return having, f"; incomplete: {' and '.join(told)}" if told else ""


def _some(keys: Sequence[str]) -> str:
    names = [*dict.fromkeys(keys)]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _is_complete(one: Any) -> bool:
    return not any(lacking(one)) and not pd.isna(one.target)


def _is_served(one: Any) -> bool:
    return bool(one.initiatives > 0)


_GOOD: Mapping[str, Callable[[Any], bool]] = {"draft": _is_complete, "initiatives": _is_served}


def _checked_in(members: Members, wave: Wave, facts: RolloutFacts) -> set[str]:
    """The teams with a check-in on one of their Key Results since the wave began."""
    days = to_days(facts.check_ins["date"])
    within = (days >= midnight(wave.starts_on)) & (days <= midnight(facts.as_of))
    made = facts.check_ins.loc[within, KEY]
    rows = members.key_results.merge(made.drop_duplicates(), on=KEY)
    return set(rows["team"].map(same_id))
