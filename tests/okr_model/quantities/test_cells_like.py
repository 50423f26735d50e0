"""Cells that are derived from others have their types, whatever they lack."""

import pandas as pd
import pytest

from okr_model.quantities.cells import CELL_COLUMNS, cells_like, empty_cells
from tests.support.okr_cells import SEEN, record

CELLS = cells_like(empty_cells(), record("check_ins", "c:1", note="Why: rain"))
INSTANTS = [name for name, type_ in CELL_COLUMNS.items() if "UTC" in type_]


@pytest.mark.parametrize("instant", [None, pd.NaT, SEEN])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_types_stay(count: int, instant: object) -> None:
    row = CELLS.iloc[0].to_dict() | dict.fromkeys(INSTANTS, instant) | {"number": None}
    made = cells_like(CELLS, [row] * count)
    assert made.dtypes.to_dict() == CELLS.dtypes.to_dict()
    assert len(pd.concat([CELLS, made], ignore_index=True)) == count + 1
    if count and instant is SEEN:
        assert made["seen_at"].iloc[0] == SEEN


def test_an_index_is_kept() -> None:
    assert list(cells_like(CELLS, [CELLS.iloc[0].to_dict()], pd.Index([7])).index) == [7]
