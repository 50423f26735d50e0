"""The checklist of a cycle: each item computed from published tables, or attested by a person.

What belongs here: computing the items. What does not: which there are
(``okr_model.governance.checklist``), recording attestations, printing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.governance.checklist import ATTEST, ITEMS, Item, attestations_in_force
from okr_model.governance.original_terms import TERMS
from okr_model.governance.phases import last_day_of
from okr_model.governance.preparation import preparation_steps
from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team
from okr_model.wording import share
from published.errors import UserError
from published.formatting import ENGLISH
from published.moment import last_day
from published.organization import Organization
from published.records import records
from published.rituals.adoption.team_cycles import FEWEST, kick_offs
from published.snapshot import Snapshot

State = Literal["done", "open", "unknown"]
_GOOD = 0.8
_MOST_NAMED = 5
_LATE = (Rule.CHANGED_IN_FINAL_PUSH, Rule.NEW_IN_FINAL_PUSH)
_TWINS = (Rule.DUPLICATE_KEY_RESULT, Rule.COMPETING_KEY_RESULTS)
_Told = tuple[bool | None, str]
"""Whether an item is done, None if it is not known; and why."""


class NoChecklistError(UserError):
    """There is no such cycle, or the tables are of an earlier version."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One item of a cycle.

    Attributes:
        item: Its name.
        says: What is so when it is done.
        kind: ``computed`` or ``attested``.
        state: ``done``, ``open`` or ``unknown``.
        because: The figures that say so; of an attested one, the reason that was given.
        told_by: The tables and columns that it is computed from; empty if it is attested.
        attested_by: Who attested it; None if it is computed, or nobody did.
        attested_on: On which day, in the organization's zone.
        decision_id: The decision, which undo takes.
    """

    item: str
    says: str
    kind: Literal["computed", "attested"]
    state: State
    because: str
    told_by: str
    attested_by: str | None = None
    attested_on: dt.date | None = None
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Facts:
    """The rows of a cycle, and of the one before it."""

    tables: Snapshot
    organization: Organization
    cycle: str
    start: dt.date
    end: dt.date
    day: dt.date
    key_results: pd.DataFrame
    objectives: pd.DataFrame
    findings: pd.DataFrame
    before: pd.DataFrame
    last: str | None


def checklist_of(tables: Snapshot, organization: Organization, cycle: str) -> list[Checked]:
    """Every item of a cycle, in the order of :data:`okr_model.governance.checklist.ITEMS`.

    Args:
        tables: The published tables.
        organization: Whose they are.
        cycle: The cycle.

    Raises:
        NoChecklistError: There is no such cycle, or the tables are of an earlier version.
    """
    facts = _facts(tables, organization, cycle)
    attested = _attested(tables, facts.cycle)
    return [
        _by_person(item, attested.get(item.name), organization.zone)
        if item.is_attested
        else _computed(item, _COMPUTED[item.name](facts))
        for item in ITEMS
    ]


def _facts(tables: Snapshot, organization: Organization, cycle: str) -> _Facts:
    found = next((one for one in organization.cycles if same_id(one.id) == same_id(cycle)), None)
    if found is None:
        there = ", ".join(one.id for one in organization.cycles)
        raise NoChecklistError(f"there is no cycle {cycle!r}. There are: {there}")
    objectives = tables.table("objectives", "cycle_id = ?", [found.id])
    if not {"indicators"} <= {*objectives}:
        raise NoChecklistError("the published tables are older than the checklist. Run: okr sync")
    earlier = [one for one in organization.cycles if one.end < found.start]
    last = max(earlier, key=lambda one: one.end).id if earlier else None
    findings = tables.table("findings")
    return _Facts(
        *(tables, organization, found.id, found.start, found.end, last_day(tables)),
        key_results=tables.table("key_results", "cycle_id = ?", [found.id]),
        objectives=objectives,
        findings=findings[findings["acknowledgement"].isna()],
        before=tables.table("scores", "cycle_id = ?", [last or ""]),
        last=last,
    )


def _attested(tables: Snapshot, cycle: str) -> dict[str, dict[str, Any]]:
    rows = tables.table("decisions", "action = ? AND in_force AND cycle_id = ?", [ATTEST, cycle])
    return {row["item"]: row for row in rows.to_dict("records")}


def _by_person(item: Item, row: Mapping[str, Any] | None, zone: dt.tzinfo) -> Checked:
    if row is None:
        return Checked(item.name, item.says, "attested", "open", "nobody has attested it", "")
    on = pd.Timestamp(row["decided_at"]).tz_convert(zone).date()
    said = (str(row["why"]), "", str(row["decided_by"]), on, str(row["decision_id"]))
    return Checked(item.name, item.says, "attested", "done", *said)


def pending_attestations(
    items: Iterable[Checked], log: pd.DataFrame, cycle: str
) -> dict[str, dict[str, Any] | None]:
    """What counts from the next run: by item the newer attestation, None where it is taken back.

    Args:
        items: The items of a cycle as they are published.
        log: All decisions, the newest among them.
        cycle: The cycle.
    """
    made = attestations_in_force(log)
    newest = {row["item"]: row for row in records(made[made["cycle_id"] == cycle])}
    found: dict[str, dict[str, Any] | None] = {}
    for one in items:
        row = newest.get(one.item)
        if (row["decision_id"] if row else None) != one.decision_id:
            found[one.item] = row
    return found


def _computed(item: Item, told: _Told) -> Checked:
    done, because = told
    state: State = "unknown" if done is None else "done" if done else "open"
    return Checked(item.name, item.says, "computed", state, because, item.told_by)


def _owner(facts: _Facts) -> _Told:
    return _each(facts.key_results["owner"].notna(), facts.key_results, "have one")


def _figures(facts: _Facts) -> _Told:
    rows = facts.key_results
    return _each((rows["progress_state"] != "no baseline") & rows["target"].notna(), rows, "do")


def _source(facts: _Facts) -> _Told:
    rows = facts.key_results
    return _each((rows["value_state"] != "no value") | rows["measure"].notna(), rows, "have one")


def _outcome(facts: _Facts) -> _Told:
    judged = facts.key_results[facts.key_results["quality"].notna()]
    if judged.empty and len(facts.key_results):
        return None, "no statement is in a language whose words are known"
    good = [("outcome" not in list(failed)) for failed in judged["quality"]]
    return _each(pd.Series(good, judged.index, dtype="bool"), judged, "do")


def _few_objectives(facts: _Facts) -> _Told:
    counts = facts.objectives.groupby("team")["objective_id"].nunique()
    most, many = (
        facts.organization.limits.most_objectives,
        sorted(counts.index[counts > facts.organization.limits.most_objectives]),
    )
    return _whole(counts, many, f"have up to {most} each")


def _few_key_results(facts: _Facts) -> _Told:
    rows, limits = facts.objectives, facts.organization.limits
    above = set(rows["parent_id"].dropna())
    alone = ~rows["objective_id"].isin(above)
    good = rows["key_results"] <= limits.most_key_results
    good &= ~alone | (rows["key_results"] >= limits.fewest_key_results)
    return _each(good, rows, "do (one to which others contribute may have none)", "objective_id")


def _aligned(facts: _Facts) -> _Told:
    rows = facts.objectives
    if len(rows) and rows["parent_id"].isna().all():
        return None, "no Objective says what it contributes to"
    found = facts.findings[facts.findings["rule"] == Rule.AGAINST_THE_ARCHITECTURE]
    of_key_results = dict(
        facts.key_results[["key_result_id", "objective_id"]].itertuples(index=False, name=None)
    )
    named = found["subject_id"].where(
        found["subject_type"] != "level", found["evidence"].str.split(", ")
    )
    wrong = {of_key_results.get(name, name) for name in named.explode()}
    return _each(
        (rows["parent_id"].notna() | (rows["level"] == "company"))
        & ~rows["objective_id"].isin(wrong),
        rows,
        "do, as the architecture asks for, or are Objectives of the company",
        "objective_id",
    )


def _indicators(facts: _Facts) -> _Told:
    rows = facts.objectives[facts.objectives["indicators"].isin(["mixed", "leading", "lagging"])]
    if rows.empty:
        return None, "of no Objective can it be told"
    return _each(rows["indicators"] == "mixed", rows, "have both", "objective_id")


def _no_findings(*rules: Rule) -> Callable[[_Facts], _Told]:
    def told(facts: _Facts) -> _Told:
        rows = facts.findings[facts.findings["rule"].isin([*map(str, rules)])]
        mine = rows["subject_id"].isin(facts.key_results["key_result_id"])
        names = rows["subject_id"][(rows["subject_type"] != "key result") | mine]
        called = facts.tables.table("initiatives").set_index("initiative_id")["initiative"]
        names = names.map(lambda name: called.get(name, name))
        said = ENGLISH.counted(len(names), "open finding", "open findings")
        return names.empty, said + _not(names, ": ")

    return told


def _initiatives(facts: _Facts) -> _Told:
    baseline = last_day_of("baseline", facts.start, facts.end, facts.organization.phases)
    if facts.day <= baseline:
        return None, f"it is asked from the day after {baseline} on"
    return _each(facts.key_results["initiatives"] > 0, facts.key_results, "have one")


def _on_time(facts: _Facts) -> _Told:
    rows = facts.tables.table("adoption", "cycle_id = ?", [facts.cycle])
    due = int(rows[["on_time", "late", "missed"]].to_numpy().sum())
    return _share(int(rows["on_time"].sum()), due, "check-ins that were due")


def _content(facts: _Facts) -> _Told:
    rows = facts.tables.table("check_ins", "cycle_id = ?", [facts.cycle])
    if len(rows) and rows["lacks"].isna().all():
        return None, "no check-in states a cause or a next action in a field that is read"
    said = rows["lacks"].dropna()
    return _share(sum(not len(lacks) for lacks in said), len(said), "check-ins")


def _fresh(facts: _Facts) -> _Told:
    rows = facts.key_results
    old = [str(Rule.STALE_VALUE) in list(_listed(names)) for names in rows["signals"]]
    return _each(~pd.Series(old, rows.index, dtype="bool"), rows, "are fresh")


def _early(facts: _Facts) -> _Told:
    rows = facts.tables.table("adoption", "cycle_id = ?", [facts.cycle])
    low, early = int(rows["called_low"].sum()), int(rows["called_low_early"].sum())
    if not low:
        return None, f"nothing was called {facts.organization.confidence[-1]}"
    called = facts.organization.confidence[-1]
    return early * 2 >= low, f"{early} of {low} calls of {called} came early; half is enough"


def _reasons(facts: _Facts) -> _Told:
    rows = facts.tables.table("changes", "cycle_id = ?", [facts.cycle])
    rows = rows[rows["field"].isin(TERMS) & rows["old"].notna()]
    if rows.empty:
        return True, "no term was changed"
    return _each(rows["rationale"].notna(), rows, "have one")


def _freeze(facts: _Facts) -> _Told:
    review = last_day_of("mid-cycle review", facts.start, facts.end, facts.organization.phases)
    if facts.day <= review:
        return None, f"the final push begins after {review}"
    if facts.day > facts.end:
        return None, "nothing is asked of it once the cycle has ended"
    return _no_findings(*_LATE)(facts)


def _of_last(column: str, words: str) -> Callable[[_Facts], _Told]:
    def told(facts: _Facts) -> _Told:
        if facts.before.empty:
            return None, "there is no cycle before"
        return _each(facts.before[column].notna(), facts.before, words)

    return told


def _lessons(facts: _Facts) -> _Told:
    if facts.before.empty:
        return None, "there is no cycle before"
    key_results = facts.tables.table("key_results", "cycle_id = ?", [facts.last])
    named = key_results[["key_result_id", "team", "teams"]]
    rows = by_team(facts.before.drop(columns="team").merge(named, on="key_result_id"))
    wrote = rows["lesson"].notna().groupby(rows["team"]).any()
    return _whole(wrote, sorted(wrote.index[~wrote]), "wrote one")


def _kick_off(facts: _Facts) -> _Told:
    steps = preparation_steps(facts.start, facts.end, facts.organization.phases)
    most = (facts.start - steps[0].starts_on).days if steps else 0
    if not steps or facts.day <= facts.start + dt.timedelta(days=most):
        return None, f"within {most} days from the end of the cycle before"
    teams = sorted(by_team(facts.key_results)["team"].unique())
    said = facts.tables.table("check_ins", "cycle_id = ?", [facts.cycle])
    took = kick_offs(facts.tables.table("key_results"), said, facts.cycle)
    late = [team for team in teams if team not in took or took[team] > most]
    return _whole(teams, late, f"within {most} days")


_COMPUTED: Mapping[str, Callable[[_Facts], _Told]] = {
    "owner": _owner,
    "figures": _figures,
    "source": _source,
    "outcome": _outcome,
    "few objectives": _few_objectives,
    "few key results": _few_key_results,
    "aligned": _aligned,
    "leading and lagging": _indicators,
    "no competition": _no_findings(*_TWINS),
    "initiatives": _initiatives,
    "linked work": _no_findings(Rule.INITIATIVE_WITHOUT_KEY_RESULT),
    "on time": _on_time,
    "content": _content,
    "fresh": _fresh,
    "early": _early,
    "reasons": _reasons,
    "freeze": _freeze,
    "scored": _of_last("score", "have one"),
    "closed": _of_last("closed_as", "are closed"),
    "lessons": _lessons,
    "kick-off": _kick_off,
}


def _each(good: pd.Series, rows: pd.DataFrame, words: str, name: str = "key_result_id") -> _Told:
    """Whether it is so of every row; unknown where there is none."""
    if rows.empty:
        return None, "there is none yet"
    left = rows.loc[~good.astype("bool"), name]
    return left.empty, f"{int(good.sum())} of {len(rows)} {words}{_not(left)}"


def _whole(teams: Any, left: list[str], words: str) -> _Told:
    if not len(teams):
        return None, "there is no team yet"
    return not left, f"{len(teams) - len(left)} of {len(teams)} teams {words}{_not(left)}"


def _share(part: int, whole: int, of: str) -> _Told:
    if whole < FEWEST:
        return None, f"fewer than {FEWEST} {of}"
    return part >= _GOOD * whole, f"{share(part / whole)} of {whole} {of}"


def _not(names: Iterable[str], before: str = "; not ") -> str:
    some = sorted(set(names))
    if not some:
        return ""
    more = f" and {len(some) - _MOST_NAMED} more" if len(some) > _MOST_NAMED else ""
    return f"{before}{', '.join(some[:_MOST_NAMED])}{more}"


def _listed(names: Any) -> list[str]:
    return [] if names is None or isinstance(names, float) else list(names)
