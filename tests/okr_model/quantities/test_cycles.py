from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.quantities.cycles import Cycle, assign_cycles, cycle_of, cycles_frame
from tests.support.okr_cells import Q3, Q4


def test_of_the_sample_day_much_of_the_cycle_has_elapsed() -> None:
    assert Q4.elapsed(date(2026, 11, 28)) == 58 / 91


@given(st.integers(-200, 400), st.integers(0, 120))
def test_elapsed_never_leaves_zero_to_one_and_never_falls(offset: int, length: int) -> None:
    cycle = Cycle("C", date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=length))
    day = date(2026, 1, 1) + timedelta(days=offset)
    assert 0.0 <= cycle.elapsed(day) <= cycle.elapsed(day + timedelta(days=1)) <= 1.0
    assert (cycle.elapsed(day) == 1.0) == (day >= cycle.end)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Cycle("C", date(2026, 2, 1), date(2026, 1, 1))


def test_a_day_belongs_to_the_cycle_that_contains_it() -> None:
    assert cycle_of(date(2026, 9, 30), [Q3, Q4]) is Q3
    assert cycle_of(date(2026, 10, 1), [Q3, Q4]) is Q4
    assert cycle_of(date(2027, 1, 1), [Q3, Q4]) is None


def test_an_id_used_in_two_cycles_is_resolved_by_the_day() -> None:
    key_results = cycles_frame([Q4, Q3]).assign(key_result_id="KR-1")
    days = ["2026-06-01", "2026-09-30", "2026-10-01", "2027-02-01", "2026-10-01"]
    rows = pd.DataFrame(
        {"key_result_id": ["KR-1"] * 4 + ["KR-9"], "date": pd.to_datetime(days)},
        index=[5, 4, 3, 2, 1],
    )
    assigned = assign_cycles(rows, key_results)
    assert assigned.tolist()[:4] == ["2026-Q3", "2026-Q3", "2026-Q4", "2026-Q4"]
    assert assigned.index.tolist() == [5, 4, 3, 2, 1]
    assert assigned.isna().tolist() == [False] * 4 + [True]
