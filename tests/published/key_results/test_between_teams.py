"""What ties teams: the last check-in's dependency, and Key Results of several teams."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from published.key_results.between_teams import BetweenTeams, between_teams
from published.key_results.lines import lines_of
from published.moment import Moment
from published.snapshot import Snapshot
from tests.support.page.page_of import site
from tests.support.page.small_tables import DAY, key_result, publish_rows

EARLIER = DAY - dt.timedelta(days=7)


def said(key: str, day: dt.date, number: int, **content: Any) -> dict[str, Any]:
    record = f"{key} {day} {number}"
    return {"key_result_id": key, "date": day, "number": number, "record_id": record, **content}


def tied(path: Path, check_ins: list[dict[str, Any]], day: dt.date = DAY) -> BetweenTeams:
    file = path / "published.duckdb"
    teams = {"KR-2": ["Sales"], "KR-10": ["Sales", "Support"], "KR-1": None, "KR-3": ["Support"]}
    rows = [
        key_result(key, teams=names, team=", ".join(names) if names else None)
        for key, names in teams.items()
    ]
    elsewhere = said("KR-2", DAY, 9, cycle_id="2026-Q3", depends_on="Another cycle")
    publish_rows(file, key_results=rows, check_ins=[*check_ins, elsewhere])
    tables = Snapshot(file)
    lines = lines_of(tables, site(file).organization, Moment(), "2026-Q4")
    return between_teams(tables, lines, "2026-Q4", day)


def test_what_is_not_agreed_comes_first(tmp_path: Path) -> None:
    found = tied(
        tmp_path,
        [
            said("KR-1", DAY, 1, depends_on="Design", dependency_confirmed=True),
            said("KR-3", DAY, 1, depends_on="Design", dependency_confirmed=None),
            said("KR-10", DAY, 1, depends_on="Design", dependency_confirmed=False),
            said("KR-2", DAY, 1, depends_on="Design", dependency_confirmed=False),
            said("KR-99", DAY, 1, depends_on="Design"),
        ],
    )
    assert [(one.key_result_id, one.teams, one.confirmed) for one in found.needed] == [
        ("KR-2", ("Sales",), False),
        ("KR-10", ("Sales", "Support"), False),
        ("KR-3", ("Support",), None),
        ("KR-1", (), True),
    ]


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (DAY, []),  # the last check-in of that day names none
        (DAY - dt.timedelta(days=1), [("Design", EARLIER)]),
        (EARLIER - dt.timedelta(days=1), []),
    ],
)
def test_a_dependency_stands_until_a_check_in_names_none(
    tmp_path: Path, day: dt.date, wanted: list[tuple[str, dt.date]]
) -> None:
    check_ins = [
        said("KR-2", DAY, 2),
        said("KR-2", DAY, 1, depends_on="Legal"),
        said("KR-2", EARLIER, 1, depends_on="Design"),
    ]
    found = tied(tmp_path, check_ins, day)
    assert [(one.on, one.said_on) for one in found.needed] == wanted


def test_a_key_result_of_several_teams_is_told_once(tmp_path: Path) -> None:
    found = tied(tmp_path, [])
    assert [(one.key_result_id, one.teams) for one in found.shared] == [
        ("KR-10", ("Sales", "Support"))
    ]
