"""Objectives that are only a column of a sheet of Key Results."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from okr_model.entities import read_key_results
from okr_model.entities.derived.column_objectives import column_objectives, in_cycles, written_out
from tests.support.okr_cells import Q3, Q4, ZONE, frame, record


def sheet(*rows: tuple[str, str, str | None], **more: Any) -> pd.DataFrame:
    """Key Results with an Objective, a cycle and a team each."""
    return frame(
        *(
            record("key_results", f"b:0:{n}", id=f"KR-{n}", target=10, baseline=0, cycle=cycle,
                   objective=objective, **({"team": team} if team else {}), **more)
            for n, (objective, cycle, team) in enumerate(rows, 2)
        )
    )  # fmt: skip


def read(
    cells: pd.DataFrame, **more: Any
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    bare = column_objectives(cells, **more)
    key_results, said = read_key_results(cells, bare, [Q3, Q4], ZONE, aliases=more.get("aliases"))
    objectives, alike = in_cycles(bare, key_results)
    return objectives, key_results, said, alike


def test_each_text_is_an_objective_in_each_cycle_of_its_key_results() -> None:
    objectives, key_results, said, alike = read(
        sheet(
            ("Delight customers", "2026-Q4", "Care"),
            ("delight  CUSTOMERS\u200b", "2026-Q4", "care"),
            ("Delight customers", "2026-Q3", "Care"),
            ("Grow", "2026-Q4", "Sales"),
            ("Grow", "2026-Q4", "Care"),
        )
    )
    assert said.empty
    assert alike.empty
    shown = objectives[["objective_id", "cycle_id", "title", "level", "team"]]
    rows = shown.astype("object").where(shown.notna(), None).to_numpy().tolist()
    assert sorted(rows, key=str) == [
        ["Delight customers", "2026-Q3", "Delight customers", "team", "Care"],
        ["Delight customers", "2026-Q4", "Delight customers", "team", "Care"],
        ["Grow", "2026-Q4", "Grow", "company", None],
    ]
    assert key_results["objective_id"].tolist()[:3] == ["Delight customers"] * 3
    assert key_results["objective"].tolist()[1] == "Delight customers"


def test_the_id_is_the_published_spelling_then_the_usual_one() -> None:
    cells = sheet(("grow", "2026-Q4", None), ("Grow", "2026-Q4", None), ("Grow", "2026-Q4", None))
    assert column_objectives(cells)["objective_id"].tolist() == ["Grow"]
    held = pd.DataFrame({"objective_id": ["GROW"]})
    assert column_objectives(cells, held=held)["objective_id"].tolist() == ["GROW"]


def test_an_alias_leads_to_the_present_text() -> None:
    objectives, key_results, said, _ = read(
        sheet(("Grow", "2026-Q4", None), ("Grow well", "2026-Q4", None)),
        aliases={"grow": "Grow well"},
    )
    assert objectives["objective_id"].tolist() == ["Grow well"]
    assert set(key_results["objective_id"]) == {"Grow well"}
    assert said.empty


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        ("Delight our customers", "Delight our custommers", True),
        ("Delight our customers", "Delight our customers.", True),
        ("Delight our customers in 2026", "Delight our customers in 2027", False),
        ("Grow sales in Asia", "Grow sales in Africa", False),
        ("Grow", "Glow", False),
    ],
)
def test_texts_that_are_nearly_alike_stay_two_and_are_asked_about(
    one: str, other: str, asked: bool
) -> None:
    objectives, _, _, alike = read(
        sheet((one, "2026-Q4", None), (one, "2026-Q4", None), (other, "2026-Q4", None))
    )
    assert len(objectives) == 2
    assert alike["rule"].tolist() == (["similar objectives"] if asked else [])
    if asked:
        assert alike["subject_id"].tolist() == [other]
        assert one in alike["sentence"].iloc[0]


def test_a_key_result_without_an_objective_has_none() -> None:
    objectives, key_results, said, _ = read(sheet(("", "2026-Q4", None), ("Grow", "2026-Q4", None)))
    assert objectives["objective_id"].tolist() == ["Grow"]
    assert key_results["objective_id"].isna().tolist() == [True, False]
    assert said.empty


def test_no_column_makes_no_objective() -> None:
    cells = frame(record("key_results", "1", id="KR-1", target=1, baseline=0, cycle="2026-Q4"))
    objectives, _, _, alike = read(cells)
    assert objectives.empty
    assert alike.empty


RECORDED = pd.DataFrame({"objective_id": ["O-1", "O-2"], "title": ["Grow sales", None]})


@pytest.mark.parametrize(
    ("texts", "is_written"),
    [
        (["Delight our customers", "Fewer faults"], True),
        (
            ["Delight our customers", "O-1"],
            False,
        ),  # one is an id, so the others were to be ids, too
        (["O-7", "O-8"], False),  # ids of Objectives that are gone
        (["Delight our customers", "grow  SALES"], False),  # the title of a record
        (["Delight our customers", "O\u20112"], False),
    ],
)
def test_a_place_writes_its_objectives_out_beside_those_with_records(
    texts: list[str], is_written: bool
) -> None:
    mine = sheet(*((text, "2026-Q4", None) for text in texts))
    other = sheet(("O-1", "2026-Q4", None)).assign(place="another/tab")
    cells = pd.concat([mine, other], ignore_index=True)
    objectives = column_objectives(written_out(cells, RECORDED))
    assert sorted(objectives["title"]) == (sorted(texts) if is_written else [])


def test_nothing_is_written_out_where_no_record_could_be_read_or_a_relation_is_meant() -> None:
    cells = sheet(("Delight our customers", "2026-Q4", None))
    assert written_out(cells, RECORDED[:0]).empty
    related = {"kind": "refs", "text": "Delight our customers", "refs": ["page"]}
    of_notion = record("key_results", "page-1", "notion", id="KR-1", objective=related)
    assert written_out(frame(of_notion), RECORDED).empty
