"""The first days of a wave: its steps, by when each is due, and what became of it.

What belongs here: the steps, computed or attested. What does not: the gate after them
(``rollout_gate``), and the default days (``pipelines.settings``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
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
_OPEN = "not yet due"


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
        if step.name == "first check-in" and not facts.keeps_check_ins:
            said = f"{step.says}: no dataset holds check-ins"
            yield row("day", step.name, "unknown", said, how="computed", **more)
            continue
        whole, missing = _left(step.name, wave, members, facts, before)
        part = len(whole) - len(missing)
        state = "done" if whole and not missing else _undone(wave, more, facts)
        said = f"{step.says}: {part} of {len(whole)}"
        more |= {"how": "computed", "missing": missing, **counted(part, len(whole))}
        yield row("day", step.name, state, said, **more)


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
) -> tuple[list[str], list[str]]:
    """What a step is asked of, and which of these have not taken it."""
    if step in ("decisions", "training"):
        kind, good = ("decision", "decided") if step == "decisions" else ("training", "held")
        states = {one["item"]: one["state"] for one in before if one["kind"] == kind}
        return [*states], [name for name, state in states.items() if state != good]
    having = {
        "draft": lambda: _teams_with(_first_cycle(members, wave), _is_complete),
        "initiatives": lambda: _teams_with(_first_cycle(members, wave), _is_served),
        "first check-in": lambda: _checked_in(members, wave, facts),
    }[step]()
    return [*members.names], [name for name in members.names if same_id(name) not in having]


def _first_cycle(members: Members, wave: Wave) -> pd.DataFrame:
    """Of each team its Key Results of the first cycle to end in the wave."""
    rows = members.key_results
    ends = to_days(rows["cycle_end"])
    ends = ends.where(ends >= midnight(wave.starts_on))
    return rows[ends == ends.groupby(rows["team"].map(same_id)).transform("min")]


def _teams_with(rows: pd.DataFrame, good: Callable[[Any], bool]) -> set[str]:
    """The teams that have rows, all of them good."""
    found: dict[str, bool] = {}
    for one in rows.itertuples(index=False, name="Row"):
        name = same_id(one.team)
        found[name] = found.get(name, True) and good(one)
    return {name for name, is_good in found.items() if is_good}


def _is_complete(one: Any) -> bool:
    return not any(lacking(one)) and not pd.isna(one.target)


def _is_served(one: Any) -> bool:
    return bool(one.initiatives > 0)


def _checked_in(members: Members, wave: Wave, facts: RolloutFacts) -> set[str]:
    """The teams with a check-in on one of their Key Results since the wave began."""
    days = to_days(facts.check_ins["date"])
    within = (days >= midnight(wave.starts_on)) & (days <= midnight(facts.as_of))
    made = facts.check_ins.loc[within, KEY]
    rows = members.key_results.merge(made.drop_duplicates(), on=KEY)
    return set(rows["team"].map(same_id))
