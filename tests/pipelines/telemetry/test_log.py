"""The lines of a run's log."""

import json
import logging
from pathlib import Path

import pytest

from connectors.secrets import remember
from pipelines.settings.operation import LogSettings
from pipelines.telemetry import log
from pipelines.telemetry.log import FILE, Logs, event, run_log

RUN = "2a4a3b4a-5642-486d-9b85-f6c208308561"


def logs(folder: Path, **settings: object) -> Logs:
    return Logs(folder / "data" / "logs", None, LogSettings.model_validate(settings))


def lines(folder: Path) -> list[str]:
    return (folder / "data" / "logs" / FILE).read_text("utf-8").splitlines()


def test_each_line_of_json_has_the_run_and_what_is_known(tmp_path: Path) -> None:
    with run_log(logs(tmp_path, format="json"), RUN):
        event("source read", source="jira", rows=12, error=None, run="another", at=1)
    (one,) = map(json.loads, lines(tmp_path))
    assert list(one)[:4] == ["at", "level", "run", "event"]
    assert (one["run"], one["event"], one["level"]) == (RUN, "source read", "info")
    assert (one["source"], one["rows"], "error" in one) == ("jira", 12, False)


def test_a_line_of_text_is_one_line_whatever_a_source_sent(tmp_path: Path) -> None:
    with run_log(logs(tmp_path), RUN):
        event("source failed", source="jira", error='said "no"\nand \x1b[31mred', places=["a", "b"])
    (one,) = lines(tmp_path)
    head = f"run={RUN} source failed source=jira "
    assert one.partition("info")[2].strip().startswith(head)
    assert r'error="said \"no\"\nand \u001b[31mred"' in one
    assert one.endswith("places=a,b")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_has_a_secret(tmp_path: Path, form: str) -> None:
    remember('not"to-be-shown-9876543210')
    with run_log(logs(tmp_path, format=form), RUN):
        event("note", sentence='x not"to-be-shown-9876543210 and https://me:pw123@host/')
        logging.getLogger("connectors.jira").warning("%s", 'not"to-be-shown-9876543210')
    said = "\n".join(lines(tmp_path))
    assert "shown" not in said
    assert "pw123" not in said
    assert said.count("<secret>") == 3


def test_lines_go_to_the_standard_error_if_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with run_log(logs(tmp_path, stderr=True), RUN):
        event("run began")
    with run_log(logs(tmp_path), RUN):
        event("not there")
    event("after it")
    assert capsys.readouterr().err.splitlines() == lines(tmp_path)[:1]
    assert len(lines(tmp_path)) == 2


def test_a_run_within_a_run_writes_each_line_once_with_the_outer_id(tmp_path: Path) -> None:
    with run_log(logs(tmp_path), RUN):
        with run_log(logs(tmp_path), "inner"):
            event("step done")
        event("run ended")
    assert [line.partition("run=")[2] for line in lines(tmp_path)] == [
        f"{RUN} step done",
        f"{RUN} run ended",
    ]


def test_a_full_file_is_set_aside_and_only_its_owner_reads_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "FILE_BYTES", 300)
    with run_log(logs(tmp_path), RUN):
        for number in range(5 * log.KEPT_FILES):
            event("step done", number=number)
    files = sorted((tmp_path / "data" / "logs").iterdir())
    assert len(files) == 1 + log.KEPT_FILES
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}
    assert lines(tmp_path)[-1].endswith(f"number={5 * log.KEPT_FILES - 1}")


def test_what_cannot_be_written_ends_no_run(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with run_log(logs(tmp_path), RUN):
        event("run began")
    assert (tmp_path / "data").is_file()
