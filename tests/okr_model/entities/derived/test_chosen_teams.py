"""Labels and other values of which only some are teams."""

from __future__ import annotations

import pandas as pd
import pytest

from okr_model.entities import read_key_results, read_objectives, with_teams_chosen
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q4, ZONE, frame, record


def cells_of(*labels: str) -> pd.DataFrame:
    rows = [
        record("key_results", str(n), "jira", id=f"KR-{n}", target=5, baseline=0,
               team={"kind": "refs" if text else "empty", "text": text})
        for n, text in enumerate(labels)
    ]  # fmt: skip
    return frame(*rows).assign(dataset="labels")


@pytest.mark.parametrize(
    ("names", "labels", "team"),
    [
        ({"team-*": "*"}, "urgent, team-growth, team-Data", "growth, Data"),
        ({"team-*": "*"}, "TEAM‑growth", "growth"),
        ({"team-*": "*"}, "urgent, teamwork, team-", None),
        ({"growth": "Growth"}, "urgent, GROWTH, growth-hack", "Growth"),
        ({"team-cx": "Customer experience", "team-*": "*"}, "team-cx, team-web",
         "Customer experience, web"),
        ({"*-squad": "Squad *"}, "red-squad, squad", "Squad red"),
        ({"a": "Web", "b": "Web"}, "a, b", "Web"),
        ({"team *": "*"}, "team blue, teams", "blue"),
        ({"team-*": "*"}, "", None),
    ],
)  # fmt: skip
def test_only_chosen_values_are_teams(names: dict[str, str], labels: str, team: str | None) -> None:
    cells, _ = with_teams_chosen(cells_of(labels), {"labels": names})
    [cell] = cells[cells["field"] == "team"].to_dict("records")
    assert (cell["text"] or None, cell["kind"]) == (team, "text" if team else "empty")


def test_what_fits_nothing_is_a_finding_that_lists_what_there_is() -> None:
    _, findings = with_teams_chosen(
        cells_of("urgent, Growth", "data"), {"labels": {"growht": "Growth", "data": "Data"}}
    )
    [finding] = findings
    assert finding.rule == "unknown name"
    assert "“growht” fits no value" in finding.sentence
    assert "there are data, Growth, urgent." in finding.sentence


def test_a_key_result_with_two_team_labels_has_two_teams() -> None:
    cells, _ = with_teams_chosen(
        cells_of("team-growth, urgent, team-web", "team-Growth", "urgent"),
        {"labels": {"team-*": "*"}},
    )
    objectives, _ = read_objectives(empty_cells(), [Q4])
    rows, _ = read_key_results(cells, objectives, [Q4], ZONE, as_of=Q4.start)
    assert rows["teams"].tolist() == [["Growth", "web"], ["Growth"], None]


def test_fields_without_teams_in_the_settings_are_as_they_were() -> None:
    cells = cells_of("a, b")
    assert with_teams_chosen(cells, {"other": {"a": "A"}})[0] is cells
