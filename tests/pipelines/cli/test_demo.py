"""The demo as a stranger has it: its nights, what its manual tells them to type, and once more."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.demo import run
from pipelines.cli.demo.serving import NotServingError, announced, ask, is_serving
from published.errors import UserError
from published.tables import PublishedTables
from sandbox.company.truth import load
from sandbox.server import Sandbox
from tests.support.commands import OKR, Answer, call_okr
from tests.support.company import dagster_in_memory
from tests.support.paths import ROOT

pytestmark = pytest.mark.night

TRUTH = load()
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith(("OKR_", "DAGSTER_"))},
    "COLUMNS": "160",
    "TERM": "dumb",
}


def okr(folder: Path, *words: str) -> Answer:
    """The command in this process; one test starts the installed one."""
    with dagster_in_memory():
        return call_okr(folder, ENVIRONMENT, *words)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """``okr demo --serve`` in ``folder``, once its services can be asked, until it is stopped."""
    words = [str(OKR), "demo", "--serve", "--issues", "300"]
    with subprocess.Popen(
        words, env=ENVIRONMENT, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        give_up = time.monotonic() + 900
        while not is_serving(folder / "demo") and process.poll() is None:
            if time.monotonic() > give_up:
                process.kill()
            time.sleep(0.1)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(600) == 0


def table(folder: Path, name: str) -> pd.DataFrame:
    return PublishedTables(folder / "demo/data/published.duckdb").frame(name)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the demo has run once, and what it printed."""
    folder = tmp_path_factory.mktemp("lived")
    done = okr(folder, "demo", "--issues", "300")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_its_tables_hold_a_history(lived: tuple[Path, str]) -> None:
    folder, _ = lived
    daily = table(folder, "key_results_daily")
    days = sorted(daily["as_of"].unique())
    assert days[-1] == TRUTH.as_of
    assert len(days) == 22
    assert {(after - before).days for before, after in itertools.pairwise(days)} == {7}
    assert days[0].month == 7
    runs = table(folder, "runs").sort_values("published_at")
    assert runs["kind"].tolist() == ["night", "rebuild", "night"]
    calibration = table(folder, "calibration")
    assert set(calibration["cycle_id"]) == {"2026-Q3"}
    assert calibration["calls"].sum() > 0


def test_a_past_days_values_are_the_companys(lived: tuple[Path, str]) -> None:
    folder, _ = lived
    daily = table(folder, "key_results_daily").set_index(["key_result_id", "as_of"]).sort_index()
    for day in sorted(daily.index.get_level_values("as_of").unique())[::4]:
        for name, key_result in TRUTH.key_results.items():
            if key_result.since:  # nobody had entered it on the first night
                assert ((name, day) in daily.index) == (day >= key_result.since)
                continue
            true, row = TRUTH.value(name, day), daily.loc[(name, day)]
            if true is None:
                assert pd.isna(row["current_value"]), (name, day)
            else:
                assert row["current_value"] == pytest.approx(true.value, abs=0.01), (name, day)


def test_the_last_weeks_changes_are_published_and_told(lived: tuple[Path, str]) -> None:
    folder, printed = lived
    old = {before.key_result: before.value for before in TRUTH.earlier}
    assert table(folder, "changes").set_index("key_result_id")["old_value"].to_dict() == old
    (late,) = [each for each in TRUTH.initiatives if "field_since" in each.claims]
    said = printed.partition("What changed since Sat 21 Nov 2026")[2]
    assert "KR-18 target 9 score → 8.5 score" in said
    assert "KR-33 target 240 → 220" in said
    assert "KR-34 of Product is new in the final push of 2026-W43-48" in said
    assert f"{late.key} {late.title} → {late.claims['field']}: none, now active by field" in said
    assert f"{late.key} {late.title} → KR-18: active by label, now overruled by label" in said
    assert "KR-24 41 → 44 score, progress 45 % → 60 %, computed confidence" in said
    assert f"new: {late.key} {late.title} serves" in said
    every = okr(folder, "changes", "--since", "2026-11-21", "-c", "demo/okr.yaml").stdout
    assert re.search(r"^ *findings: added \d+, gone \d+", every, re.M)
    assert "Warning" not in printed
    todo = printed.partition("What to do next")[2].splitlines()[
        1:
    ]  # the first may say where okr is
    assert [line.split()[0] for line in todo if line] == ["okr"] * 4


def test_a_second_demo_finds_nothing_new(lived: tuple[Path, str]) -> None:
    folder, _ = lived
    before = table(folder, "findings")
    taken = False
    try:
        socket.create_server(("127.0.0.1", run.PORT)).close()
    except OSError:
        taken = True
    done = okr(folder, "demo", "--issues", "300")
    assert done.returncode == 0, done.stderr
    if taken or "8700" not in (folder / "demo/okr.yaml").read_text("utf-8"):
        pytest.skip("something else listens on the demo's port, so the addresses differ")
    assert "Nothing has changed since" in done.stdout
    assert "What changed since Sat 21 Nov 2026" in done.stdout
    assert table(folder, "findings")["finding_id"].tolist() == before["finding_id"].tolist()


def test_everything_that_its_manual_says_can_be_typed(
    lived: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs/demo.md").read_text("utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
    typed = [shlex.split(line, comments=True) for line in blocks.splitlines() if line]
    commands = [words[1:] for words in typed if words[1:] not in (["demo"], ["demo", "--serve"])]
    assert len(commands) == len(typed) - 2 == 8
    shutil.copytree(lived[0] / "demo", tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    with (
        run._listener() as port,
        Sandbox(issues=300, port=port, journal=Path("demo/edits.jsonl")) as box,
        announced(Path("demo"), box.company_url, box.control_token),
    ):
        run._write_settings(Path("demo"), box)
        answers = {}
        for words in commands:
            done = CliRunner().invoke(app, words, env={"COLUMNS": "160"})
            assert done.exit_code == 0, (words, done.output, done.exception)
            answers[" ".join(words)] = done.output
        for words, says in (
            (["demo"], "okr sync -c demo/okr.yaml"),
            (["demo", "edit", "issue", "SUP-2", "--status", "Gone"], "no status 'Gone', only To"),
        ):
            refused = CliRunner().invoke(app, words)
            assert isinstance(refused.exception, UserError)
            assert says in str(refused.exception)
    told = answers["demo edit page KR-17 --set Target 8 hours"]
    assert "Target: 4 hours → 8 hours" in told
    assert "KR-17: its definition" in told
    assert "okr sync -c demo/okr.yaml" in told
    assert "KR-18: a measurement" in answers["demo edit cell Metrics/Weekly!C171 8.6"]
    assert "KR-17: a link" in answers["demo edit issue SUP-2 --status Done"]
    assert "as_of: 2026-11-29" in answers["demo next-day"]
    rows = table(tmp_path, "key_results").set_index("key_result_id")
    assert set(rows["as_of"].astype("str")) == {"2026-11-29"}
    assert (rows.loc["KR-17", "target"], rows.loc["KR-18", "current_value"]) == (8, 8.6)
    links = table(tmp_path, "links")
    assert len(links[(links["initiative"] == "SUP-6") & (links["key_result_id"] == "KR-18")]) == 1
    seen = table(tmp_path, "changes").set_index("key_result_id")["seen_on"].astype("str")
    assert seen.to_dict() == dict.fromkeys(("KR-17", "KR-18", "KR-33"), "2026-11-28")


def test_the_services_stay_up_until_they_are_stopped(
    lived: tuple[Path, str], tmp_path: Path
) -> None:
    shutil.copytree(lived[0] / "demo", tmp_path / "demo")
    with serving(tmp_path):
        said = ask(tmp_path / "demo", {"do": "next day"})
    assert said["day"] == "2026-11-29"
    assert not (tmp_path / "demo/serving.json").exists()
    assert len((tmp_path / "demo/edits.jsonl").read_text("utf-8").splitlines()) == 1


def test_edits_need_the_services(tmp_path: Path) -> None:
    for words in (("edit", "issue", "SUP-2", "--status", "Done"), ("next-day",)):
        done = okr(tmp_path, "demo", "--folder", "elsewhere", *words)
        assert done.returncode == 2
        assert "okr demo --folder elsewhere --serve" in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = f"http://127.0.0.1:{listener.getsockname()[1]}/company"
    with announced(tmp_path, gone, "token"):
        assert not is_serving(tmp_path)
        with pytest.raises(NotServingError):
            ask(tmp_path, {"do": "next day"})
        assert json.loads((tmp_path / "serving.json").read_text("utf-8"))["token"] == "token"
        assert (tmp_path / "serving.json").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "serving.json").exists()


def test_another_port_is_taken_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        monkeypatch.setattr(run, "PORT", taken)
        with run._listener() as other:
            assert other.getsockname()[1] != taken
    assert f"Port {taken} is taken" in capsys.readouterr().err
    with run._listener() as usual:
        assert usual.getsockname() == ("127.0.0.1", taken)
    assert capsys.readouterr().err == ""


class _Box:
    """Writes settings as a stand-in would, at a port and a day."""

    def __init__(self, port: int, day: str) -> None:
        self._port, self._day = port, day

    def write_settings(self, folder: Path) -> Path:
        path = folder / "okr.yaml"
        path.write_text(
            f"as_of: {self._day}  # pinned\nurl: ${{OKR_JIRA_URL}}\nteams: []\n", "utf-8"
        )
        return path

    def environment(self) -> dict[str, str]:
        return {"OKR_JIRA_URL": f"http://127.0.0.1:{self._port}/jira"}


def test_what_somebody_changed_in_the_samples_settings_stays(tmp_path: Path) -> None:
    path = run._write_settings(tmp_path, _Box(8700, "2026-11-28"))  # type: ignore[arg-type]
    run._write_settings(tmp_path, _Box(8701, "2026-11-29"))  # type: ignore[arg-type]
    plain = path.read_text("utf-8")
    assert plain == "as_of: 2026-11-29  # pinned\nurl: http://127.0.0.1:8701/jira\nteams: []\n"
    path.write_text(plain.replace("[]", "[{name: Sales}]"), "utf-8")
    for port, day in ((8702, "2026-11-30"), (8703, "2026-12-01")):
        run._write_settings(tmp_path, _Box(port, day))  # type: ignore[arg-type]
        assert path.read_text("utf-8") == (
            f"as_of: {day}  # pinned\nurl: http://127.0.0.1:{port}/jira\nteams: [{{name: Sales}}]\n"
        )
