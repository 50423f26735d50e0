"""Which teams and Key Results a reader may not see.

What belongs here: restrictions, and what remains of them for somebody's groups. What does not:
finding what tells of a Key Result (``subjects``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from okr_model.languages.folding import same_id


@dataclass(frozen=True, slots=True)
class Restriction:
    """Teams and Key Results that only some groups may see.

    Attributes:
        groups: Whose members see them; with none, only who sees everything.
        teams: All Key Results, Objectives and KPIs of these teams, past and present.
        key_results: Ids of Key Results.
    """

    groups: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    key_results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hidden:
    """What somebody may not see.

    Attributes:
        teams: Names, as :func:`okr_model.languages.folding.same_id` spells them.
        key_results: Ids, likewise.
        former: Former ids of Key Results and the present ones, likewise.
    """

    teams: frozenset[str] = frozenset()
    key_results: frozenset[str] = frozenset()
    former: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.teams or self.key_results)


NOTHING = Hidden()
"""Of whom nothing is hidden."""


def hidden_from(
    groups: Collection[str],
    restrictions: Iterable[Restriction],
    aliases: Mapping[str, str] | None = None,
) -> Hidden:
    """What is hidden from somebody who belongs to ``groups``.

    What several restrictions name is seen only by whom each of them lets see it.

    Args:
        groups: Compared letter by letter: they are not names that people type.
        restrictions: All restrictions.
        aliases: Former id of a Key Result -> present one.
    """
    apply = [one for one in restrictions if not set(groups) & set(one.groups)]
    former = {(same_id(old), same_id(new)) for old, new in (aliases or {}).items()}
    return Hidden(
        frozenset(same_id(team) for one in apply for team in one.teams),
        frozenset(same_id(key) for one in apply for key in one.key_results),
        frozenset(former) if apply else frozenset(),
    )
