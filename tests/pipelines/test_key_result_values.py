"""What Key Results come to in a whole night: expected paths, units, sources that disagree."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.small_company import SmallCompany

TODAY = dt.date(2026, 11, 10)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """The company after one night; tests must not change it."""
    company = SmallCompany(tmp_path_factory.mktemp("small"))
    company.night(TODAY)
    return company


def test_phases_and_a_start_of_its_own_reach_the_table(small: SmallCompany) -> None:
    phased, late = small.key_result("KR-1"), small.key_result("KR-2")
    assert phased["phases"] == "2026-10-31: 20; 2026-11-30: 80"
    assert phased["expected_progress"] == pytest.approx(0.4)
    assert (phased["progress"], phased["pace"]) == (0.3, "on")
    assert late["starts_on"] == dt.date(2026, 10, 15)
    assert late["expected_progress"] == pytest.approx(26 / 77)
    assert small.key_result("KR-3")["expected_progress"] == pytest.approx(40 / 91)


def test_a_faulty_phase_is_a_finding_and_a_moved_one_is_a_change(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.night(TODAY)
    path = tmp_path / "okrs" / "key-results.csv"
    written = path.read_text("utf-8")
    company.write("key-results.csv", written.replace("2026-11-30: 80", "2026-11-30: 50"))
    company.night(TODAY + dt.timedelta(days=1))
    (change,) = company.table("changes").to_dict("records")
    assert (change["key_result_id"], change["field"]) == ("KR-1", "phases")
    assert (change["old"][-2:], change["new"][-2:]) == ("80", "50")
    company.write("key-results.csv", written.replace("2026-11-30: 80", "someday: 80"))
    company.night(TODAY + dt.timedelta(days=2))
    findings = company.table("findings")
    (found,) = findings[findings["rule"] == "unreadable value"].to_dict("records")
    assert "“someday” names no day and no month" in found["sentence"]
    assert (found["subject_id"], str(found["url"]) != "") == ("KR-1", True)
    assert company.key_result("KR-1")["expected_progress"] == pytest.approx(42 / 91)
