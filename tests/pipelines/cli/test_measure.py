"""okr measure: a measure is tried from the lake, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest

from pipelines.lake.confined_sql.process import QueryProcess
from tests.support.company import Company

pytestmark = pytest.mark.night
SUPPORT = "median of resolution time from jira where project = SUP over 28 days"


def files(company: Company) -> dict[Path, int]:
    """Every file of the data folder, with when it was changed."""
    folder = company.settings.parent
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_measure_is_tried_with_its_value_sources_and_series(published: Company) -> None:
    before = files(published)
    done = published.okr_here("measure", SUPPORT, "--key-result", "kr-17", "--json")
    assert done.returncode == 0, done.stderr
    assert files(published) == before
    tried = json.loads(done.stdout)
    assert tried["key_result_id"] == "KR-17"
    assert tried["series"][-1]["value"] == tried["value"]
    assert tried["series"][-1]["n"] == len(tried["issues"])
    assert tried["findings"] == []
    text = published.okr_here("measure", SUPPORT, "--key-result", "KR-17").stdout
    for shown in ("Value: ", "Series", "The issues it aggregates", "Nothing was written."):
        assert shown in text


def test_an_unsettled_value_is_shown_and_not_taken(published: Company) -> None:
    words = ("measure", SUPPORT, "--key-result", "KR-17", "--settle", "5 days", "--json")
    tried = json.loads(published.okr_here(*words).stdout)
    assert tried["provisional"]
    assert tried["value_at"] < tried["provisional"][0]["date"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["medium of x", "--key-result", "KR-17"], "at 1: expected count, sum"),
        ([SUPPORT, "--key-result", "KR-1777"], "no Key Result has the id 'KR-1777'. Closest is"),
        (["last of a from nowhere by b", "--key-result", "KR-17"], "no table is named 'nowhere'"),
        ([SUPPORT, "--key-result", "KR-17", "--settle", "soon"], "Write it such as 5 days"),
        (["check-ins", "--key-result", "KR-17"], "only sets their precedence"),
    ],
)
def test_a_mistake_is_one_sentence(published: Company, words: list[str], said: str) -> None:
    done = published.okr_here("measure", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_measure_without_a_value_says_why(published: Company) -> None:
    text = "count of issues from jira where label = nonsuch"
    done = published.okr_here("measure", text, "--key-result", "KR-17")
    assert done.returncode == 1
    assert "It has no value." in done.stdout
    assert "no issue ever had the label “nonsuch”" in done.stdout


def test_a_measure_without_a_value_by_its_day_says_when_it_has_one(published: Company) -> None:
    for as_of, day, said in (
        ("2026-11-20", "2026-11-27", "no value by 20 Nov 2026: the first is true for 27 Nov"),
        ("2026-11-28", "2026-09-30", "no value in 2026-Q4: the last is true for 30 Sep 2026"),
    ):
        text = f"sql SELECT DATE '{day}' AS day, 7 AS value"
        done = published.okr_here("measure", text, "--key-result", "KR-17", "--as-of", as_of)
        assert done.returncode == 1, done.stderr
        assert said in done.stdout


def test_a_query_that_goes_too_far_is_told_and_not_waited_for(published: Company) -> None:
    bomb = "sql SELECT DATE '2026-11-27' AS day, levenshtein(repeat('ab', 60000), "
    bomb += "repeat('ba', 60000)) AS value"
    with mock.patch.object(QueryProcess, "seconds", 0.5):
        done = published.okr_here("measure", bomb, "--key-result", "KR-17", "--json")
    assert done.returncode == 1, done.stderr
    (finding,) = json.loads(done.stdout)["findings"]
    assert "A measure of KR-17 cannot be used: it took longer than 0.5 s" in finding["sentence"]
