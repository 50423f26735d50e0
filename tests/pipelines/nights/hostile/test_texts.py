"""A night over hostile texts in every column, and every command that prints what came of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest

from tests.support.small_company import KEY_RESULTS, OBJECTIVES, WEEKLY, SmallCompany

pytestmark = [pytest.mark.night, pytest.mark.matrix]

_BAD = "\x1b]0;owned\x07\x1b[31m\x9b5n\u202egnp\u2066\x7f\b\r\0\u2028"
_OBEYED = {chr(one) for one in (*range(32), *range(127, 160), 0x61C, 0x200E, 0x200F)} - set("\n\t")
_OBEYED |= {chr(one) for one in (*range(0x2028, 0x202F), *range(0x2066, 0x206A))}


def _hostile(table: str, *columns: str) -> str:
    """The table with hostile letters behind every value of some columns."""
    rows = list(csv.DictReader(io.StringIO(table)))
    for row in rows:
        row.update({name: f"=1+1 {row[name]}{_BAD}" for name in columns})
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_no_command_prints_what_a_terminal_obeys(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.write("objectives.csv", _hostile(OBJECTIVES, "title", "team"))
    company.write("key-results.csv", _hostile(KEY_RESULTS, "phases", "unit"))
    weekly = WEEKLY + f"KR-1{_BAD},2026-11-06,1e400\nKR-1,2026-11-07{_BAD},1\nKR-9{_BAD},,9{_BAD}\n"
    company.write(
        "weekly.csv", weekly + f"KR-1,2026-11-08,{'9' * 200_000}\nKR-1,9999-12-31,1e308\n"
    )
    company.write("check-ins.csv", f"kr,day,said,value\nKR-1,2026-11-06,High{_BAD},{_BAD}\n")
    company.night(dt.date(2026, 11, 9))
    for words in (
        ["show"], ["show", "--csv"], ["show", "--json"], ["findings"], ["findings", "--csv"],
        ["findings", "--json"], ["rollup"], ["rollup", "--csv"], ["rollup", "--json"],
        ["explain", "KR-1"], ["explain", "KR-1", "--json"], ["links"], ["links", "--json"],
    ):  # fmt: skip
        answer = company.okr(*words)
        assert answer.returncode == 0, (words, answer.stderr)
        assert "Traceback" not in answer.stderr
        found = set(answer.stdout + answer.stderr) & _OBEYED
        assert not found, (words, sorted(map(ascii, found)))
        if "--json" in words:
            json.loads(answer.stdout, parse_constant=pytest.fail)
    assert "owned" in company.okr("findings").stdout
