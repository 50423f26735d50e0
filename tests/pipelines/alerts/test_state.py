"""What alerts know from run to run, and files of it that are damaged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.alerts.state import AlertState

DAMAGED = [b"", b"\x00{garbage", b"\xff\xfe", b"null", b"7", b'{"a": 1}', b"[[", b"[" * 5000]


@pytest.mark.parametrize(
    "content", [*DAMAGED, b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:00-11:00"]
)
def test_a_damaged_file_counts_as_empty(content: bytes, tmp_path: Path) -> None:
    for name in ("open.json", "volumes.json", "last-good-run"):
        (tmp_path / name).write_bytes(content)
    state = AlertState(tmp_path)
    assert state.courses() == []
    assert state.volumes() == {}
    assert state.last_good_at() is None
    day = dt.date(2026, 11, 28)
    assert state.keep_volumes({"rows": 3}, day) == {"rows": {day: 3}} == state.volumes()
