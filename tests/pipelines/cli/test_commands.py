"""The okr command: what people see, what machines get, and what a mistake is answered with."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from published.formatting import chance, level, plain, quantity, share
from sandbox.company.truth import load
from tests.support.company import Company


def test_the_list_of_commands_is_printed_before_anything_heavy_is_loaded() -> None:
    heavy = ["dagster", "deltalake", "duckdb", "fastapi", "pandas", "pydantic", "requests"]
    loaded = f"import sys, pipelines.cli.app; print(*(sys.modules.keys() & {heavy}))"
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (64.516, "%", "64.52 %"),
        (12400.0, "count", "12400"),
        (29.25, "hours", "29.25 hours"),
        (3.0, "x", "3x"),
        (8.5, "score", "8.5 score"),
        (0.0012345, "USD", "0.00123 USD"),
        (0.0, "%", "0 %"),
        (None, "%", "–"),
        (math.nan, "%", "–"),
        (5.0, None, "5"),
    ],
)
def test_quantities_are_shown_with_their_unit(
    value: float | None, unit: str | None, shown: str
) -> None:
    assert quantity(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.59, "59 %"),
        (0.62857, "62.9 %"),
        (0.9996, "99.9 %"),
        (1.0, "100 %"),
        (-0.2666, "-26.7 %"),
        (-0.0001, "0 %"),
        (1.2, "120 %"),
    ],
)
def test_progress_is_never_rounded_up_to_the_whole(value: float, shown: str) -> None:
    assert share(value) == shown


@pytest.mark.parametrize(
    ("value", "settled", "shown"),
    [(0.0, False, "<1 %"), (1.0, False, ">99 %"), (0.0, True, "0 %"), (0.6999, False, "69 %")],
)
def test_only_what_is_over_is_certain(value: float, settled: bool, shown: str) -> None:
    assert chance(value, settled=settled) == shown


def test_levels_are_shown_in_the_organizations_words() -> None:
    words = ("High", "Challenge", "Critical")
    assert [level(name, words) for name in ("high", "medium", "low", None)] == [*words, "–"]


def test_control_characters_of_others_never_reach_the_terminal() -> None:
    assert plain("red\x1b[31m\nalert") == "red [31m alert"


def test_show_has_every_current_key_result_at_any_width(published: Company) -> None:
    current = [key for key, kr in load().key_results.items() if kr.cycle == "2026-Q4"]
    shown = published.okr_here("show").stdout
    for key in current:
        assert key in shown
    assert "KR-15 " not in shown
    assert "64.52 %" in shown
    assert "High → " in shown
    assert "Other cycles run beside it: 2026-W43-48 (2), FY2027 (1)." in shown
    assert "run beside it" not in published.okr_here("show", "--cycle", "2026-Q4").stdout


def test_show_narrows_by_team_and_cycle(published: Company) -> None:
    rows = json.loads(published.okr_here("show", "--team", "sales", "--json").stdout)
    assert [row["key_result_id"] for row in rows] == ["KR-25", "KR-26", "KR-27"]
    older = json.loads(published.okr_here("show", "--cycle", "2026-q3", "--json").stdout)
    assert {row["cycle_id"] for row in older} == {"2026-Q3"}
    assert len(json.loads(published.okr_here("show", "--cycle", "all", "--json").stdout)) == 34


def test_json_says_null_and_csv_cannot_be_a_formula(published: Company) -> None:
    rows = json.loads(published.okr_here("show", "--json").stdout)
    assert {row["score"] for row in rows} == {None}
    assert isinstance(rows[0]["confidence_reasons"], list)
    table = list(csv.DictReader(io.StringIO(published.okr_here("show", "--csv").stdout)))
    assert [row["key_result_id"] for row in table] == [row["key_result_id"] for row in rows]
    assert not [v for row in table for v in row.values() if v.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["explain", "KR-77"], "There are: KR-1, KR-2"),
        (["links", "KR-77"], "There are: KR-1, KR-2"),
        (["show", "--team", "Salse"], "There are: Customer experience"),
        (["show", "--cycle", "2025-Q1"], "There are: 2026-Q3, 2026-Q4"),
        (["show", "--json", "--csv"], "choose one"),
        (["show", "--config", "nowhere.yaml"], "no such settings file"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    published: Company, words: list[str], hint: str
) -> None:
    done = published.okr_here(*words)
    assert done.returncode == 2
    assert hint in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["explain", "KR-77"], ["show", "--json", "--csv"], ["show"]])
def test_the_installed_command_answers_the_same(published: Company, words: list[str]) -> None:
    started, here = published.okr(*words), published.okr_here(*words)
    assert (started.returncode, started.stderr) == (here.returncode, here.stderr)
    assert started.stdout == here.stdout


def test_links_add_up_to_all_initiatives(published: Company) -> None:
    text = published.okr_here("links").stdout
    assert "31 initiatives: 25 linked, 6 without a link." in text
    one = json.loads(published.okr_here("links", "kr-17", "--json").stdout)
    assert [row["initiative"] for row in one] == ["SUP-2", "SUP-3"]


def test_a_typo_in_the_settings_is_answered_with_its_line(fresh: Company) -> None:
    text = fresh.settings.read_text("utf-8")
    fresh.settings.write_text(text.replace("cycles:", "cycels:"), "utf-8")
    done = fresh.okr_here("sync")
    assert done.returncode == 2
    assert "Did you mean cycles?" in done.stderr
    line = text[: text.index("cycles:")].count("\n") + 1
    assert f"okr.yaml:{line}:" in done.stderr
    assert not fresh.box.requests


def test_a_wrong_token_is_told_and_never_shown(fresh: Company) -> None:
    wrong = "not-the-token-4711"
    words = [f"OKR_JIRA_TOKEN={wrong}"]
    done = fresh.okr_with(dict(word.split("=") for word in words), "sync")
    assert "jira    FAILED" in done.stdout
    written = done.stdout + done.stderr
    for path in (fresh.folder / "data").rglob("*"):
        if path.is_file():
            written += path.read_bytes().decode("latin-1")
    assert wrong not in written
    for secret in ("OKR_JIRA_TOKEN", "OKR_NOTION_TOKEN"):
        assert fresh.environment[secret] not in written


def test_the_schedule_and_the_jobs_are_there(published: Company) -> None:
    import dagster as dg

    from pipelines.definitions import build_definitions
    from pipelines.project import Project

    definitions = build_definitions(Project(published.settings, with_secrets=False))
    for name in ("sync_sources", "publish"):
        assert definitions.resolve_job_def(name).name == name
    keys = {key.to_user_string() for key in definitions.resolve_all_asset_keys()}
    assert {"jira", "notion", "sheets", "key_results"} - keys <= {"key_results"}
    dg.Definitions.validate_loadable(definitions)


def test_the_nightly_schedule_runs_once_a_local_day(
    published: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.definitions import build_definitions

    monkeypatch.setenv("OKR_CONFIG", str(published.settings))
    (schedule,) = build_definitions().schedules or []
    assert schedule.cron_schedule == "0 2 * * *"
    assert schedule.execution_timezone == "Asia/Kuala_Lumpur"
    assert schedule.default_status.value == "RUNNING"
    monkeypatch.delenv("OKR_CONFIG")
    monkeypatch.chdir(tmp_path)
    (schedule,) = build_definitions().schedules or []
    assert schedule.default_status.value == "STOPPED"
