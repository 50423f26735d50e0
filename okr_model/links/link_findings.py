"""The findings about claims and links.

What belongs here: one function per kind of finding. What does not: deciding which claim counts
(:mod:`okr_model.links.resolve`), and findings about decisions (:mod:`okr_model.links.decisions`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame, rows_of
from okr_model.links.references import canonical_key
from okr_model.quantities.cells import among
from okr_model.quantities.days import midnight, to_days
from okr_model.wording import share

_Row = Mapping[str, Any]
_ROUNDING = 0.005


def unreadable(claims: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """Claims without an id, or with an id in look-alike letters of another script."""
    places = claims.drop_duplicates(["subject_id", "field", "text", "url", "suspect"])
    return findings_frame(
        _unreadable_finding(row, names[row["subject_id"]]) for row in rows_of(places)
    )


def _unreadable_finding(row: _Row, initiative: str) -> Finding:
    if row["suspect"]:
        rule = Rule.LOOK_ALIKE_CHARACTERS
        matter = (
            "with letters of another script that merely look right, so it counts for nothing. "
            "Type the id again."
        )
        sentence = f"{initiative} names a Key Result in {_words(row['field'])} {matter}"
    else:
        rule = Rule.UNREADABLE_LINK
        sentence = (
            f"{initiative} holds “{row['text']}” in {_words(row['field'])}, where the id of a Key "
            "Result should stand. Write the id there, or empty the field."
        )
    return Finding(
        rule=rule,
        severity="warning",
        subject_type="initiative",
        subject_id=row["subject_id"],
        sentence=sentence,
        evidence=row["text"],
        url=row["url"],
    )


def unreadable_weights(claims: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """Weights that are not a number above 0; they are ignored."""
    wrong = claims[claims["weight_text"].notna() & ~(claims["weight"] > 0)]
    return findings_frame(
        Finding(
            rule=Rule.UNREADABLE_WEIGHT,
            severity="warning",
            subject_type="initiative",
            subject_id=row["subject_id"],
            sentence=(
                f"The weight of {names[row['subject_id']]} for {row['key']} is not a share above "
                "0. Write 60 % or 0.6, or leave it empty."
            ),
            evidence=row["weight_text"],
            url=row["url"],
        )
        for row in rows_of(wrong)
    )


def weights_off(links: pd.DataFrame) -> pd.DataFrame:
    """Initiatives whose given weights do not add up to 100 %; they are scaled to that.

    ``links`` has the given weight as ``given`` beside the declared columns.
    """
    active = links[links["state"] == "active"]
    active = active.assign(given=active["given"].where(active["given"] > 0))
    sums = active.groupby("initiative_id", as_index=False).agg(
        initiative=("initiative", "first"),
        url=("url", "first"),
        links=("state", "size"),
        weighed=("given", "count"),
        total=("given", "sum"),
    )
    whole = sums["weighed"] == sums["links"]
    off = ((sums["total"] - 1).abs() > _ROUNDING).where(whole, sums["total"] > 1 - _ROUNDING)
    return findings_frame(
        Finding(
            rule=Rule.WEIGHTS_DO_NOT_ADD_UP,
            severity="warning",
            subject_type="initiative",
            subject_id=row["initiative_id"],
            sentence=(
                f"The weights of {row['initiative']} add up to {share(row['total'])}"
                f"{_unweighed(row)}. They are scaled to 100 %; correct them."
            ),
            url=row["url"],
        )
        for row in rows_of(sums[off & (sums["weighed"] > 0)])
    )


def _unweighed(row: Mapping[str, Any]) -> str:
    lacking = row["links"] - row["weighed"]
    return f", with {lacking} of its {row['links']} Key Results without one" if lacking else ""


def broken(
    links: pd.DataFrame, former: Mapping[str, date], objectives: Collection[str] = ()
) -> pd.DataFrame:
    """Claims of unknown Key Results.

    Args:
        links: The links.
        former: The last day of each Key Result that was once published.
        objectives: Ids of Objectives in canonical spelling.
    """
    gone = {canonical_key(key): day for key, day in former.items()}
    wrong = links[links["state"] == "broken"]
    return findings_frame(
        _broken(row, gone.get(row["key_result_id"]), row["key_result_id"] in objectives)
        for row in rows_of(wrong)
    )


def _broken(row: _Row, last: date | None, is_objective: bool) -> Finding:
    by = f"{row['initiative']} names {row['key_result_id']} by {row['rule']} in "
    if is_objective:
        rule = Rule.BROKEN_LINK
        matter = "which is an Objective. Name the Key Result of it that the work is to move."
    elif last is None:
        rule = Rule.BROKEN_LINK
        matter = "but there is no such Key Result. Correct the id, or add the Key Result."
    else:
        rule = Rule.LINK_TO_AN_ARCHIVED_KEY_RESULT
        matter = (
            f"which was last published on {last} and is no longer there. Name the one that took "
            "its place, or add it under links: aliases:."
        )
    return Finding(
        rule=rule,
        severity="warning",
        subject_type="initiative",
        subject_id=row["initiative_id"],
        sentence=f"{by}{_words(row['field'])}, {matter}",
        evidence=row["evidence"],
        url=row["url"],
    )


def past_cycles(
    links: pd.DataFrame, key_results: pd.DataFrame, initiatives: pd.DataFrame, as_of: date | None
) -> pd.DataFrame:
    """Open initiatives that serve a Key Result whose cycle has ended."""
    if as_of is None or "cycle_end" not in key_results or "status_category" not in initiatives:
        return findings_frame()
    over = key_results.loc[to_days(key_results["cycle_end"]) < midnight(as_of)]
    going_on = initiatives["status_category"].isin(("new", "indeterminate"))
    wrong = links[
        (links["state"] == "active")
        & among(links["initiative_id"], initiatives.loc[going_on, "initiative_id"])
    ].merge(over[["key_result_id", "cycle_id"]], on=["key_result_id", "cycle_id"])
    return findings_frame(
        Finding(
            rule=Rule.LINK_TO_ANOTHER_CYCLE,
            severity="info",
            subject_type="initiative",
            subject_id=row["initiative_id"],
            sentence=(
                f"{row['initiative']} is not done and serves {row['key_result_id']} of "
                f"{row['cycle_id']}, which is over. Link it to this cycle's Key Result, or close"
                " it."
            ),
            evidence=row["evidence"],
            url=row["url"],
        )
        for row in rows_of(wrong)
    )


def conflicts(links: pd.DataFrame) -> pd.DataFrame:
    """One finding per initiative; if only mentions are overruled, its severity is info."""
    overruled = links.loc[links["state"] == "overruled", "initiative_id"]
    there = links["state"].isin(("active", "overruled"))
    involved = links[among(links["initiative_id"], overruled) & there]
    columns = ["initiative_id", "initiative", "key_result_id", "state", "rule", "evidence", "url"]
    involved = involved.assign(
        rule=involved["rule"].mask(involved["decision"] == "accepted", "decision")
    )
    rows = rows_of(involved[columns].fillna({"evidence": ""}))
    by_initiative = groupby(rows, key=itemgetter("initiative_id"))  # links are in this order
    return findings_frame(_conflict(list(claims)) for _, claims in by_initiative)


def _conflict(claims: Sequence[_Row]) -> Finding:
    active = [claim for claim in claims if claim["state"] == "active"]
    overruled = [claim for claim in claims if claim["state"] == "overruled"]
    return Finding(
        rule=Rule.CONFLICTING_LINKS,
        severity="info" if all(claim["rule"] == "mention" for claim in overruled) else "warning",
        subject_type="initiative",
        subject_id=claims[0]["initiative_id"],
        sentence=(
            f"{claims[0]['initiative']} serves {_claims_in_words(active)}, which overrules "
            f"{_claims_in_words(overruled)}. Make them agree, or name both in the stronger place."
        ),
        evidence="; ".join(f"{claim['rule']}: {claim['evidence']}" for claim in claims),
        url=overruled[0]["url"],
    )


def _claims_in_words(claims: Sequence[_Row]) -> str:
    return " and ".join(f"{claim['key_result_id']} (by {claim['rule']})" for claim in claims)


def orphans(
    links: pd.DataFrame,
    key_results: pd.DataFrame,
    initiatives: pd.DataFrame,
    names: pd.Series[str],
) -> pd.DataFrame:
    """Initiatives that are meant to serve something and do not, and Key Results without work."""
    active = links[links["state"] == "active"]
    idle = initiatives[~among(initiatives["initiative_id"], active["initiative_id"])]
    idle = idle.reindex(columns=["initiative_id", "url"])
    bare = sorted(set(key_results["key_result_id"]) - set(active["key_result_id"]))
    work = [
        Finding(
            rule=Rule.INITIATIVE_WITHOUT_KEY_RESULT,
            severity="info",
            subject_type="initiative",
            subject_id=row["initiative_id"],
            sentence=(
                f"{names[row['initiative_id']]} serves no Key Result. Link it, or decide that it is"
                " other work (okr links other, or on the page)."
            ),
            url=row["url"] if isinstance(row["url"], str) else None,
        )
        for row in rows_of(idle.sort_values("initiative_id"))
    ]
    results = [
        Finding(
            rule=Rule.KEY_RESULT_WITHOUT_INITIATIVE,
            severity="info",
            subject_type="key result",
            subject_id=key_result_id,
            sentence=(
                f"No initiative serves {key_result_id}. Link the work that is meant to move it."
            ),
        )
        for key_result_id in bare
    ]
    return findings_frame([*work, *results])


def _words(field: str) -> str:
    return f"“{field}”" if isinstance(field, str) and field else "its record"
