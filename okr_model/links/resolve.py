"""Resolving all claims and decisions into one set of links, each with its rule and evidence.

What belongs here: which claims count, and the links that follow. What does not: finding claims in
texts (:mod:`okr_model.links.references`), wording findings (:mod:`okr_model.links.link_findings`),
inheritance (:mod:`okr_model.links.inheritance`, :mod:`okr_model.activity.issue_tree`).

Rules, strongest first: ``decision`` (a person accepted it), ``field`` (a custom field or column
meant for it), ``relation`` (a relation or link to the Key Result's own record, or from it),
``mapping`` (a table of links), ``label``, ``mention`` (prose, an address). For each initiative:

1. A rejected claim does not count (``rejected``).
2. Of the other claims that name an existing Key Result, those of the strongest rule count:
   ``active``, with the weights that the claims give, else with equal shares, so that effort is
   never counted twice.
3. Weaker claims of the same Key Result are listed in ``also_by``.
4. Weaker claims of another Key Result are ``overruled``: one finding per initiative.
5. A claim of an unknown Key Result is ``broken``: one finding each. It overrules nothing. Prose
   that mentions an Objective claims nothing.
6. What a person decided to be other work serves nothing: all its claims are ``rejected``.
7. An initiative without an active link inherits those of its nearest linked ancestor
   (``inherited``); with a single active link of its own it inherits none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pandas as pd

from okr_model.entities.initiatives import titled
from okr_model.findings import join_findings
from okr_model.links import link_findings as say
from okr_model.links.claims import PAIR, canonical, current_key, resolve, typed_claims
from okr_model.links.decisions import (
    EXPLICIT_RULES,
    STANDING_COLUMNS,
    claims_from_words,
    contradictions,
    decisions_without_initiative,
    other_work,
)
from okr_model.links.inheritance import inherited_links, refusing_heirs
from okr_model.links.references import canonical_key
from okr_model.links.vocabulary import INHERITED
from okr_model.quantities.cells import among
from okr_model.tables.links import LINKS

RULE_OF_ROLE: Mapping[str, str] = {
    "property": "field",
    "label": "label",
    "text": "mention",
    "link": "mention",
}
"""The rule of a claim by the role of its reference (see :mod:`okr_model.links.references`)."""

LINK_COLUMNS = [name for name in LINKS.column_names if name not in ("as_of", "run_id")]

OWN_COLUMNS = ["issue_id", "key_result_id", "weight"]
_ABOUT = ["subject_id", "source", "record_id", "url"]


@dataclass(frozen=True, slots=True)
class LinkInputs:
    """What links are resolved from.

    Attributes:
        claims: One row per claim: ``subject_id`` (an initiative's or a record's), ``rule``, ``key``
            ("" where the field holds no id), ``text``, ``source``, ``record_id``, ``url``,
            ``field``, ``seen_at`` and, optionally, ``suspect`` (the id is spelt with look-alike
            characters), ``weight`` and ``weight_text``. Claims of records that are no initiative
            are left out.
        key_results: ``key_result_id``, ``cycle_id``, optionally ``cycle_end``. An id that occurs
            in several cycles belongs to the last of them by name.
        initiatives: ``initiative_id``, ``initiative`` (its key or title), optionally ``url``,
            ``source``, ``record_id``, ``status_category``, and ``parent_id`` (the parent
            initiative).
        decided: From :func:`okr_model.links.decisions.decisions_in_force`.
        earlier: The last published links, for ``first_seen_at`` of claims already known.
        aliases: Former id of a renamed or merged Key Result -> its current id.
        former: Id of a Key Result that no longer exists -> the last day it was published.
        objectives: Ids of the Objectives, which may have the same shape as those of Key Results.
        timezone: The organization's zone, in which findings tell days.
    """

    claims: pd.DataFrame
    key_results: pd.DataFrame
    initiatives: pd.DataFrame
    decided: pd.DataFrame | None = None
    earlier: pd.DataFrame | None = None
    aliases: Mapping[str, str] | None = None
    former: Mapping[str, date] | None = None
    objectives: Collection[str] = ()
    timezone: str = "UTC"


def resolve_links(
    inputs: LinkInputs, as_of: date | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Resolve all claims of initiatives and all decisions about them into one set of links.

    Args:
        inputs: What they are resolved from.
        as_of: The day the links are about; with None, ended cycles are not reported.

    Returns:
        The links, one row per initiative and Key Result, with the columns of
        :data:`okr_model.tables.LINKS` except those of the run; and the findings. Neither depends
        on the order of any input's rows.

    Raises:
        ValueError: If a claim has an unknown rule.
    """
    resolved = link_initiatives(inputs)
    return resolved.links[LINK_COLUMNS], findings_about(resolved, inputs, as_of)


class Resolved(NamedTuple):
    """Links, and what they were resolved from.

    Attributes:
        links: As :func:`resolve_links` returns them, with the weight claimed as ``given``.
        claims: The typed claims of initiatives, unreadable ones included.
        decided: The decisions in force, with current Key Result ids.
    """

    links: pd.DataFrame
    claims: pd.DataFrame
    decided: pd.DataFrame


def link_initiatives(inputs: LinkInputs) -> Resolved:
    """The links alone, without findings; see :func:`resolve_links`."""
    once = inputs.initiatives.drop_duplicates("initiative_id").rename(
        columns={"initiative_id": "subject_id"}
    )
    names = once.set_index("subject_id")["initiative"]
    decided = _decided(inputs.decided, inputs.aliases)
    typed = typed_claims(inputs.claims, inputs.aliases)
    typed = typed[among(typed["subject_id"], names.index)]
    typed = typed[(typed["rule"] != "mention") | ~typed["key"].isin(_objectives(inputs))]
    readable = typed[typed["key"] != ""]
    links = resolve(_with_accepted(readable, decided, once), inputs.key_results, decided)
    links = links.rename(columns={"subject_id": "initiative_id", "key": "key_result_id"})
    links["initiative"] = links["initiative_id"].map(names).astype("str")
    if "parent_id" in once:
        above = once.rename(columns={"subject_id": "initiative_id"})
        handed_down = inherited_links(links, above, decided)
        links = pd.concat([links, handed_down], ignore_index=True)
    links = _known_since(links, inputs.earlier)
    links = links.sort_values(["initiative_id", "key_result_id"], ignore_index=True)
    return Resolved(links, typed, decided)


def findings_about(
    resolved: Resolved, inputs: LinkInputs, as_of: date | None = None
) -> pd.DataFrame:
    """The findings about claims and links; see :func:`resolve_links`."""
    key_results, initiatives = inputs.key_results, inputs.initiatives
    names = _titled(initiatives)
    told = resolved.links.assign(initiative=resolved.links["initiative_id"].map(names))
    links, claims, decided = told[LINK_COLUMNS], resolved.claims, resolved.decided
    return join_findings(
        [
            say.unreadable(claims[claims["key"] == ""], names),
            say.unreadable_weights(claims[claims["key"] != ""], names),
            say.weights_off(told),
            say.broken(links, inputs.former or {}, _objectives(inputs)),
            say.conflicts(links),
            say.past_cycles(links, key_results, initiatives, as_of),
            say.orphans(links, key_results, _meant_to_serve(initiatives, decided), names),
            contradictions(links, decided, inputs.timezone),
            decisions_without_initiative(decided, initiatives["initiative_id"], inputs.timezone),
        ]
    )


def _objectives(inputs: LinkInputs) -> set[str]:
    """The ids of Objectives that are no Key Result's, in canonical spelling."""
    theirs = set(canonical(inputs.key_results["key_result_id"].astype("str")))
    return {canonical_key(name) for name in inputs.objectives} - theirs


def _meant_to_serve(initiatives: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """The initiatives that nobody decided to be other work."""
    return initiatives[~among(initiatives["initiative_id"], other_work(decided).index)]


def _titled(initiatives: pd.DataFrame) -> pd.Series[str]:
    """What each initiative is called in a sentence, by its id."""
    once = initiatives.drop_duplicates("initiative_id").set_index("initiative_id")
    titles = once["title"] if "title" in once else once["initiative"]
    names = [titled(*pair) for pair in zip(once["initiative"], titles, strict=True)]
    return pd.Series(names, index=once.index, dtype="str")


def own_links(
    links: pd.DataFrame,
    claims: pd.DataFrame,
    key_results: pd.DataFrame,
    source: str,
    aliases: Mapping[str, str] | None = None,
    decided: pd.DataFrame | None = None,
    initiatives: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The links that records of ``source`` state themselves, initiatives or not.

    An initiative has its active links, except inherited ones. Any other record has what it claims
    by an explicit rule (field, relation, mapping, label), resolved in the same way; a mention in
    its text does not override the links of the initiative it belongs to. What is decided to be
    other work has one row without a Key Result, which keeps the issues below it from serving what
    is above it. An initiative of which a person rejected a pair that it would inherit, and those
    below it, have what they do inherit, or such a row.

    Returns:
        ``issue_id`` (the record's id in its source), ``key_result_id``, ``weight``: the ``own``
        of :func:`okr_model.activity.issue_tree.effective_links`.
    """
    counted = (links["state"] == "active") & (links["rule"] != INHERITED)
    active = links.loc[counted, ["initiative_id", "key_result_id", "weight"]]
    theirs = ~among(claims["subject_id"], links["initiative_id"])
    explicit = typed_claims(claims[theirs & claims["rule"].isin(EXPLICIT_RULES)], aliases)
    others = resolve(explicit[explicit["key"] != ""], key_results, _decided(None, None))
    others = others.loc[others["state"] == "active", [*PAIR, "weight"]]
    parts = [frame.set_axis(OWN_COLUMNS, axis=1) for frame in (active, others)]
    if decided is not None:
        parts.append(other_work(decided).rename_axis("issue_id").reset_index()[["issue_id"]])
        if initiatives is not None:
            parts += _of_refusing(links, initiatives, _decided(decided, aliases))
    own = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    own = own.reindex(columns=OWN_COLUMNS)
    own = own[own["issue_id"].str.startswith(f"{source}:")]
    own["issue_id"] = own["issue_id"].str.removeprefix(f"{source}:")
    return own.sort_values(["issue_id", "key_result_id"], ignore_index=True)


def _of_refusing(
    links: pd.DataFrame, initiatives: pd.DataFrame, decided: pd.DataFrame
) -> list[pd.DataFrame]:
    """What :func:`own_links` has of initiatives that would inherit a pair that was rejected."""
    heirs = refusing_heirs(links, initiatives, decided)
    active = links[(links["state"] == "active") & among(links["initiative_id"], heirs)]
    kept = active.loc[active["rule"] == INHERITED, ["initiative_id", "key_result_id", "weight"]]
    bare = heirs[~among(heirs, active["initiative_id"])]
    return [kept.set_axis(OWN_COLUMNS, axis=1), bare.rename("issue_id").to_frame()]


def _decided(decided: pd.DataFrame | None, aliases: Mapping[str, str] | None) -> pd.DataFrame:
    """The decisions in force, with current Key Result ids."""
    if decided is None:
        return pd.DataFrame(columns=list(STANDING_COLUMNS)).astype(STANDING_COLUMNS)
    now = decided.assign(
        key_result_id=canonical(decided["key_result_id"], aliases),
        claims=[_said(words, aliases) for words in decided["claims"].fillna("")],
    )
    return now.drop_duplicates(["initiative_id", "key_result_id"], keep="last")


def _said(words: str, aliases: Mapping[str, str] | None) -> set[tuple[str, str]]:
    """The claims at the time of a decision: current Key Result ids, and rules."""
    claims = claims_from_words(words)
    return {(current_key(canonical_key(key), aliases), rule) for key, rule in claims}


def _with_accepted(
    claims: pd.DataFrame, decided: pd.DataFrame, initiatives: pd.DataFrame
) -> pd.DataFrame:
    """The claims, plus one by ``decision`` for each accepted pair that no source claims."""
    if decided.empty:
        return claims
    accepted = decided[decided["decision"] == "accepted"].rename(
        columns={"initiative_id": "subject_id", "key_result_id": "key", "decided_at": "seen_at"}
    )
    claimed = pd.MultiIndex.from_frame(claims[PAIR])
    alone = accepted[~pd.MultiIndex.from_frame(accepted[PAIR]).isin(claimed)]
    alone = alone.merge(initiatives.reindex(columns=_ABOUT), on="subject_id")
    if alone.empty:
        return claims
    words = alone["decided_by"] + ": " + alone["decided_why"]
    by_decision = alone.assign(rule="decision", text=words, suspect=False, rank=0)
    rows = by_decision.reindex(columns=claims.columns)
    return pd.concat([claims, rows.astype(claims.dtypes.to_dict())], ignore_index=True)


def _known_since(links: pd.DataFrame, earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Restore ``first_seen_at`` of claims that were already known.

    Every change to a record extracts all its claims again, whatever changed.
    """
    if earlier is None or earlier.empty:
        return links
    claim = ["initiative_id", "key_result_id", "rule"]
    before = earlier[[*claim, "first_seen_at"]].astype(dict.fromkeys(claim, "str"))
    since = links[claim].merge(before, on=claim, how="left")["first_seen_at"]
    since = pd.to_datetime(since, utc=True).astype(links["first_seen_at"].dtype)
    first = links["first_seen_at"]
    return links.assign(first_seen_at=first.where(~(since.to_numpy() < first.to_numpy()), since))
