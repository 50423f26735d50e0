"""What may be missing: each condition on both sides of its bound, and its numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from published.rituals.adoption.missing_conditions import missing_conditions

Weeks = Sequence[tuple[int, int, int]]  # on time, late and missed


def weeks_of(counts: Weeks) -> pd.DataFrame:
    frame = pd.DataFrame(counts, columns=["on_time", "late", "missed"], dtype="int64")
    monday = dt.date(2026, 10, 5)
    days = [monday + dt.timedelta(weeks=week) for week in range(len(frame))]
    return frame.assign(week_starts_on=days)[::-1]  # in any order


def check_ins_of(kinds: Sequence[str], open_: int = 0, confirmed: int = 0) -> pd.DataFrame:
    """One of a kind each on a Key Result of its own, and the same again the week after."""
    rows: list[tuple[str | None, str | None, bool | None]] = [(kind, None, None) for kind in kinds]
    rows += [(None, "Product", None if at % 2 else False) for at in range(open_)]
    rows += [(None, "Product", True)] * confirmed
    columns = ["impediment_kind", "depends_on", "dependency_confirmed"]
    frame = pd.DataFrame(rows, columns=columns, dtype="object")
    frame["key_result_id"] = [f"KR-{at}" for at in range(len(frame))]
    frame = frame.assign(impediment="nobody has time", impediment_since=dt.date(2026, 11, 6))
    return pd.concat([frame, frame], ignore_index=True)


def asked(
    counts: Weeks = (),
    kinds: Sequence[str] = (),
    open_: int = 0,
    redefined: int = 0,
    worded: tuple[int, int] = (0, 3),
) -> dict[str, str]:
    found = missing_conditions(weeks_of(counts), check_ins_of(kinds, open_, 2), redefined, worded)
    assert all(one.question.endswith("?") for one in found)
    return {one.condition: one.evidence for one in found}


@pytest.mark.parametrize(
    ("given", "condition"),
    [
        ({}, None),
        ({"counts": [(3, 0, 0)] * 6}, None),
        ({"kinds": ["clarity", "priorities"]}, None),
        ({"kinds": ["clarity", "priorities", "clarity"]}, "direction"),
        ({"redefined": 2}, None),
        ({"redefined": 3}, "direction"),
        ({"counts": [(1, 0, 1)] * 2}, None),  # four are too few to tell
        ({"counts": [(2, 0, 1), (1, 0, 1)]}, None),
        ({"counts": [(1, 0, 2), (1, 1, 1)]}, "buy-in"),
        ({"counts": [(3, 0, 3)] * 4}, "buy-in"),
        ({"counts": [(3, 0, 2)] * 4}, None),
        ({"counts": [(3, 0, 0)] * 2 + [(0, 0, 3)] * 2}, "motivation"),
        ({"counts": [(3, 0, 1)] * 2 + [(2, 0, 2)] * 2}, None),  # 25 points more
        ({"counts": [(4, 0, 1)] * 2 + [(2, 1, 3)] * 2}, "motivation"),  # 30 points more
        ({"counts": [(2, 0, 0)] * 2 + [(0, 0, 3)] * 2}, "buy-in"),  # too few at first
        ({"worded": (2, 2)}, None),
        ({"worded": (3, 6)}, "skills"),
        ({"worded": (3, 7)}, None),
        ({"kinds": ["resource"] * 2}, None),
        ({"kinds": ["resource"] * 3}, "means"),
        ({"kinds": ["external"] * 9}, None),
        ({"open_": 2}, None),
        ({"open_": 3}, "structure"),
        ({"open_": 2, "kinds": ["dependency"]}, "structure"),
    ],
)
def test_each_is_asked_from_its_bound_on(given: dict[str, object], condition: str | None) -> None:
    assert [*asked(**given)] == ([condition] if condition else [])  # type: ignore[arg-type]


def test_another_impediment_on_the_same_key_result_is_told_apart() -> None:
    rows = check_ins_of(["resource"])
    again = rows.assign(impediment_since=dt.date(2026, 11, 20), impediment=["a", "b"])
    (found,) = missing_conditions(weeks_of([]), pd.concat([rows, again]), 0, (0, 3))
    assert found.evidence == "3 impediments of a lack of resources"


@given(
    counts=st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=13),
    kinds=st.lists(st.sampled_from(["clarity", "resource", "external", "dependency"]), max_size=9),
    open_=st.integers(0, 5),
    redefined=st.integers(0, 5),
    worded=st.integers(0, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_every_number_is_one_of_the_tables(
    counts: list[tuple[int, int, int]],
    kinds: list[str],
    open_: int,
    redefined: int,
    worded: tuple[int, int],
) -> None:
    told = asked(counts, kinds, open_, redefined, worded)
    half = len(counts) // 2
    missed, due = sum(one[2] for one in counts), sum(map(sum, counts))
    early, first = sum(one[2] for one in counts[:half]), sum(map(sum, counts[:half]))
    unclear = [kinds.count("clarity")] if "clarity" in kinds else []
    wanted = {
        "direction": [*unclear, *([redefined] if redefined else [])],
        "buy-in": [missed, due],
        "skills": [*worded],
        "motivation": [early, first, half, missed - early, due - first],
        "means": [kinds.count("resource")],
        "structure": [open_ + kinds.count("dependency")],
    }
    for condition, evidence in told.items():
        numbers = [int(number) for number in re.findall(r"\d+", evidence)]
        assert numbers == wanted[condition], evidence
    assert not {"buy-in", "motivation"} <= told.keys()
