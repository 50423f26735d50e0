"""The gate of a wave: four conditions that its teams meet before others begin.

What belongs here: the conditions, and the finding that a next wave begins without them. What does
not: what is asked by default (``rollout.GateBounds``), and a wave's first days (``rollout_days``).

What cannot be told is never passed: too few check-ins are no good rhythm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from okr_model.adoption.rollout import (
    GateBounds,
    Members,
    Rollout,
    RolloutFacts,
    Row,
    Wave,
    counted,
    row,
)
from okr_model.confidence.firing import running
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.governance.phase_findings import lacking
from okr_model.languages.folding import same_id
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, monday, to_days
from okr_model.wording import share

CONDITIONS: Mapping[str, str] = {
    "rhythm": "check-ins come on time",
    "quality": "Key Results lack nothing, and count outcomes",
    "candor": "what is low is called low, and answered",
    "closing": "a cycle was closed, every Key Result scored and decided, lessons written",
}
"""The four conditions and what is so when each is met."""
_WORDS = ["note", "changed", "cause", "next_action", "adjustment", "impediment"]
_MOST_NAMED = 5
_Window = tuple[date, str]
"""The first day that is looked at, and the window in words."""


def gate_rows(rollout: Rollout, wave: Wave, members: Members, facts: RolloutFacts) -> list[Row]:
    """What has become of the four conditions.

    None is asked of a wave that has not begun, or of which no team is open.

    Args:
        rollout: The roll-out.
        wave: The wave.
        members: Its teams and their rows.
        facts: What is known on the day.
    """
    if facts.as_of < wave.starts_on or not members.names:
        return []
    gate = rollout.gate
    since = monday(facts.as_of) - timedelta(weeks=gate.weeks - 1)
    window = max(since, wave.starts_on), f"in the last {gate.weeks} weeks"
    return [
        _rhythm(gate, members, facts, window),
        _quality(gate, members, facts),
        _candor(gate, members, facts, window),
        _closing(gate, members, facts, wave.starts_on + timedelta(days=rollout.first_days)),
    ]


def _rhythm(gate: GateBounds, members: Members, facts: RolloutFacts, window: _Window) -> Row:
    weeks, (since, words) = facts.adoption, window
    mine = weeks["team"].map(same_id).isin(members.spelled)
    mine &= to_days(weeks["week_starts_on"]) >= midnight(since)
    sums = weeks.loc[mine, ["on_time", "late", "missed"]].sum()
    on_time, due = int(sums["on_time"]), int(sums.sum())
    said = f"check-ins that were due {words} were on time"
    return _judged("rhythm", (on_time, due), (gate.on_time, gate.fewest), said)


def _quality(gate: GateBounds, members: Members, facts: RolloutFacts) -> Row:
    rows = _each(members.key_results)
    rows = rows[running(rows, facts.as_of) & rows["quality"].notna()]
    good = [
        not any(lacking(one)) and not pd.isna(one.target) and "outcome" not in list(one.quality)
        for one in rows.itertuples(index=False, name="Row")
    ]
    said = (
        "running Key Results have owner, baseline, target and data source, and are worded as"
        " outcomes"
    )
    missing = [key for key, fine in zip(rows["key_result_id"], good, strict=True) if not fine]
    of = sum(good), len(good)
    return _judged("quality", of, (gate.outcomes, 1), said) | {"missing": missing}


def _candor(gate: GateBounds, members: Members, facts: RolloutFacts, window: _Window) -> Row:
    """Of Key Results that were low: those that were called so and answered in time.

    A call that may still be answered in time is not judged yet. One that people call high while the
    evidence says low, tonight or at the end of a week, was not called low: that its figure, or what
    is asked of it, has changed since then makes no call.
    """
    rows, (since, words) = _each(members.key_results), window
    called = _first_low_calls(facts, since)
    answers = _answer_days(facts)
    good: list[str] = []
    missing: list[str] = []
    hiding = running(rows, facts.as_of) & rows["signals"].map(_hides)
    weeks = facts.hidden[to_days(facts.hidden["week_starts_on"]) >= midnight(monday(since))]
    hiding |= pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(weeks[KEY]))
    for *key, hides in rows[KEY].assign(hides=hiding).itertuples(index=False, name=None):
        name = str(key[0])
        on = called.get((name, str(key[1])))
        if on is None:
            missing += [name] if hides else []
            continue
        until = on + timedelta(days=gate.answer_days)
        if any(on <= day <= until for day in answers.get((name, str(key[1])), ())):
            good.append(name)
        elif facts.as_of > until:
            missing.append(name)
    said = f"low Key Results {words} were called low, and answered within {gate.answer_days}"
    said += " day" if gate.answer_days == 1 else " days"
    of = len(good), len(good) + len(missing)
    found = _judged("candor", of, (gate.answered, gate.fewest_low), said)
    return found | {"missing": missing, "within_days": gate.answer_days}


def _closing(gate: GateBounds, members: Members, facts: RolloutFacts, after: date) -> Row:
    """Of the cycle that ended after a day and was closed best: the teams that closed it.

    What becomes of a Key Result is asked where that is kept, as when a cycle is closed.
    """
    rows = members.key_results
    ends = to_days(rows["cycle_end"])
    ended = (ends > midnight(after)) & (ends < midnight(facts.as_of))
    closed = facts.scores[[*KEY, "score", "closed_as", "lesson"]]
    rows = rows.loc[ended, ["team", *KEY]].merge(closed, on=KEY, how="left")
    rows["scored"] = rows["score"].notna() | (rows["closed_as"] == "abandon")
    if facts.keeps_closings:
        rows["scored"] &= rows["closed_as"].notna()
    rows["taught"] = rows["lesson"].notna()
    best: tuple[str, int, list[str]] | None = None
    for cycle, mine in rows.groupby("cycle_id"):
        teams = mine.groupby("team").agg({"scored": "all", "taught": "any"})
        done = teams["scored"] & teams["taught"]
        left = [str(name) for name in teams.index[~done]]
        found = (str(cycle), len(teams), left)
        if best is None or len(left) / len(teams) <= len(best[2]) / best[1]:
            best = found
    if best is None:
        said = f"no cycle of these teams has ended after {after}, the last of the first days"
        return row(
            "gate", "closing", "not enough evidence", said, how="computed", bound=gate.closed
        )
    cycle, whole, left = best
    decided = " and its end decided" if facts.keeps_closings else ""
    said = f"teams closed {cycle}, every Key Result scored or abandoned{decided}, a lesson written"
    found_row = _judged("closing", (whole - len(left), whole), (gate.closed, 1), said)
    return found_row | {"missing": left}


def _judged(item: str, of: tuple[int, int], asked: tuple[float, int], said: str) -> Row:
    """A condition: passed, not passed or, of fewer than the second of ``asked``, not told."""
    (part, whole), (bound, fewest) = of, asked
    more = {"how": "computed", "bound": bound}
    if whole < max(fewest, 1):
        too_few = f"too few to tell: {part} of {whole} {said}"
        more |= {"part": part, "whole": whole}
        return row("gate", item, "not enough evidence", too_few, **more)
    state = "passed" if part >= bound * whole - 1e-9 else "not passed"
    sentence = f"{part} of {whole} {said}: {share(part / whole)}, at least {share(bound)} is asked"
    return row("gate", item, state, sentence, **more, **counted(part, whole))


def _each(rows: pd.DataFrame) -> pd.DataFrame:
    """One of several teams counts once."""
    return rows.drop_duplicates(KEY)


def _hides(signals: object) -> bool:
    return isinstance(signals, Iterable) and str(Rule.WATERMELON) in [*signals]


def _first_low_calls(facts: RolloutFacts, since: date) -> dict[tuple[str, str], date]:
    """The first day since then on which each Key Result was called low."""
    days = to_days(facts.check_ins["date"])
    low = (facts.check_ins["confidence"] == "low") & (days >= midnight(since))
    rows = facts.check_ins[low & (days <= midnight(facts.as_of))]
    first = to_days(rows["date"]).groupby([rows[name] for name in KEY]).min()
    return {(str(key), str(cycle)): day.date() for (key, cycle), day in first.items()}


def _answer_days(facts: RolloutFacts) -> dict[tuple[str, str], list[date]]:
    """The days of check-ins with words and of changed definitions."""
    there = [name for name in _WORDS if name in facts.check_ins]
    worded = facts.check_ins[facts.check_ins[there].notna().any(axis="columns")]
    changed = facts.changes.rename(columns={"changed_on": "date"})
    found: dict[tuple[str, str], list[date]] = {}
    for rows in (worded, changed):
        days = to_days(rows["date"]).dt.date
        for key, cycle, day in zip(rows["key_result_id"], rows["cycle_id"], days, strict=True):
            if day <= facts.as_of:
                found.setdefault((str(key), str(cycle)), []).append(day)
    return found


def gate_findings(rollout: Rollout, rows: Sequence[Row], as_of: date) -> pd.DataFrame:
    """One finding for each wave that is not through the gate while a next one begins.

    It is told from some days before the next wave to the end of that one's first days: later the
    teams that have begun cannot be asked to wait.

    Args:
        rollout: The roll-out.
        rows: Those of the table.
        as_of: The day.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    return findings_frame(_begun_early(rollout, rows, as_of))


def _begun_early(rollout: Rollout, rows: Sequence[Row], as_of: date) -> Iterator[Finding]:
    for wave in rollout.waves:
        later = [one for one in rollout.waves if one.starts_on > wave.starts_on]
        due = [one for one in later if _is_asked(one.starts_on, rollout, as_of)]
        mine = [one for one in rows if one["wave"] == wave.name and one["kind"] == "gate"]
        left = [one for one in mine if one["state"] != "passed"]
        if not due or not left:
            continue
        first = due[0]
        begins = "begins" if as_of < first.starts_on else "began"
        told = "; ".join(f"{one['item']}: {one['sentence']}{_named(one)}" for one in left)
        yield Finding(
            rule=Rule.GATE_NOT_PASSED,
            severity="warning",
            subject_type="wave",
            subject_id=wave.name,
            sentence=(
                f"{first.name} {begins} on {first.starts_on}, and {wave.name} is not through the"
                f" gate. What is missing there is {told}. Settle that first, or move the day."
            ),
            evidence=", ".join(f"{one['item']}: {one['state']}" for one in left),
        )


def _named(one: Row) -> str:
    names = list(one["missing"] or [])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f" (missing: {', '.join(names[:_MOST_NAMED])}{more})" if names else ""


def _is_asked(starts_on: date, rollout: Rollout, as_of: date) -> bool:
    first = starts_on - timedelta(days=rollout.gate.notice_days)
    return first <= as_of <= starts_on + timedelta(days=rollout.first_days)
