"""Where a project lies: a folder of any usual name is one, and others are refused in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.paths import UNUSABLE
from pipelines.project import Project
from pipelines.settings import SettingsError
from tests.support.small_company import SmallCompany

DAY = dt.date(2026, 11, 7)


@pytest.mark.night
def test_nights_go_by_in_a_folder_whatever_its_name(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path / "#1 {a,b}*& OKRs of Café d'Or, 日本")
    for day in (DAY, DAY + dt.timedelta(days=1)):
        company.night(day)
    assert company.key_result("KR-1")["current_value"] == 30
    shown = company.okr("show")
    assert (shown.returncode, "KR-1" in shown.stdout) == (0, True)


@pytest.mark.parametrize("character", UNUSABLE)
def test_a_folder_in_which_no_table_can_be_kept_is_refused(tmp_path: Path, character: str) -> None:
    folder = SmallCompany(tmp_path / f"a{character}41b").folder
    with pytest.raises(SettingsError, match=r"no table can be kept in .* Name another folder"):
        _ = Project(folder / "okr.yaml").settings
