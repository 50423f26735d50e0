"""Which initiative serves which Key Result, by what rule, with the words that say so.

What belongs here: making one set of links out of all claims, and naming what is wrong with them.
What does not: finding claims in texts (:mod:`okr_model.references`), inheriting links down to
single issues (:mod:`okr_model.hierarchy`).

Rules, strongest first: ``field`` (a custom field or column meant for it), ``relation`` (a relation
to the Key Result's own record), ``label``, ``mention`` (prose, an address). For each initiative:

1. Of the claims that name a Key Result there is, those of the strongest rule count: ``active``,
   each with an equal share, so that effort is never counted twice.
2. Weaker claims of the same Key Result are kept in ``also_by``.
3. Weaker claims of another Key Result are ``overruled``: one finding an initiative.
4. A claim of a Key Result there is not is ``broken``: one finding each. It silences nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from okr_model.findings import Finding, findings_frame, join_findings
from okr_model.references import canonical_key
from okr_model.tables import LINK_RULES, LINKS

RULE_OF_ROLE: Mapping[str, str] = {
    "property": "field",
    "label": "label",
    "text": "mention",
    "link": "mention",
}
"""By which rule a reference of each role claims (see :mod:`okr_model.references`)."""

EXPLICIT_RULES = ("field", "relation", "label")
"""Rules by which a single issue leaves its initiative; a passing mention does not suffice."""

CLAIM_COLUMNS = [
    "subject_id",
    "rule",
    "key",
    "text",
    "source",
    "record_id",
    "url",
    "field",
    "seen_at",
    "suspect",
]
LINK_COLUMNS = [name for name in LINKS.column_names if name not in ("as_of", "run_id")]

_PAIR = ["subject_id", "key"]
_Row = Mapping[Hashable, Any]


def resolve_links(
    claims: pd.DataFrame, key_results: pd.DataFrame, initiatives: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make one set of links out of all claims of initiatives.

    Args:
        claims: One row per claim: ``subject_id`` (``source:record_id``), ``rule``, ``key`` (""
            where the field holds no id), ``text``, ``source``, ``record_id``, ``url``, ``field``,
            ``seen_at`` and, optionally, ``suspect`` (the id is spelt with look-alike characters).
            Claims of records that are no initiative are left out.
        key_results: ``key_result_id``, ``cycle_id``. An id that stands in several cycles belongs
            to the last of them by name.
        initiatives: ``initiative_id``, ``initiative`` (its key or title), optionally ``url``.

    Returns:
        The links, one row per initiative and Key Result, with the columns of
        :data:`okr_model.tables.LINKS` except those of the run; and the findings. Neither depends
        on the order of any input's rows.

    Raises:
        ValueError: If a claim has a rule that is not among the rules.
    """
    names = initiatives.drop_duplicates("initiative_id").set_index("initiative_id")["initiative"]
    prepared = _prepare(claims)
    prepared = prepared[prepared["subject_id"].isin(names.index)]
    readable = prepared["key"] != ""
    links = _resolve(prepared[readable], key_results)
    links = links.rename(columns={"subject_id": "initiative_id", "key": "key_result_id"})
    links["initiative"] = links["initiative_id"].map(names).astype("str")
    links = links[LINK_COLUMNS].sort_values(["initiative_id", "key_result_id"], ignore_index=True)
    findings = join_findings(
        [
            _unreadable(prepared[~readable], names),
            _broken(links),
            _conflicts(links),
            _orphans(links, key_results, initiatives),
        ]
    )
    return links, findings


def own_links(
    links: pd.DataFrame, claims: pd.DataFrame, key_results: pd.DataFrame, source: str
) -> pd.DataFrame:
    """The links that single records of ``source`` state themselves, initiatives or not.

    An initiative has its active links. Any other record has what it claims by an explicit rule
    (field, relation, label), resolved in the same way; a mention in its text is no claim to leave
    the initiative it belongs to.

    Returns:
        ``issue_id`` (the record's id in its source), ``key_result_id``, ``weight``: the ``own``
        of :func:`okr_model.hierarchy.effective_links`.
    """
    active = links.loc[links["state"] == "active", ["initiative_id", "key_result_id", "weight"]]
    explicit = _prepare(claims[claims["rule"].isin(EXPLICIT_RULES)])
    others = _resolve(
        explicit[(explicit["key"] != "") & ~explicit["subject_id"].isin(links["initiative_id"])],
        key_results,
    )
    others = others.loc[others["state"] == "active", [*_PAIR, "weight"]]
    own = pd.concat(
        [
            frame.set_axis(["issue_id", "key_result_id", "weight"], axis=1)
            for frame in (active, others)
        ],
        ignore_index=True,
    )
    own = own[own["issue_id"].str.startswith(f"{source}:")]
    own["issue_id"] = own["issue_id"].str.removeprefix(f"{source}:")
    return own.sort_values(["issue_id", "key_result_id"], ignore_index=True)


def _prepare(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims with typed columns, keys in canonical spelling and the rank of their rule."""
    prepared = claims.reindex(columns=CLAIM_COLUMNS).reset_index(drop=True)
    unknown = prepared.loc[~prepared["rule"].isin(LINK_RULES), "rule"].unique()
    if len(unknown):
        names = ", ".join(map(repr, unknown))
        raise ValueError(f"Claims by {names}: a claim's rule is one of {', '.join(LINK_RULES)}.")
    texts = [name for name in CLAIM_COLUMNS if name not in ("seen_at", "suspect")]
    prepared[texts] = prepared[texts].astype("str")
    prepared["seen_at"] = pd.to_datetime(prepared["seen_at"], utc=True).astype(
        "datetime64[us, UTC]"
    )
    prepared["suspect"] = prepared["suspect"].eq(True)
    prepared["key"] = _canonical(prepared["key"].fillna(""))
    prepared.loc[prepared["suspect"], "key"] = ""
    prepared["rank"] = prepared["rule"].map(LINK_RULES.index).astype("int64")
    return prepared


def _canonical(keys: pd.Series[str]) -> pd.Series[str]:
    spelt = {key: canonical_key(key) for key in keys.unique()}
    return keys.map(spelt).astype("str")


def _resolve(claims: pd.DataFrame, key_results: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and Key Result: strongest claim, state, weight, weaker rules."""
    total_order = [*_PAIR, "rank", "source", "record_id", "field", "text", "url", "seen_at"]
    ordered = claims.sort_values(total_order, ignore_index=True)
    pairs = ordered.drop_duplicates(_PAIR, ignore_index=True)
    seen = ordered.groupby(_PAIR, as_index=False)["seen_at"].agg(
        first_seen_at="min", last_seen_at="max"
    )
    pairs = pairs.merge(seen, on=_PAIR, validate="one_to_one")
    pairs["also_by"] = _weaker_rules(ordered, pairs)

    known = _known(key_results)
    pairs = pairs.merge(known, on="key", how="left", validate="many_to_one")
    is_known = pairs["key_result_id"].notna()
    strongest = pairs["rank"].where(is_known).groupby(pairs["subject_id"]).transform("min")
    active = is_known & (pairs["rank"] == strongest)
    pairs["state"] = pd.Series("overruled", index=pairs.index, dtype="str")
    pairs.loc[active, "state"] = "active"
    pairs.loc[~is_known, "state"] = "broken"
    shares = active.groupby(pairs["subject_id"]).transform("sum")
    pairs["weight"] = (1.0 / shares.where(active)).astype("float64")
    pairs["key"] = pairs["key_result_id"].fillna(pairs["key"])
    pairs["evidence"] = pairs["text"]
    return pairs.drop(columns="key_result_id")


def _weaker_rules(ordered: pd.DataFrame, pairs: pd.DataFrame) -> list[list[str]]:
    """For each of ``pairs`` the rules that claim it too, strongest first."""
    rules = ordered.drop_duplicates([*_PAIR, "rank"])
    rules = rules.merge(pairs[[*_PAIR, "rank"]], on=_PAIR, suffixes=("", "_strongest"))
    weaker = rules[rules["rank"] > rules["rank_strongest"]]
    also_by: dict[tuple[str, str], list[str]] = {}
    for subject_id, key, rule in weaker[[*_PAIR, "rule"]].itertuples(index=False, name=None):
        also_by.setdefault((subject_id, key), []).append(rule)
    return [also_by.get(pair, []) for pair in zip(pairs["subject_id"], pairs["key"], strict=True)]


def _known(key_results: pd.DataFrame) -> pd.DataFrame:
    """Canonical spelling, id and cycle of every Key Result, each spelling once."""
    known = key_results[["key_result_id", "cycle_id"]].astype("str")
    known = known.sort_values(["key_result_id", "cycle_id"])
    known["key"] = _canonical(known["key_result_id"])
    return known.drop_duplicates("key", keep="last")


def _unreadable(claims: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    places = claims.drop_duplicates(["subject_id", "field", "text", "url", "suspect"])
    return findings_frame(
        _unreadable_finding(row, names[row["subject_id"]]) for row in places.to_dict("records")
    )


def _unreadable_finding(row: _Row, initiative: str) -> Finding:
    if row["suspect"]:
        rule = "look-alike characters"
        matter = (
            "with letters of another script that merely look right, so it counts for nothing. "
            "Type the id again."
        )
        sentence = f"{initiative} names a Key Result in {_words(row['field'])} {matter}"
    else:
        rule = "unreadable link"
        sentence = (
            f"{initiative} holds “{row['text']}” in {_words(row['field'])}, where the id of a Key "
            "Result should stand. Write the id there, or empty the field."
        )
    return Finding(
        rule, "warning", "initiative", row["subject_id"], sentence, row["text"], row["url"]
    )


def _broken(links: pd.DataFrame) -> pd.DataFrame:
    broken = links[links["state"] == "broken"]
    return findings_frame(
        Finding(
            "broken link",
            "warning",
            "initiative",
            row["initiative_id"],
            f"{row['initiative']} names {row['key_result_id']} by {row['rule']} in "
            f"{_words(row['field'])}, but there is no such Key Result. Correct the id, or add the "
            "Key Result.",
            row["evidence"],
            row["url"],
        )
        for row in broken.to_dict("records")
    )


def _conflicts(links: pd.DataFrame) -> pd.DataFrame:
    """One finding per initiative; passing mentions alone are no more than information."""
    overruled = links.loc[links["state"] == "overruled", "initiative_id"]
    involved = links[links["initiative_id"].isin(overruled) & (links["state"] != "broken")]
    columns = ["initiative_id", "initiative", "key_result_id", "state", "rule", "evidence", "url"]
    rows = involved[columns].fillna({"evidence": ""}).to_dict("records")
    by_initiative = groupby(rows, key=itemgetter("initiative_id"))  # links are in this order
    return findings_frame(_conflict(list(claims)) for _, claims in by_initiative)


def _conflict(claims: Sequence[_Row]) -> Finding:
    active = [claim for claim in claims if claim["state"] == "active"]
    overruled = [claim for claim in claims if claim["state"] == "overruled"]
    return Finding(
        "conflicting links",
        "info" if all(claim["rule"] == "mention" for claim in overruled) else "warning",
        "initiative",
        claims[0]["initiative_id"],
        f"{claims[0]['initiative']} serves {_claims_in_words(active)}, which overrules "
        f"{_claims_in_words(overruled)}. Make them agree, or name both in the stronger place.",
        "; ".join(f"{claim['rule']}: {claim['evidence']}" for claim in claims),
        overruled[0]["url"],
    )


def _claims_in_words(claims: Sequence[_Row]) -> str:
    return " and ".join(f"{claim['key_result_id']} (by {claim['rule']})" for claim in claims)


def _orphans(
    links: pd.DataFrame, key_results: pd.DataFrame, initiatives: pd.DataFrame
) -> pd.DataFrame:
    active = links[links["state"] == "active"]
    idle = initiatives[~initiatives["initiative_id"].isin(active["initiative_id"])]
    idle = idle.reindex(columns=["initiative_id", "initiative", "url"])
    bare = sorted(set(key_results["key_result_id"]) - set(active["key_result_id"]))
    work = [
        Finding(
            "initiative without Key Result",
            "info",
            "initiative",
            row["initiative_id"],
            f"{row['initiative']} serves no Key Result. Link it, or accept that it is other work.",
            url=row["url"] if isinstance(row["url"], str) else None,
        )
        for row in idle.sort_values("initiative_id").to_dict("records")
    ]
    results = [
        Finding(
            "Key Result without initiative",
            "info",
            "key result",
            key_result_id,
            f"No initiative serves {key_result_id}. Link the work that is meant to move it.",
        )
        for key_result_id in bare
    ]
    return findings_frame([*work, *results])


def _words(field: str) -> str:
    return f"“{field}”" if isinstance(field, str) and field else "its record"
