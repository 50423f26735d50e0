"""Which settings a run computes with, as other runs compare them."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from pipelines.project import Project
from pipelines.run_status.provenance import settings_digest
from tests.support.company import Company


def test_settings_are_the_same_without_secrets_and_with_others(
    fresh: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock.patch.dict(os.environ, fresh.environment):
        with_secrets = settings_digest(Project(fresh.settings))
        monkeypatch.setenv("OKR_JIRA_TOKEN", "renewed")
        renewed = settings_digest(Project(fresh.settings))
        monkeypatch.delenv("OKR_JIRA_TOKEN")
        without = settings_digest(Project(fresh.settings, with_secrets=False))
    assert with_secrets == renewed == without
    text = fresh.settings.read_text("utf-8")
    fresh.settings.write_text(f"{text}\nthresholds: {{pace_tolerance: 0.2}}\n", "utf-8")
    with mock.patch.dict(os.environ, fresh.environment):
        assert settings_digest(Project(fresh.settings, with_secrets=False)) != without
