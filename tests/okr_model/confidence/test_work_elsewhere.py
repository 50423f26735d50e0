"""The silence of linked work, and what happened in the team's work elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.confidence.work_elsewhere import WORK, no_work, work_elsewhere
from okr_model.quantities.days import midnight
from tests.support.key_result_frames import day, definitions
from tests.support.okr_cells import Q4

TODAY = date(2026, 11, 28)
Initiative = tuple[str, str | None, str | None, float | None, float | None]
COUNTED = ["activity_elsewhere_28d", "activity_elsewhere_before"]


def counted(
    initiatives: list[Initiative], links: dict[str, str], **fields: Any
) -> tuple[object, object]:
    """The two counts of KR-1, of Sales unless ``fields`` say otherwise; KR-2 is Marketing's."""
    rows = definitions({"team": "Sales", **fields}, {"team": "Marketing"})
    rows = rows.assign(last_activity_on=pd.Series([midnight(day(30)), pd.NaT]))
    work = pd.DataFrame(initiatives, columns=WORK).astype(no_work().dtypes.to_dict())
    frame = pd.DataFrame(
        [(name, key, Q4.id, "active") for name, key in links.items()]
        + [("a", "KR-2", Q4.id, "overruled")],
        columns=["initiative_id", "key_result_id", "cycle_id", "state"],
    )
    found = work_elsewhere(rows, frame, work, TODAY)
    assert [str(kind) for kind in found.dtypes] == ["Int64"] * 3
    assert found["silent_days"].fillna(-1).tolist() == [28, -1]
    now, before = found.loc[found.index[0], COUNTED]
    return now, before


A: Initiative = ("a", None, "Sales", 1.0, 2.0)
B: Initiative = ("b", None, "Sales", 10.0, 20.0)


@pytest.mark.parametrize(
    ("initiatives", "links", "counts"),
    [
        ([A, B], {"a": "KR-1"}, (10, 20)),
        ([A, B], {"a": "KR-1", "b": "KR-2"}, (10, 20)),  # linked to another Key Result
        ([A, B], {}, (11, 22)),
        ([A, B], {"a": "KR-1", "b": "KR-1"}, (0, 0)),
        ([A, ("b", None, "Marketing", 10.0, 20.0)], {"a": "KR-1"}, (0, 0)),
        ([A, ("b", None, "sales, Marketing", 10.0, 20.0)], {"a": "KR-1"}, (10, 20)),
        ([A, ("b", None, None, 10.0, 20.0)], {"a": "KR-1"}, (0, 0)),  # of no team that is known
        ([A, ("b", None, None, 10.0, 20.0)], {"a": "KR-1", "b": "KR-2"}, (0, 0)),  # Marketing's
        ([A, ("b", "a", "Sales", 1.0, 1.0)], {"b": "KR-1"}, (0, 1)),  # below a, and part of it
        ([A, B, ("c", "b", "Sales", 4.0, 5.0)], {"a": "KR-1"}, (10, 20)),  # counts in b already
        ([A, B, ("c", "b", "Sales", 4.0, 5.0)], {"b": "KR-1", "c": "KR-1"}, (1, 2)),
        ([A, ("b", None, "Sales", None, None)], {"a": "KR-1"}, (0, 0)),  # its events are not read
    ],
)
def test_the_teams_other_work_is_counted_once(
    initiatives: list[Initiative], links: dict[str, str], counts: tuple[int, int]
) -> None:
    assert counted(initiatives, links) == counts


def test_unknown_stays_unknown() -> None:
    assert all(pd.isna(each) for each in counted([A, B], {"a": "KR-1"}, team=None))
    assert all(pd.isna(each) for each in counted([A, B], {"a": "KR-1"}, team="Finance"))
    assert all(pd.isna(each) for each in counted([], {"a": "KR-1"}))


def test_a_key_result_of_two_teams_looks_at_the_work_of_both() -> None:
    work = [A, B, ("c", None, "Marketing", 100.0, 200.0)]
    both = {"team": "Sales, Marketing", "teams": ["Sales", "Marketing"]}
    assert counted(work, {"a": "KR-1"}, **both) == (110, 220)
    assert counted(work, {"a": "KR-1", "c": "KR-1"}, **both) == (10, 20)
