"""Where Objectives and Key Results may stand in the architecture that an organization has chosen.

What belongs here: the four architectures, and what contradicts the chosen one. What does not: what
a record names that is not there (``entities``), and what an Objective without a parent contributes
to, which is not known (``published.rituals.checklist``).

A unit is a team, a department or a division. Only what contradicts the chosen architecture for
certain is found, by ``docs/decisions/0016-what-an-okr-architecture-rules-out.md``: a level that is
none of those named here is not judged, neither as a child nor as a parent; nor is an Objective that
is only a column of Key Results. What rests on a level that no record states is ``info``. Where
nearly all of a level contradict, one finding says so: the chosen architecture may be the wrong one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import same_id
from okr_model.quantities.cycles import Cycle
from okr_model.quantities.teams import split_teams
from okr_model.teams.teams import Team, Teams

Architecture = Literal["company_okrs", "strategic_initiatives", "adopted_objectives", "team_okrs"]
_COMPANY, _STRATEGIC = "company", "strategic initiative"
_UNITS = ("division", "department", "team")
"""From the highest."""
_NO_UNIT = "name no team's as its parent"
_UNDER_THE_COMPANY = "put it under an Objective of the company"
_FEW, _SHARE, _MOST_NAMED = 3, 0.8, 3
"""So many findings, and more than this share of what is judged, are one: its first are named."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """One architecture.

    Attributes:
        says: It, in words.
        parent: The level to which Objectives of units contribute; None: units have no Objectives.
        instead: What a unit's Objective would do in it.
    """

    says: str
    parent: str | None
    instead: str


_RULES: Mapping[Architecture, _Rules] = {
    "company_okrs": _Rules(
        "teams work directly on the company's OKRs",
        None,
        "put its Key Results under an Objective of the company",
    ),
    "strategic_initiatives": _Rules(
        "teams contribute to OKRs of strategic initiatives",
        _STRATEGIC,
        "name an Objective of a strategic initiative as its parent",
    ),
    "adopted_objectives": _Rules(
        "teams adopt Objectives of the company and write their own Key Results under them",
        _COMPANY,
        "name the Objective of the company that it adopts as its parent",
    ),
    "team_okrs": _Rules(
        "company and teams have OKRs, and those of teams contribute upwards",
        _COMPANY,
        "name an Objective of the company, or of a unit above, as its parent",
    ),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an Objective stands.

    Attributes:
        level: As the settings and its record say; None if it is none that is judged.
        teams: Whose it is, as written.
        cycle: Its cycle, if that is known.
        assumed: Whether its record states no level.
    """

    level: str | None
    teams: tuple[str, ...]
    cycle: str | None
    assumed: bool

    @property
    def of_a_unit(self) -> bool:
        """Whether it is a team's, a department's or a division's."""
        return self.level in _UNITS

    def __str__(self) -> str:
        notes = [", ".join(self.teams)] if self.of_a_unit and self.teams else []
        notes += ["assumed, as none is written"] if self.assumed else []
        return f"{self.level} ({'; '.join(notes)})" if notes else str(self.level)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is judged, and by what.

    Attributes:
        architecture: The chosen one.
        units: The declared teams, by what spellings of their names share.
        asked: The cycles that come or run.
        of_cycle: The places of Objectives by id and cycle.
        anywhere: The same by id alone, for one that is named in another cycle.
    """

    architecture: Architecture
    units: Mapping[str, Team]
    asked: frozenset[str]
    of_cycle: Mapping[tuple[str, str | None], _Place]
    anywhere: Mapping[str, _Place]

    @property
    def rules(self) -> _Rules:
        return _RULES[self.architecture]

    def place(self, objective_id: object, cycle_id: str) -> _Place | None:
        """Where an Objective stands; None if there is none of that id."""
        name = or_none(objective_id) or ""
        return self.of_cycle.get((name, cycle_id)) or self.anywhere.get(name)

    def is_part(self, below: Iterable[str], above: Iterable[str]) -> bool:
        """Whether one of some teams is a part of one of others."""
        wanted = {same_id(team) for team in above}
        for team in below:
            name, passed = same_id(team), set[str]()
            while name in self.units and name not in passed:
                passed.add(name)
                name = same_id(self.units[name].parent or "")
                if name in wanted:
                    return True
        return False


def in_words(architecture: Architecture) -> str:
    """What an architecture says."""
    return _RULES[architecture].says


def architecture_findings(
    architecture: Architecture,
    objectives: pd.DataFrame,
    key_results: pd.DataFrame,
    cycles: Sequence[Cycle],
    teams: Teams,
    as_of: date,
) -> pd.DataFrame:
    """Objectives and Key Results of cycles that come or run and contradict the architecture.

    Args:
        architecture: The chosen one.
        objectives: From :func:`okr_model.entities.read_objectives`.
        key_results: From :func:`okr_model.entities.read_key_results`.
        cycles: The cycles of the settings.
        teams: The declared teams; their levels tell departments and divisions from teams, and
            their parents which unit is above which.
        as_of: The day the findings are about.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    units = teams.by_name()
    of_cycle: dict[tuple[str, str | None], _Place] = {}
    anywhere: dict[str, _Place] = {}
    named = split_teams(objectives["team"], key_results["team"])
    for row, own in zip(objectives.itertuples(index=False, name="Row"), named, strict=True):
        whose = tuple(own or ())
        level = _level(str(row.level), whose, units) if or_none(row.level_source) else None
        place = _Place(level, whose, or_none(row.cycle_id), row.level_source == "assumed")
        of_cycle[(row.objective_id, place.cycle)] = place
        anywhere.setdefault(row.objective_id, place)
    asked = frozenset(cycle.id for cycle in cycles if cycle.end >= as_of)
    facts = _Facts(architecture, units, asked, of_cycle, anywhere)
    whose = split_teams(key_results["team"], objectives["team"])
    return findings_frame(
        [*_of_objectives(objectives, facts), *_of_key_results(key_results, whose, facts)]
    )


def _level(stated: str, teams: Sequence[str], units: Mapping[str, Team]) -> str | None:
    """The level; for a team that the settings declare theirs, as any unit may be called a team."""
    plain = " ".join(same_id(stated).replace("-", " ").replace("_", " ").split())
    if plain == "team":
        declared = (units.get(same_id(team)) for team in teams)
        levels = {(unit and unit.level) or "team" for unit in declared} or {"team"}
        return levels.pop() if len(levels) == 1 else None
    return plain if plain in (_COMPANY, _STRATEGIC, *_UNITS) else None


def _of_objectives(objectives: pd.DataFrame, facts: _Facts) -> Iterator[Finding]:
    """One finding at most for each, about its level or its parent; or one for a whole level."""
    rows = objectives[objectives["cycle_id"].isin(facts.asked)]
    judged, found = Counter[str](), defaultdict[str, list[Finding]](list)
    for row in rows.itertuples(index=False, name="Row"):
        own, parent = (facts.place(one, row.cycle_id) for one in (row.objective_id, row.parent_id))
        if own is None or own.level is None:
            continue
        if own.of_a_unit and facts.rules.parent is None:
            parent = None
        elif parent is None or parent.level is None:
            continue
        judged[own.level] += 1
        if parent is not None and _is_legal(own, parent, facts):
            continue
        found[own.level].append(_of_objective(row, own, parent, facts))
    for level, theirs in found.items():
        with_parent = "" if level in _UNITS and facts.rules.parent is None else " with a parent"
        of = f"Objectives of the level {level}{with_parent}"
        instead = facts.rules.instead if level in _UNITS else _NO_UNIT
        yield from _as_one(theirs, judged[level], of, instead, facts)


def _of_objective(row: Any, own: _Place, parent: _Place | None, facts: _Facts) -> Finding:
    under = f", and its parent {row.parent_id} is of the level {parent}" if parent else ""
    instead = facts.rules.instead if own.of_a_unit else _NO_UNIT
    return Finding(
        rule=Rule.AGAINST_THE_ARCHITECTURE,
        severity="info" if own.assumed or (parent and parent.assumed) else "warning",
        subject_type="objective",
        subject_id=row.objective_id,
        sentence=(
            f"Objective {row.objective_id} is of the level {own}{under}. {_said(facts, instead)}"
        ),
        evidence=or_none(row.parent_id if parent else row.level),
        url=or_none(row.url),
    )


def _as_one(
    found: Sequence[Finding], judged: int, of: str, instead: str, facts: _Facts
) -> Iterable[Finding]:
    """The findings; or a single one where nearly all that are judged contradict, which has a cause.

    Args:
        found: About records of one kind.
        judged: How many of that kind the architecture says something about.
        of: The kind, in words.
        instead: What they would do in it.
        facts: What is judged, and by what.
    """
    if len(found) < _FEW or len(found) <= _SHARE * judged:
        return found
    ids = [one.subject_id for one in found]
    return [
        Finding(
            rule=Rule.AGAINST_THE_ARCHITECTURE,
            severity="info" if all(one.severity == "info" for one in found) else "warning",
            subject_type="level",
            subject_id=of,
            sentence=(
                f"{len(found)} of {judged} {of} contradict the chosen architecture (such as"
                f" {', '.join(ids[:_MOST_NAMED])}). If the organization works in another way,"
                f" choose that under organization: architecture: in the settings."
                f" {_said(facts, instead)}"
            ),
            evidence=", ".join(ids),
        )
    ]


def _is_legal(own: _Place, parent: _Place, facts: _Facts) -> bool:
    """Whether an Objective may have a parent, as far as can be told."""
    if not own.of_a_unit:
        return not parent.of_a_unit
    if parent.of_a_unit:
        return _is_above(own, parent, facts)
    return parent.level == facts.rules.parent


def _is_above(own: _Place, parent: _Place, facts: _Facts) -> bool:
    """Whether a unit's parent is of a unit above, or may be its own of a longer cycle."""
    mine, theirs = ({same_id(team) for team in place.teams} for place in (own, parent))
    if own.cycle != parent.cycle and (mine & theirs or not mine or not theirs):
        return True
    higher = _UNITS.index(str(parent.level)) < _UNITS.index(str(own.level))
    return higher or facts.is_part(own.teams, parent.teams)


def _of_key_results(
    key_results: pd.DataFrame, whose: pd.Series, facts: _Facts
) -> Iterator[Finding]:
    """Those of teams, in the architectures that say under what teams have their Key Results.

    One under an Objective that is found by its level is not found again, nor is one under a level
    that is assumed, as the Objective may well be the company's and name who looks after it.
    """
    if facts.architecture not in ("company_okrs", "adopted_objectives"):
        return
    judged, found = 0, list[Finding]()
    for row, teams in zip(key_results.itertuples(index=False, name="Row"), whose, strict=True):
        over = facts.place(row.objective_id, row.cycle_id)
        if row.cycle_id not in facts.asked or over is None or over.assumed or not teams:
            continue
        judged += over.level is not None
        instead = _UNDER_THE_COMPANY
        if over.level != _STRATEGIC:
            if not _is_of_another(over, teams, facts):
                continue
            instead += f", or under one that {' or '.join(teams)} adopts"
        found.append(
            Finding(
                rule=Rule.AGAINST_THE_ARCHITECTURE,
                severity="warning",
                subject_type="key result",
                subject_id=row.key_result_id,
                sentence=(
                    f"{row.key_result_id} is {', '.join(teams)}'s, and its Objective"
                    f" {row.objective_id} is of the level {over}. {_said(facts, instead)}"
                ),
                evidence=or_none(row.objective_id),
                url=or_none(row.url),
            )
        )
    yield from _as_one(found, judged, "Key Results of teams", _UNDER_THE_COMPANY, facts)


def _is_of_another(over: _Place, teams: Sequence[str], facts: _Facts) -> bool:
    """Whether teams have a Key Result under what another one adopted."""
    if facts.rules.parent is None or not over.of_a_unit or not over.teams:
        return False
    shared = {same_id(team) for team in teams} & {same_id(team) for team in over.teams}
    return not shared and not facts.is_part(teams, over.teams)


def _said(facts: _Facts, instead: str) -> str:
    """What the architecture says, and what to do."""
    return (
        f"In the architecture {facts.architecture}, {facts.rules.says}: {instead}, or write the"
        " level that is right."
    )
