"""The ids that Key Results and Objectives had before: which holds on a past day, and whose it was.

What belongs here: turning what is known today of former ids into what holds on a past day, and
finding under which of them a Key Result was published. What does not: where former ids are told
(``pipelines.datasets.former_ids``), and following them (:mod:`okr_model.entities.fields`,
:mod:`okr_model.links.claims`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from okr_model.progress.value_series import KEY


def aliases_on_day(
    aliases: Mapping[str, str],
    then: Collection[str],
    today: Callable[[], Collection[str]],
) -> dict[str, str]:
    """Former ids as they are to be followed on a past day, on which some were not former yet.

    - An id that a record had on the day was not former. It is followed all the same if its
      successor was there, too, and a record has it today: so it is on every day since.
    - An id that no record had yet names what led to it: the nearest of its former ids that a record
      had. If two are equally near, because both were merged into it, it names nothing.

    Args:
        aliases: Former id -> the one that took its place, as known today; has no cycles.
        then: The ids that records had on the day.
        today: Gives those that records have today; called only if it matters.

    Returns:
        The aliases to follow on that day; they have no cycles, either.
    """
    there = {same_id(one): one for one in then}
    now = {same_id(old): new for old, new in aliases.items()}
    kept = {old: new for old, new in aliases.items() if same_id(old) not in there}
    both = [old for old in aliases if same_id(old) in there and same_id(_last(old, now)) in there]
    if both:
        still = {same_id(one) for one in today()}
        kept |= {old: aliases[old] for old in both if same_id(old) in still}
    for new in dict.fromkeys(_last(old, now) for old in aliases):
        if same_id(new) not in there and (before := _nearest(new, aliases, there)):
            kept[new] = before
    return kept


def published_under(
    key_results: pd.DataFrame, aliases: Mapping[str, str], published: pd.DataFrame
) -> pd.Series:
    """The ids under which each Key Result was published in its cycle before it had the present one.

    What was published beside it on any day was merged into it, and is not its past. If two former
    ids were published on the same day, both were merged into it, and neither is its past.

    Args:
        key_results: ``key_result_id, cycle_id``.
        aliases: Former id -> the one that took its place; has no cycles.
        published: ``key_result_id, cycle_id, as_of`` of every earlier published row.

    Returns:
        Lists of ids in every spelling that was published, the latest first; null where there is
        none.
    """
    if not aliases or published.empty:
        return pd.Series([None] * len(key_results), key_results.index, dtype="object")
    plain = same_ids(published["key_result_id"])
    spelled = published["key_result_id"].groupby(plain).unique()
    days = {
        key: set(its) for key, its in published.groupby([plain, published["cycle_id"]])["as_of"]
    }
    found: list[list[str] | None] = []
    for name, cycle in key_results[KEY].itertuples(index=False, name=None):
        taken, former = set(days.get((same_id(name), cycle), ())), list[str]()
        for generation in _generations(name, aliases):
            past = {one: its for one in generation if (its := days.get((one, cycle)))}
            its = set().union(*past.values())
            took_turns = sum(map(len, past.values())) == len(its)
            if took_turns and not taken & its:
                latest = sorted(past, key=lambda one: max(past[one]), reverse=True)
                former += [name for one in latest for name in spelled[one]]
            taken |= its
        found.append(former or None)
    return pd.Series(found, key_results.index, dtype="object")


def _last(name: str, now: Mapping[str, str]) -> str:
    while same_id(name) in now:
        name = now[same_id(name)]
    return name


def _nearest(name: str, aliases: Mapping[str, str], there: Mapping[str, str]) -> str | None:
    """The id on the day of what became ``name``; None if there is none, or more than one."""
    for generation in _generations(name, aliases):
        if found := [there[one] for one in generation if one in there]:
            return found[0] if len(found) == 1 else None
    return None


def _generations(name: str, aliases: Mapping[str, str]) -> Iterator[set[str]]:
    """The ids that became ``name``, those that became these, and so on."""
    reached = {same_id(name)}
    while reached := {same_id(old) for old, new in aliases.items() if same_id(new) in reached}:
        yield reached
