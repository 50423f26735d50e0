"""The first three sentences of an explanation, for whoever reads no formula.

What belongs here: where a Key Result stands; whether that is on its way, and why its chance is what
it is; what the team says and what to do next. What does not: any number that is not in the row, and
how it was derived (the other parts of the explanation).
"""

from __future__ import annotations

from types import SimpleNamespace

from okr_model.confidence.chance_words import end_in_words, like_in_words
from okr_model.confidence.signals import BY_NAME, NO_INITIATIVE, SIGNALS
from okr_model.entities.confidence_words import USUAL, ConfidenceWords, in_own_words
from okr_model.explain.wording import Facts, target_words, value_words
from okr_model.forecast.forecast import FEWEST_DAYS, FORECASTABLE
from okr_model.progress.end_state import end_state, is_settled, since_due
from okr_model.progress.expected_path import against_path
from okr_model.progress.kinds import COUNTER
from okr_model.quantities.units import YES_NO, in_words
from okr_model.wording import probability, share

_NEXT = {
    NO_INITIATIVE: "Link the work that is meant to move it.",
    "target moved": "Read why its target was moved.",
    "sources disagree": "Correct one of the sources that disagree.",
}
_NO_CHANCE = {
    YES_NO: "a yes or no has no chance before it is due",
    "no target": "there is no target to have a chance of",
}


def summary_lines(
    facts: Facts,
    last_said: Facts | None = None,
    words: ConfidenceWords = USUAL,
    closing: Facts | None = None,
) -> list[str]:
    """Three sentences; every figure in them is a column of the row, as ``okr show`` prints it.

    Args:
        facts: The published row, nulls as None.
        last_said: The row of its last check-in, likewise; None for none.
        words: What the organization calls the three confidence levels.
        closing: The row of :data:`okr_model.tables.SCORES`, likewise; None if that is not known.
    """
    said = _said_and_next(facts, last_said or {}, words, closing)
    return [_where_it_stands(facts), _on_its_way(facts), said]


def _where_it_stands(facts: Facts) -> str:
    key, target = facts["key_result_id"], target_words(facts)
    aim = "it has no target" if target == "none" else f"its target is {target}"
    if facts["current_value"] is None:
        found = "can be read" if facts["value_state"] == "unreadable" else "is known"
        return f"{key}: no value of this cycle {found}; {aim}, due on {facts['due_on']}."
    at = f"{key} stood at {value_words(facts)} on {facts['current_value_at']}"
    if facts["progress"] is None:
        return f"{at}; {aim}, due on {facts['due_on']}, and progress: {facts['progress_state']}."
    start = facts["baseline"]
    began = "" if start is None else f", starting from {in_words(start, facts['unit'])}"
    return (
        f"{at}; {aim}, due on {facts['due_on']}{began}: progress is {share(facts['progress'])}"
        f"{_beyond(facts)}."
    )


def _beyond(facts: Facts) -> str:
    raw = facts["progress_raw"]
    return "" if raw == facts["progress"] else f" (raw progress {share(raw)})"


def _on_its_way(facts: Facts) -> str:
    """The pace and the chance; of a cycle that has ended, what became of it."""
    ended = end_state(facts)
    if ended is not None:
        score = facts.get("score")
        scored = "it has no score" if score is None else f"its score is {share(score)}"
        became = f"the target was {ended}" if ended in ("met", "missed") else f"there is {ended}"
        if since := since_due(facts):
            became += f" on its due day, {since}"
        return f"Its cycle ended on {facts['cycle_end']}: {became}, and {scored}."
    if facts["cycle_start"] > facts["as_of"]:
        return f"Its cycle begins on {facts['cycle_start']}."
    if facts["current_value"] is None and not _has_begun(facts):
        return f"It begins on {facts['starts_on']}."
    return f"{_pace(facts)}, and {_chance(facts)}."


def _pace(facts: Facts) -> str:
    if facts["pace"] is None:
        return "Whether that is on its way cannot be said"
    stands = {"ahead": "ahead of", "on": "on", "behind": "behind"}[facts["pace"]]
    return f"It is {stands} its pace: {against_path(SimpleNamespace(**facts))}"


def _chance(facts: Facts) -> str:
    chance = facts["attainment_probability"]
    if chance is None:
        return f"no chance is stated: {_why_none(facts)}"
    settled = is_settled(facts)
    said = probability(chance, settled=settled)
    if settled:
        since = f", {since}" if (since := since_due(facts)) else ""
        return f"its due day has passed: the chance of meeting the target by then is {said}{since}"
    if facts["forecast_value"] is None:
        return f"its chance of meeting the target is {said}"
    row = SimpleNamespace(**facts)
    like = "".join(f"; o{said.removeprefix('O').removesuffix('.')}" for said in like_in_words(row))
    return (
        f"its chance of meeting the target is {said}, because {_why(facts)}"
        f" {end_in_words(row).removeprefix('and ')}{like}"
    )


def _why(facts: Facts) -> str:
    """What the kind of path means for its pace."""
    if facts.get("path") == COUNTER:
        return "its pace is taken to go on (it is treated as a counter):"
    if facts.get("path"):
        return "only a part of its pace is taken to last (it is treated as a level):"
    return "at its pace"


def _why_none(facts: Facts) -> str:
    if facts["progress_state"] in _NO_CHANCE or facts["kind"] in _NO_CHANCE:
        return _NO_CHANCE.get(facts["progress_state"]) or _NO_CHANCE[facts["kind"]]
    if facts["kind"] not in FORECASTABLE:
        return "a Key Result of this kind has none"
    return f"that takes readings of at least {FEWEST_DAYS} days"


def _said_and_next(
    facts: Facts, last_said: Facts, words: ConfidenceWords, closing: Facts | None
) -> str:
    stated, computed = facts["stated_confidence"], facts["computed_confidence"]
    said = (
        f"The team says {in_own_words(stated, words)} (on {facts['stated_confidence_at']})"
        if stated
        else "The team has not said how sure it is"
    )
    shown = (
        f"the evidence says {in_own_words(computed, words)}"
        if computed
        else "the evidence says nothing yet"
    )
    joined = "and" if not stated or not computed or stated == computed else "but"
    return f"{said}, {joined} {shown}; next: {_next(facts, last_said, closing)}"


def _next(facts: Facts, last_said: Facts, closing: Facts | None) -> str:
    """What to do: the advice of the first signal that has any, else about what speaks against."""
    if end_state(facts) is not None:
        return _next_of_ended(closing)
    firing = set(facts.get("signals") or [])
    advice = [
        BY_NAME[signal.name].advice or _NEXT.get(signal.name, "")
        for signal in SIGNALS
        if signal.name in firing
    ]
    if facts["current_value"] is None and _has_begun(facts):
        advice.insert(0, "State a first value.")
    elif facts["target"] is None and facts["progress_state"] == "no target":
        advice.insert(0, "Give it a target.")
    wanted = next(filter(None, advice), "")
    return f"{wanted[0].lower()}{wanted[1:]}" if wanted else _go_on(facts, last_said)


def _has_begun(facts: Facts) -> bool:
    """Whether its own start, if it declares one, or its cycle's has come."""
    return bool((facts.get("starts_on") or facts["cycle_start"]) <= facts["as_of"])


def _next_of_ended(closing: Facts | None) -> str:
    if closing is None:
        return "nothing, as its cycle has ended."
    if closing["closed_as"] is None:
        return "decide whether it is continued, abandoned or done."
    return f"nothing, as it is closed as {closing['closed_as']}."


def _go_on(facts: Facts, last_said: Facts) -> str:
    """What to do where no signal advises anything: a low chance or an impediment is no signal."""
    against = []
    chance = facts["attainment_probability"]
    if chance is not None and facts["computed_confidence"] != "high":
        against.append(f"a chance of {probability(chance, settled=is_settled(facts))}")
    if last_said.get("impediment"):
        against.append("an impediment that is open")
    if last_said.get("last_action_done") is False:
        against.append("a last action that is not done")
    if against:
        return f"answer what speaks against it: {', '.join(against)}."
    if chance is None:
        return "carry on; how likely it is cannot be told."
    return "carry on, as nothing speaks against it."
