"""The decision log: rows of older versions are read and added to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from okr_model.links.decisions import LOG_COLUMNS
from pipelines.lake.decision_log import DecisionLog

AT = dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)


def decision(number: int, **more: str) -> dict[str, object]:
    said = {"decision_id": f"D-{number}", "decided_at": AT, "action": "other", "decided_by": "Mei"}
    return {**said, **more}


def test_a_log_without_how_people_signed_in_is_read_and_gets_it_with_the_next_decision(
    tmp_path: Path,
) -> None:
    older = [name for name in LOG_COLUMNS if name != "signed"]
    schema = pa.schema(
        [
            pa.field(name, pa.timestamp("us", tz="UTC") if name == "decided_at" else pa.string())
            for name in older
        ]
    )
    rows = pa.Table.from_pylist([decision(1)], schema=schema)
    write_deltalake(str(tmp_path / "decisions"), rows)
    log = DecisionLog(tmp_path / "decisions")
    assert log.frame()["signed"].isna().tolist() == [True]
    log.append([decision(2, signed="local user")])
    log.append([decision(3, signed="local user")])
    frame = log.frame().sort_values("decision_id")
    assert list(frame.columns) == list(LOG_COLUMNS)
    assert frame["signed"].fillna("").tolist() == ["", "local user", "local user"]
    assert log.count() == 3
