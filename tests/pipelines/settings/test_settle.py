"""How long a figure takes to settle, as people write it."""

from __future__ import annotations

import pytest

from pipelines.settings.datasets import settle_days


@pytest.mark.parametrize(
    ("text", "days"),
    [("5 days", 5), ("1 day", 1), ("2 Weeks", 14), (" 0 days ", 0), ("366 days", 366)],
)
def test_days_and_weeks(text: str, days: int) -> None:
    assert settle_days(text) == days


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("soon", "is not a number of days. Write it such as 5 days."),
        ("-1 days", "is not a number of days"),
        ("5000 days", "is more than a year (366 days)"),
        ("53 weeks", "is more than a year"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("(", r"\(").replace(")", r"\)")):
        settle_days(text)
