"""Commands on a lake that is damaged: what is, and what to do, from each that reads it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipelines.maintenance.streams import LostStreamError
from pipelines.maintenance.whole import ensure_whole, told_if_damaged
from tests.pipelines.maintenance.test_examine import FRIDAY, night
from tests.support.small_company import SETTINGS, SmallCompany

pytestmark = pytest.mark.night
MEASURE = ("measure", "last of amount from other where kr = KR-2 by day", "--key-result", "KR-2")
REMEDY = "Run okr sync: it makes anew what can be, and reads the rest from its source again."


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder after its first night; commands are called on its day."""
    company = SmallCompany(tmp_path_factory.mktemp("company"))
    night(company, FRIDAY)
    settings = f"as_of: {FRIDAY}\n{SETTINGS}"
    (company.folder / "okr.yaml").write_text(settings, encoding="utf-8")
    return company.folder


@pytest.fixture
def company(original: Path, tmp_path: Path) -> SmallCompany:
    """The same company, to be damaged."""
    again = SmallCompany(tmp_path / "company")
    shutil.rmtree(again.folder)
    shutil.copytree(original, again.folder)
    return again


def remove(company: SmallCompany, table: str) -> str:
    """Remove a data file of a table of the lake; returns its name."""
    file = min((company.folder / "data" / "lake" / table).glob("*.parquet"))
    file.unlink()
    return file.name


def cut(company: SmallCompany, table: str) -> str:
    """Truncate one."""
    file = min((company.folder / "data" / "lake" / table).glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-20])
    return file.name


def state(company: SmallCompany) -> str:
    """What the doctor says of the state: the beginning of its line."""
    lines = company.okr("doctor", "--offline").stdout.splitlines()
    return next(line.split()[0] for line in lines if line.split()[1] == "state")


@pytest.mark.parametrize("words", [MEASURE, ("explain", "KR-2")], ids=["measure", "explain"])
def test_a_command_says_what_is_damaged_and_what_to_do(
    company: SmallCompany, words: tuple[str, ...]
) -> None:
    file = cut(company, "file_rows/current")
    done = company.okr(*words)
    assert done.returncode == 2
    told = f"lake/file_rows/current cannot be read: its file {file} is damaged. {REMEDY}"
    assert done.stderr.strip().endswith(told)
    assert state(company) == "warn"  # a run makes it anew from the log


def test_where_a_run_without_sources_refuses_the_doctor_fails(company: SmallCompany) -> None:
    assert state(company) == "ok"
    file = remove(company, "file_rows/log")
    assert f"its file {file} is gone. {REMEDY}" in company.okr(*MEASURE).stderr
    assert state(company) == "fail"
    for _ in range(2):  # the first one sets the stream aside
        refused = company.okr("sync", "--offline")
        assert refused.returncode == 2
        assert "What was read of files is lost in part" in refused.stderr
        assert state(company) == "fail"
        assert company.okr(*MEASURE).stderr == refused.stderr


def test_a_damaged_pull_log_is_no_defect(company: SmallCompany) -> None:
    for commit in (company.folder / "data" / "lake" / "pulls" / "_delta_log").glob("*.json"):
        commit.write_text("{", encoding="utf-8")
    for words in (MEASURE, ("sync", "--plan")):
        assert f"lake/pulls cannot be read. {REMEDY}" in company.okr(*words).stderr
    looked = company.okr("doctor").stdout
    assert f"lake/pulls cannot be read. {REMEDY}" in looked
    assert "itself failed" not in looked


def test_a_defect_on_a_whole_lake_stays_one(company: SmallCompany) -> None:
    project = company.project(FRIDAY + dt.timedelta(days=1))
    ensure_whole(project)
    with pytest.raises(KeyError), told_if_damaged(project):
        raise KeyError
    remove(company, "file_rows/log")
    with pytest.raises(LostStreamError), told_if_damaged(project):
        raise KeyError
