"""Removing a person by hand, as the manual says."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from contextlib import chdir
from pathlib import Path

import pytest

from tests.support.company import Company, copy_of

pytestmark = pytest.mark.night

MANUAL = Path(__file__).parents[3] / "docs/production.md"


def test_a_person_is_replaced_by_hand_in_what_was_published(
    published: Company, tmp_path: Path
) -> None:
    company = copy_of(published, tmp_path)
    before = company.table("key_results_daily")
    name = before["owner"].dropna().iloc[0]
    _, block, _ = re.split(r"^ *```(?:python)?\n", section(), flags=re.M)
    (company.folder / "data/published.duckdb").unlink()
    with chdir(company.folder):
        exec(textwrap.dedent(block).replace("Mia Berg", name), {})  # noqa: S102 - our own
    company.night_of(dt.date(2026, 11, 29))
    rows = company.table("key_results_daily")
    then = rows[rows["as_of"] == before["as_of"].iloc[0]]
    assert (then["owner"] == "former member").sum() == (before["owner"] == name).sum() > 0
    assert name not in set(then["owner"])
    assert name in set(rows["owner"])  # the sources still name the person


def section() -> str:
    _, _, text = MANUAL.read_text("utf-8").partition("## When a person has to be forgotten\n")
    return text.partition("\n## ")[0]
