"""Loading the code location: without settings it opens, with unusable ones it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.definitions import build_definitions
from pipelines.settings import SettingsError
from tests.support.company import Company


def test_without_a_settings_file_the_graph_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OKR_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert build_definitions().resolve_schedule_def("nightly").execution_timezone == "UTC"


@pytest.mark.parametrize("text", ["cycles: [", "organization: {name: A}", None])
def test_settings_that_cannot_be_used_keep_it_from_loading(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "okr.yaml"
    monkeypatch.setenv("OKR_CONFIG", str(settings))
    if text is not None:
        settings.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=r"okr\.yaml"):
        build_definitions()


def test_usable_settings_need_no_secrets_to_load(
    published: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKR_CONFIG", str(published.settings))
    monkeypatch.delenv("OKR_JIRA_TOKEN", raising=False)
    nightly = build_definitions().resolve_schedule_def("nightly")
    assert nightly.execution_timezone == "Asia/Kuala_Lumpur"
