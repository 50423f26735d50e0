"""Links in words: which work serves what, by which evidence, and what is only suggested.

What belongs here: lines about published links and suggestions, seen from a Key Result or from an
initiative. What does not: finding them (``okr_model.links``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model.entities.initiatives import titled
from okr_model.explain.wording import at, plain
from okr_model.links.decisions import OTHER_WORK
from okr_model.wording import share


def link_lines(links: pd.DataFrame) -> list[str]:
    """The work that names a Key Result; ``links`` has the initiative's ``title``, if possible."""
    lines = [
        f"{titled(link['initiative'], link.get('title'))}: {_evidence(link)}"
        for _, link in links.sort_values(["state", "initiative_id"]).iterrows()
    ]
    return lines or ["No initiative names it."]


def suggestion_lines(suggestions: pd.DataFrame) -> list[str]:
    """The work that is suggested for a Key Result, with chance and reason, the likeliest first."""
    return [
        f"{titled(one['initiative'], one.get('title'))}: suggested, not linked:"
        f" {one['reason']}{_record(one)}"
        for _, one in _in_order(suggestions).iterrows()
    ]


def initiative_sections(
    initiative: Mapping[str, Any],
    links: pd.DataFrame,
    suggestions: pd.DataFrame,
    decisions: pd.DataFrame | None = None,
) -> dict[str, list[str]]:
    """What an initiative is, what it serves or does not, and what it might serve.

    Args:
        initiative: Its published row.
        links: Its published links, with the ``statement`` of the Key Result, if possible.
        suggestions: Its published suggestions, likewise.
        decisions: Its rows of the published table ``decisions``, likewise; None: not known.
    """
    facts = {name: plain(value) for name, value in initiative.items()}
    due = f" Due: {facts['due_on']}." if facts["due_on"] else ""
    about = [
        titled(facts["initiative"], facts["title"]),
        f"Team: {facts['team'] or 'none'}. Owner: {facts['owner'] or 'none'}."
        f" Status: {facts['status'] or 'none'}.{due}",
        f"Record: {facts['source']} {facts['record_id']}{at(facts['url'])}",
    ]
    serves = [
        f"{_key_result(link, link['cycle_id'])}: {_evidence(link)}"
        for _, link in links.sort_values(["state", "key_result_id"]).iterrows()
    ]
    if initiative.get("other_work") is True:
        serves.insert(
            0,
            f"It is other work, as {facts['decided_by']} decided ({facts['decision_id']}):"
            f" “{facts['decided_why']}”",
        )
    might = [f"{_key_result(one)}: {one['reason']}" for _, one in _in_order(suggestions).iterrows()]
    return {
        "Initiative": about,
        "Links": (serves or ["It names no Key Result."]) + _rejections(decisions, links),
        "Suggestions": might or ["None."],
    }


def _rejections(decisions: pd.DataFrame | None, links: pd.DataFrame) -> list[str]:
    """What a person said that it does not serve, although no source claims that it does."""
    if decisions is None:
        return []
    rejected = decisions[decisions["in_force"] & (decisions["action"] == "reject")]
    rejected = rejected[~rejected["key_result_id"].isin(links["key_result_id"])]
    return [
        f"{_key_result(one)}: rejected by {plain(one['decided_by'])} ({one['decision_id']})"
        f"{_why(one['why'])}; no source names it"
        for _, one in rejected.sort_values("key_result_id").iterrows()
    ]


def _why(reason: Any) -> str:
    return f": “{plain(reason)}”" if plain(reason) else ""


def _in_order(suggestions: pd.DataFrame) -> pd.DataFrame:
    """Each pair once, whichever of the two is without a link."""
    found = suggestions.drop_duplicates(["initiative_id", "key_result_id"])
    likely = "chance" if "chance" in found else "score"  # files of earlier versions have no chance
    return found.sort_values(
        [likely, "key_result_id", "initiative_id"], ascending=[False, True, True]
    )


def _key_result(row: pd.Series, cycle: str | None = None) -> str:
    name = f"{row['key_result_id']} of {cycle}," if plain(cycle) else row["key_result_id"]
    statement = plain(row.get("statement"))
    return f"{name} {statement}" if statement else str(name).removesuffix(",")


def _evidence(link: pd.Series) -> str:
    """By what it is claimed; of what a person decided first who did: no source rejects a claim."""
    claimed = (
        f"by {link['rule']} in {plain(link['field']) or 'no field named'}:"
        f" “{plain(link['evidence']) or ''}”{_record(link)}"
    )
    said = plain(link.get("decision"))  # files of earlier versions have no decisions
    if not said:
        return f"{_state(link)}, {claimed}"
    who = f"by {plain(link['decided_by'])} ({link['decision_id']})"
    said = "called other work" if said == OTHER_WORK else said
    state = "" if said == link["state"] else f"{_state(link)}, "
    only = link["rule"] == "decision"  # its evidence is the same again
    return f"{state}{said} {who}{_why(link['decided_why'])}" + (
        _record(link) if only else f"; claimed {claimed}"
    )


def _state(link: pd.Series) -> str:
    """``active × 70 %`` where it counts for that share of the work; as ``okr links`` has it."""
    weight = link.get("weight")
    part = link["state"] == "active" and weight is not None and weight < 1
    return f"{link['state']} × {share(weight)}" if part else str(link["state"])


def _record(row: pd.Series) -> str:
    return f" ({row['source']} record {row['record_id']}{at(row['url'])})"
