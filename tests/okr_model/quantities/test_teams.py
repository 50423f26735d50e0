"""Texts that name several teams, and names that only look so."""

import pandas as pd
import pytest

from okr_model.quantities.teams import by_team, split_teams


@pytest.mark.parametrize(
    ("text", "teams"),
    [
        ("Sales", ["Sales"]),
        ("Sales, Marketing", ["Sales", "Marketing"]),
        ("Sales;Marketing ;", ["Sales", "Marketing"]),
        ("Sales\nMarketing", ["Sales", "Marketing"]),
        ("sales, SALES", ["Sales"]),
        ("Sales/Marketing", ["Sales", "Marketing"]),
        ("Sales / Finance", ["Sales / Finance"]),  # no team is called Finance
        ("UI/UX", ["UI/UX"]),
        ("Sales & Marketing", ["Sales & Marketing"]),
        ("Sales and Marketing", ["Sales and Marketing"]),
        (" , ", None),
        (None, None),
    ],
)
def test_the_teams_of_a_text(text: str | None, teams: list[str] | None) -> None:
    known = pd.Series(["Sales", "Sales", "Marketing", None])
    assert split_teams(pd.Series([text], dtype="object"), known).tolist() == [teams]


def test_rows_by_team_fall_back_to_the_team_as_written() -> None:
    rows = pd.DataFrame(
        {"key": [1, 2, 3], "team": ["A, B", "A", None], "teams": [["A", "B"], None, None]}
    )
    assert by_team(rows)[["key", "team"]].to_numpy().tolist() == [[1, "A"], [1, "B"], [2, "A"]]
    assert by_team(rows.drop(columns="teams"))["team"].tolist() == ["A, B", "A"]
