"""A roll-out whose first wave is through the gate, but for what a test changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from okr_model.adoption.rollout import (
    AUDIENCES,
    DECISIONS,
    Decision,
    GateBounds,
    Rollout,
    RolloutFacts,
    Wave,
)
from okr_model.adoption.rollout_days import STEPS
from okr_model.adoption.rollout_table import build_rollout
from okr_model.quantities.days import to_days
from okr_model.teams.teams import Team, Teams

STARTS = dt.date(2026, 7, 1)
TODAY = dt.date(2026, 11, 28)
WEEK = dt.timedelta(days=7)
TRAINED = dict.fromkeys(AUDIENCES, dt.date(2026, 6, 20))
PILOT = Wave("Pilot", ("sales",), STARTS, TRAINED)
NEXT = Wave("Next", ("People",), dt.date(2026, 12, 7), {})
TEAMS = Teams((Team("Sales"), Team("People"), Team("Gone", ends_on=dt.date(2026, 8, 1))))
ROLLOUT = Rollout(
    waves=(PILOT, NEXT),
    decisions=[Decision(name, "so", is_open=False) for name in DECISIONS],
    due_days={one.name: one.due_days for one in STEPS},
    gate=GateBounds(),
)
GOOD = {
    "cycle_id": "2026-Q4", "cycle_start": dt.date(2026, 10, 1), "cycle_end": dt.date(2026, 12, 31),
    "due_on": dt.date(2026, 12, 31), "team": "Sales", "teams": ["Sales"], "owner": "Mei",
    "progress_state": "computed", "value_state": "stated", "measure": None, "value_url": None,
    "value_source": None, "target": 10.0, "quality": [], "signals": [], "initiatives": 1,
}  # fmt: skip
LAST = {
    "cycle_id": "2026-Q3", "cycle_start": dt.date(2026, 7, 1), "cycle_end": dt.date(2026, 9, 30),
    "due_on": dt.date(2026, 9, 30),
}  # fmt: skip
BEFORE = {"key_result_id": "KR-0", **GOOD, **LAST}
CLOSED = {
    "key_result_id": "KR-0",
    "cycle_id": "2026-Q3",
    "score": 0.7,
    "closed_as": "done",
    "lesson": "-",
}
NOBODY = {"item": None, "wave": None, "why": None, "decided_by": None}


def facts(as_of: dt.date = TODAY, **more: Any) -> RolloutFacts:
    """A wave that is through the gate, but for what is given."""
    rows: dict[str, list[dict[str, Any]]] = {
        "key_results": [
            {**BEFORE},
            {"key_result_id": "KR-1", **GOOD},
        ],
        "check_ins": [said("2026-07-08", "2026-Q3", key="KR-0"), said("2026-11-10", "2026-Q4")],
        "changes": [{"key_result_id": "KR-9", "cycle_id": "x", "changed_on": STARTS}],
        "adoption": [week(on_time=4, missed=1)],
        "scores": [{**CLOSED}],
        "hidden": [hid("KR-9", "2026-11-16")],
        "attested": [NOBODY],
        **{name: given for name, given in more.items() if isinstance(given, list)},
    }
    frames = {name: pd.DataFrame(of) for name, of in rows.items()}
    days = ("cycle_start", "cycle_end", "due_on")
    frames["key_results"] = frames["key_results"].assign(
        **{name: to_days(frames["key_results"][name]) for name in days}
    )
    return RolloutFacts(
        **frames,
        teams=TEAMS,
        keeps_check_ins=more.get("keeps_check_ins", True),
        keeps_closings=more.get("keeps_closings", True),
        as_of=as_of,
    )


def said(day: str, cycle: str, key: str = "KR-1", **more: Any) -> dict[str, Any]:
    told = {"confidence": "low", "note": "A supplier is late", **more}
    return {"key_result_id": key, "cycle_id": cycle, "date": dt.date.fromisoformat(day), **told}


def hid(key: str, week_starts_on: str) -> dict[str, Any]:
    """A week that ended with a call of high over low evidence."""
    day = dt.date.fromisoformat(week_starts_on)
    return {"key_result_id": key, "cycle_id": "2026-Q4", "week_starts_on": day}


def week(starts: str = "2026-11-02", team: str = "Sales", **counts: int) -> dict[str, Any]:
    none = {"on_time": 0, "late": 0, "missed": 0}
    return {"team": team, "week_starts_on": dt.date.fromisoformat(starts), **none, **counts}


def told(known: RolloutFacts, kind: str, wave: str = "Pilot", **changed: Any) -> dict[str, Any]:
    rows = build_rollout(replace(ROLLOUT, **changed), known)
    return {one["item"]: one for one in rows if (one["kind"], one["wave"]) == (kind, wave)}


def states(rows: Mapping[str, Any]) -> dict[str, str]:
    return {name: one["state"] for name, one in rows.items()}


FIVE_KEY_RESULTS = [{"key_result_id": f"KR-{n}", **GOOD} for n in range(1, 6)]


def key_results(*changed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Five running ones, some changed; and the one of the ended cycle."""
    last = {**BEFORE}
    rows = [{**one, **new} for one, new in zip(FIVE_KEY_RESULTS, changed, strict=False)]
    return [last, *rows, *FIVE_KEY_RESULTS[len(rows) :]]
