"""What contradicts each of the four architectures, against tables written by hand.

The words are those of ``docs/decisions/0016-what-an-okr-architecture-rules-out.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

import pandas as pd
import pytest

from okr_model.finding_rules import Rule
from okr_model.governance.architecture import Architecture, architecture_findings
from okr_model.quantities.cycles import Cycle
from okr_model.review.finding_verdicts import saying
from okr_model.teams.teams import Team, Teams
from tests.support.key_result_frames import NO_KEY_RESULTS, definitions
from tests.support.okr_cells import Q4

NOW, OVER = date(2026, 11, 20), date(2027, 1, 2)
YEAR = Cycle("2026", date(2026, 1, 1), date(2026, 12, 31))
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
LEVELS = ("company", "strategic initiative", "division", "department", "team", "guild")
# A row for each level of an Objective, in that order; a letter for each level of its parent, in
# that order, and at last for no parent. x contradicts the words, . does not for certain.
BY_HAND: dict[Architecture, str] = {
    # Teams work directly on company OKRs: no unit has Objectives, and nothing stands under one.
    "company_okrs": """
        ..xxx..
        ..xxx..
        xxxxxxx
        xxxxxxx
        xxxxxxx
        .......
    """,
    # Teams contribute to strategic-initiative OKRs: not to the company's, nor to each other's.
    "strategic_initiatives": """
        ..xxx..
        ..xxx..
        x.xxx..
        x..xx..
        x...x..
        .......
    """,
    # Teams adopt company Objectives: not those of strategic initiatives, nor each other's.
    "adopted_objectives": """
        ..xxx..
        ..xxx..
        .xxxx..
        .x.xx..
        .x..x..
        .......
    """,
    # Company and team OKRs, team ones contributing upwards.
    "team_okrs": """
        ..xxx..
        ..xxx..
        .xxxx..
        .x.xx..
        .x..x..
        .......
    """,
}


def objectives(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "cycle_id": Q4.id,
        "level": "team",
        "team": None,
        "parent_id": None,
        "url": None,
        "level_source": "declared",
    }
    return pd.DataFrame(
        [{"objective_id": f"O-{number}", **usual, **row} for number, row in enumerate(rows, 1)],
        columns=["objective_id", *usual],
    ).astype("str")


def found(
    architecture: Architecture,
    of: pd.DataFrame,
    key_results: pd.DataFrame = NO_KEY_RESULTS,
    teams: Sequence[Team] = (),
    day: date = NOW,
) -> list[str]:
    """Whatever is found; each Objective of what is found as one."""
    rows = architecture_findings(architecture, of, key_results, [YEAR, Q4], Teams(teams), day)
    assert (rows["rule"] == Rule.AGAINST_THE_ARCHITECTURE).all()
    as_one = rows["subject_type"] == "level"
    names = rows["subject_id"].where(~as_one, rows["evidence"].str.split(", "))
    order = [*of["objective_id"], *key_results["key_result_id"]]
    return sorted(names.explode(), key=order.index) if as_one.any() else names.tolist()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_level_under_every_level(architecture: Architecture) -> None:
    parents = [{"objective_id": level, "level": level, "team": "Above"} for level in LEVELS]
    pairs = [(level, parent) for level in LEVELS for parent in (*LEVELS, None)]
    children = [
        {
            "objective_id": f"{level} < {parent}",
            "level": level,
            "team": "Sales",
            "parent_id": parent,
        }
        for level, parent in pairs
    ]
    letters = "".join(BY_HAND[architecture].split())
    wanted = [
        child["objective_id"]
        for child, letter in zip(children, letters, strict=True)
        if letter == "x"
    ]
    of = objectives(*parents, *children)
    assert [name for name in found(architecture, of) if name not in LEVELS] == wanted


# Under an Objective of each level, in the order of LEVELS: a Key Result of the same team as the
# Objective, of another team, and of none.
@pytest.mark.parametrize(
    ("architecture", "by_hand"),
    [
        # Teams work directly on company OKRs: not on those of strategic initiatives.
        ("company_okrs", [".x....", ".x....", "......"]),
        ("strategic_initiatives", ["......", "......", "......"]),
        # They write their own Key Results under company Objectives that they adopt.
        ("adopted_objectives", [".x....", ".xxxx.", "......"]),
        ("team_okrs", ["......", "......", "......"]),
    ],
)
def test_whose_key_results_stand_under_what(architecture: Architecture, by_hand: list[str]) -> None:
    of = objectives(*({"objective_id": one, "level": one, "team": "Above"} for one in LEVELS))
    rows = [
        {"key_result_id": f"{team} < {level}", "team": team, "objective_id": level}
        for team in ("Above", "Sales", None)
        for level in LEVELS
    ]
    wanted = [
        row["key_result_id"]
        for row, letter in zip(rows, "".join(by_hand), strict=True)
        if letter == "x"
    ]
    names = found(architecture, of, definitions(*rows))
    assert [name for name in names if name not in LEVELS] == wanted


def test_a_finding_names_the_record_its_parent_the_rule_and_what_would_be_legal() -> None:
    of = objectives(
        {"level": "company"}, {"team": "Sales", "parent_id": "O-1", "url": "https://acme.invalid/2"}
    )
    row = architecture_findings(
        "strategic_initiatives", of, NO_KEY_RESULTS, [Q4], Teams(), NOW
    ).iloc[0]
    assert row["sentence"] == (
        "Objective O-2 is of the level team (Sales), and its parent O-1 is of the level company."
        " In the architecture strategic_initiatives, teams contribute to OKRs of strategic"
        " initiatives: name an Objective of a strategic initiative as its parent, or write the"
        " level that is right."
    )
    told = row[["severity", "subject_type", "subject_id", "evidence", "url"]].tolist()
    assert told == ["warning", "objective", "O-2", "O-1", "https://acme.invalid/2"]


@pytest.mark.parametrize(
    ("wrong", "right", "one"), [(2, 0, False), (3, 0, True), (5, 1, True), (4, 1, False)]
)
def test_a_level_that_nearly_all_contradicts_is_found_once(
    wrong: int, right: int, one: bool
) -> None:
    company, strategic = {"level": "company"}, {"level": "strategic initiative"}
    wrongs = [{"team": "Sales", "parent_id": "O-1"}] * wrong
    of = objectives(company, strategic, *wrongs, *[{"team": "Sales", "parent_id": "O-2"}] * right)
    names = [f"O-{number}" for number in range(3, 3 + wrong)]
    rows = architecture_findings("strategic_initiatives", of, NO_KEY_RESULTS, [Q4], Teams(), NOW)
    if not one:
        assert rows["subject_id"].tolist() == names
        return
    told = rows[["subject_type", "subject_id", "severity", "evidence"]].to_numpy().tolist()
    of_all = "Objectives of the level team with a parent"
    assert told == [["level", of_all, "warning", ", ".join(names)]]
    assert rows["sentence"][0] == (
        f"{wrong} of {wrong + right} {of_all} contradict the chosen architecture (such as O-3, O-4,"
        " O-5). If the organization works in another way, choose that under organization:"
        " architecture: in the settings. In the architecture strategic_initiatives, teams"
        " contribute to OKRs of strategic initiatives: name an Objective of a strategic"
        " initiative as its parent, or write the level that is right."
    )


def test_one_more_that_contradicts_is_no_other_matter() -> None:
    def said(count: int) -> str:
        of = objectives({"level": "company"}, *[{"team": "Sales", "parent_id": "O-1"}] * count)
        of = of[::-1] if count > 3 else of
        rows = architecture_findings(
            "strategic_initiatives", of, NO_KEY_RESULTS, [Q4], Teams(), NOW
        )
        return saying(rows["rule"][0], rows["sentence"][0])

    assert said(3) == said(4)


def test_key_results_that_nearly_all_contradict_are_found_once() -> None:
    of = objectives({"level": "strategic initiative"}, {"level": "strategic initiative"})
    theirs = definitions(
        *({"key_result_id": f"KR-{n}", "team": "Sales", "objective_id": "O-1"} for n in (1, 2, 3))
    )
    rows = architecture_findings("company_okrs", of, theirs, [Q4], Teams(), NOW)
    told = rows[["subject_type", "subject_id", "evidence"]].to_numpy().tolist()
    assert told == [["level", "Key Results of teams", "KR-1, KR-2, KR-3"]]


def test_a_level_that_only_assumptions_contradict_is_only_asked_about() -> None:
    of = objectives(*[{"team": "Sales", "level_source": "assumed"}] * 3)
    rows = architecture_findings("company_okrs", of, NO_KEY_RESULTS, [Q4], Teams(), NOW)
    assert rows[["subject_id", "severity"]].to_numpy().tolist() == [
        ["Objectives of the level team", "info"]
    ]


def test_a_level_that_no_record_states_is_only_asked_about() -> None:
    of = objectives(
        {"level": "team", "team": "Sales", "level_source": "assumed"},
        {"level": "team", "team": "Sales", "level_source": None},  # a column of Key Results
    )
    rows = architecture_findings("company_okrs", of, NO_KEY_RESULTS, [Q4], Teams(), NOW)
    assert rows[["subject_id", "severity"]].to_numpy().tolist() == [["O-1", "info"]]
    assert "of the level team (Sales; assumed, as none is written)" in rows["sentence"][0]
    theirs = definitions({"team": "Data", "objective_id": "O-1"})
    assert found("adopted_objectives", of, theirs) == []


def test_a_unit_above_is_known_by_its_level_or_as_what_a_team_is_a_part_of() -> None:
    of = objectives({"team": "Growth"}, {"team": " sales", "parent_id": "O-1"})
    assert found("team_okrs", of) == ["O-2"]
    level = [Team("Growth", level="department")]
    part = [Team("Growth"), Team("West", parent="Growth"), Team("Sales", parent="West")]
    below = [Team("Growth", parent="Sales"), Team("Sales")]
    assert found("team_okrs", of, teams=level) == found("team_okrs", of, teams=part) == []
    assert found("team_okrs", of, teams=below) == ["O-2"]
    theirs = definitions({"team": "Sales", "objective_id": "O-1"})
    assert found("adopted_objectives", of[:1], theirs) == ["KR-1"]
    assert found("adopted_objectives", of[:1], theirs, part) == []


def test_a_key_result_of_several_teams_may_stand_under_what_any_of_them_adopts() -> None:
    of, theirs = objectives({"team": "Growth, Data"}), {"objective_id": "O-1"}
    shared = definitions({"team": "Sales, growth", **theirs}, {"team": "Sales, West", **theirs})
    assert found("adopted_objectives", of, shared) == ["KR-2"]


def test_a_team_may_have_a_longer_objective_over_its_own_and_nothing_else_sideways() -> None:
    longer = {"team": "Sales", "cycle_id": YEAR.id}
    of = objectives(
        longer,
        {"team": "Sales", "parent_id": "O-1"},
        {"team": "Data", "parent_id": "O-1"},
        {"parent_id": "O-1"},  # of an unknown team
        {"team": "Sales", "parent_id": "O-2"},
    )
    assert found("team_okrs", of) == ["O-3", "O-5"]


def test_a_parent_is_that_of_the_same_cycle_where_there_is_one() -> None:
    of = objectives(
        {"objective_id": "O-9", "cycle_id": YEAR.id, "team": "Data"},
        {"objective_id": "O-9", "level": "Company"},
        {"team": "Sales", "parent_id": "O-9"},
        {"team": "Sales", "parent_id": "O-10"},  # there is none
    )
    assert found("team_okrs", of) == []


def test_a_strategic_initiative_is_one_however_it_is_written() -> None:
    written = ("Strategic Initiative", "strategic-initiative", "strategic_initiative")
    of = objectives(*({"level": level} for level in written), {"level": "strategic"})
    children = objectives(*({"team": "Sales", "parent_id": f"O-{n}"} for n in (1, 2, 3, 4)))
    children["objective_id"] = ["a", "b", "c", "d"]
    assert found("team_okrs", pd.concat([of, children], ignore_index=True)) == ["a", "b", "c"]


def test_nothing_is_asked_once_the_cycle_is_over() -> None:
    of = objectives({"level": "strategic initiative"}, {"team": "Sales"})
    theirs = definitions({"team": "Sales", "objective_id": "O-1"})
    assert found("company_okrs", of, theirs, day=Q4.end) == ["O-2", "KR-1"]
    assert found("company_okrs", of, theirs, day=OVER) == []
