"""``teams:`` in the settings: what is read of it, and what is refused in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pipelines.settings.organization.teams import TeamList

TEAMS = TypeAdapter(TeamList)


def read(*teams: dict[str, Any]) -> Any:
    return TEAMS.validate_python(teams)


def test_what_is_declared() -> None:
    sales, _ = read(
        {
            "name": "Sales",
            "parent": "go-to-market",
            "from": "2026-01-01",
            "to": "2026-11-15",
            "check_ins": {"weekday": "fri", "days_off": ["2026-12-25"]},
        },
        {"name": "Go-to-market", "level": "department"},
    )
    assert (sales.level, sales.starts_on, sales.ends_on) == (
        "team",
        dt.date(2026, 1, 1),
        dt.date(2026, 11, 15),
    )
    assert (sales.check_ins.weekday_number, sales.check_ins.every_days) == (5, None)


@pytest.mark.parametrize(
    ("teams", "said"),
    [
        ([{"name": "Sales"}, {"name": "SALES"}], "two teams are called"),
        ([{"name": "Sales", "parent": "Web"}], "is a part of Web, which teams: does not name"),
        (
            [{"name": "A", "parent": "B"}, {"name": "B", "parent": "A"}],
            "team A is a part of itself, by way of B",
        ),
        ([{"name": "A", "parent": "A"}], "team A is a part of itself"),
        ([{"name": "A", "from": "2026-02-01", "to": "2026-01-01"}], "ends before it starts"),
        ([{"name": "A", "check_ins": {"weekday": "Fryday"}}], "Did you mean Friday?"),
        (
            [{"name": "A", "check_ins": {"weekday": "mon", "every_days": 10}}],
            "every_days: 10 does not fall on a Monday each time",
        ),
        ([{"name": "A", "level": "squad"}], "'company', 'division', 'department' or 'team'"),
        ([{"name": "A", "colour": "red"}], "colour"),
    ],
)
def test_what_is_refused(teams: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(*teams)
