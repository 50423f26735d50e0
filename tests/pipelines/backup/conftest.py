"""A small company after a night, its back-up, and another machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.secrets import remember
from pipelines.backup.make import back_up
from pipelines.lake.decision_log import DecisionLog
from tests.pipelines.maintenance.test_examine import DECISION, FRIDAY, night
from tests.support.small_company import SmallCompany

SECRET = "s3cr3t-pl4nted-on-purpose"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    """A company after a night that found a secret wherever one may lie."""
    remember(SECRET)
    company = SmallCompany(tmp_path_factory.mktemp("company"))
    with (company.folder / "okr.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"# The token is {SECRET}\n")
    (company.folder / ".env").write_text(f"TOKEN={SECRET}\n", "utf-8")
    company.write("check-ins.csv", f"kr,day,said,value\nKR-1,2026-11-05,High {SECRET},\n")
    DecisionLog(company.project(FRIDAY).paths.decisions).append([DECISION])
    night(company, FRIDAY)
    company.project(FRIDAY).paths.page_secret.write_text(SECRET, "utf-8")
    return company


@pytest.fixture(scope="module")
def made(original: SmallCompany, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its back-up."""
    return back_up(original.project(FRIDAY), tmp_path_factory.mktemp("kept"), write=True).path


@pytest.fixture
def elsewhere(original: SmallCompany, tmp_path: Path) -> SmallCompany:
    """Another machine: what the sources hold is the same, and there is nothing of okr-sync's."""
    return moved(original, tmp_path / "elsewhere")


def moved(company: SmallCompany, folder: Path) -> SmallCompany:
    other = SmallCompany(folder)
    other._written = company._written
    shutil.copytree(company.folder / "okrs", folder / "okrs", dirs_exist_ok=True)
    (folder / "okr.yaml").unlink()
    return other
