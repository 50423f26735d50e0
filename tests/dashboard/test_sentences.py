"""Days in sentences: as the organization writes them, and what others wrote as it stands."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sentences import with_own_days
from published.formatting import ENGLISH
from published.organization import Organization

ORGANIZATION = Organization("Acme", ZoneInfo("Asia/Kuala_Lumpur"), ("High", "Medium", "Low"), [])


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It fell behind on 2026-10-30.", "It fell behind on 30 Oct 2026."),
        ("(2026-12-31 − 2026-10-01) = 91", "(31 Dec 2026 − 1 Oct 2026) = 91"),
        ("first read 2026-11-29 21:48 UTC", "first read 30 Nov 2026 05:48"),
        ("As written there: “by 2026-11-28”", "As written there: “by 2026-11-28”"),
        ("“a” on 2026-11-28, “2026-11-28”", "“a” on 28 Nov 2026, “2026-11-28”"),
        ("not a day: 2026-02-30", "not a day: 2026-02-30"),
        ("release-2026-11-28 and 2026-11-28-b", "release-2026-11-28 and 2026-11-28-b"),
        ("https://a.example/x?from=2026-11-28", "https://a.example/x?from=2026-11-28"),
        ("2026-11-28T08:00", "2026-11-28T08:00"),
    ],
)
def test_a_day_is_written_as_the_organization_writes_it(sentence: str, shown: str) -> None:
    assert with_own_days(sentence, ORGANIZATION) == shown


@given(st.dates(min_value=dt.date(1000, 1, 1)), st.sampled_from([" ", "(", ", "]))
def test_every_day_is_found(day: dt.date, before: str) -> None:
    assert with_own_days(f"x{before}{day}.", ORGANIZATION) == f"x{before}{ENGLISH.day(day)}."
