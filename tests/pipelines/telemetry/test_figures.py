"""What a night says of itself afterwards: its row of runs, its log, its Prometheus file."""

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.project import Project
from pipelines.run_status.closing import closing, published_findings
from pipelines.run_status.prometheus import write_metrics
from pipelines.settings.operation import MetricsSettings
from tests.support.company import Company
from tests.support.small_company import SmallCompany


def test_a_run_has_the_sums_of_its_sources_and_the_cost_of_each_step(published: Company) -> None:
    (run,) = published.table("runs").to_dict("records")
    sources = published.table("sources")
    for figure in ("requests", "retries", "rows"):
        assert run[figure] == sources[figure].sum() >= 0
    assert run["bytes"] > 100_000
    steps = json.loads(run["steps"])
    assert next(iter(steps)) == "pull"
    assert list(steps)[-1] == "candidate_tables"
    assert run["peak_memory"] == max(step["peak_memory"] for step in steps.values())
    assert run["seconds"] > sum(step["seconds"] for step in steps.values())


def test_each_line_of_the_log_has_the_id_that_the_tables_have(published: Company) -> None:
    lines = (published.folder / "data" / "logs" / "okr.log").read_text("utf-8").splitlines()
    assert {re.findall(r" run=(\S+) ", line)[0] for line in lines} == {published.published_run()}
    told = [line.partition("run=")[2].split(" ", 1)[1] for line in lines]
    assert told[0].startswith("run began ")
    assert [word for word in ("source read", "step done", "published ") if word in str(told)]
    assert told[-1].startswith("run ended exit_code=0 published=True ")
    assert not [value for value in published.box.environment().values() if value in str(told)]


def test_the_closing_line_counts_what_readers_see(published: Company) -> None:
    project = Project(published.settings, with_secrets=False)
    ids = published_findings(project)
    whole, known = closing(project, set()), closing(project, ids)
    assert whole
    assert known
    assert whole.new_findings == whole.findings == len(published.table("findings"))
    assert known.new_findings == 0
    assert str(known).startswith(
        f"{len(published.table('key_results'))} Key Results, 0 stale; 0 new"
    )


def _without_file(project: Project) -> None:
    project.paths.duckdb.unlink()


def _damaged(project: Project) -> None:
    project.paths.duckdb.write_bytes(b"\x00garbage" * 5_000)


@pytest.mark.parametrize("harm", [_without_file, _damaged])
def test_a_lost_published_file_makes_no_finding_new(
    tmp_path: Path, harm: Callable[[Project], None]
) -> None:
    company = SmallCompany(tmp_path)
    project = company.project(dt.date(2026, 11, 6))
    assert published_findings(project) == set()  # before the first night
    company.night(dt.date(2026, 11, 6))
    ids = set(company.table("findings")["finding_id"])
    kept = (tmp_path / "data" / "published.duckdb").read_bytes()
    harm(project)
    before = published_findings(project)
    assert before == ids
    assert ids
    (tmp_path / "data" / "published.duckdb").write_bytes(kept)
    told = closing(project, before)
    assert told
    assert told.new_findings == 0
    assert f" 0 new of {len(ids)} findings" in str(told)


def test_where_what_was_published_is_lost_nothing_is_called_new(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.night(dt.date(2026, 11, 6))
    project = company.project(dt.date(2026, 11, 7))
    kept = project.paths.duckdb.read_bytes()
    _damaged(project)
    for file in (project.paths.history / "findings").glob("*.parquet"):
        file.unlink()
    assert published_findings(project) is None
    shutil.rmtree(project.paths.history)
    assert published_findings(project) is None
    project.paths.duckdb.write_bytes(kept)
    told = closing(project, None)
    assert told
    assert told.new_findings is None
    assert f"; {told.findings} findings; " in str(told)
    assert "new" not in str(told)


def test_the_metrics_are_text_that_prometheus_reads(published: Company, tmp_path: Path) -> None:
    project = Project(published.settings, with_secrets=False)
    write_metrics(project, published=True, last_good=1.5, open_alerts=2)  # no file is named
    file = tmp_path / "metrics" / "okr.prom"
    metrics = MetricsSettings(file=file)
    project.__dict__["settings"] = project.settings.model_copy(update={"metrics": metrics})
    write_metrics(project, published=True, last_good=1.5, open_alerts=2)
    text = file.read_text("utf-8")
    sample = re.compile(r'okr_sync_(\w+)(\{\w+="\w+"\})? -?\d+(\.\d+)?')
    samples = [sample.fullmatch(line) for line in text.splitlines() if not line.startswith("#")]
    assert all(samples), text
    names = {one[1] for one in samples if one}
    assert names == set(re.findall(r"^# TYPE okr_sync_(\w+) gauge$", text, re.M))
    assert 'okr_sync_source_up{source="jira"} 1\n' in text
    assert "okr_sync_open_alerts 2\n" in text
    assert 'okr_sync_step_seconds{step="confidence"}' in text
    assert [one.name for one in file.parent.iterdir()] == ["okr.prom"]
    assert file.stat().st_mode & 0o777 == 0o644
