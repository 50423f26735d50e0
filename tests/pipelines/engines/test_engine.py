"""What the engines share."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from pipelines.engines.engine import arrow_of

_TYPES = [pa.string(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us", tz="UTC")]


@pytest.mark.parametrize("type_", _TYPES, ids=str)
@pytest.mark.parametrize("dtype", ["object", "float64", "int64", "str"])
def test_no_rows_have_the_stated_types_whatever_pandas_took_them_for(
    type_: pa.DataType, dtype: str
) -> None:
    rows = pd.DataFrame({"end": pd.Series([], dtype=dtype), "other": pd.Series([], dtype="str")})

    table = arrow_of(rows, {"end": type_})

    assert table.schema == pa.schema({"end": type_})
    assert table.num_rows == 0
