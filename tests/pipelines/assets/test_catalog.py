"""What Dagster's page shows of every asset: kinds, tags, an owner, freshness, sources in use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.registry import SOURCE_FACTS
from pipelines.definitions import build_definitions
from pipelines.project import Project
from pipelines.settings.organization.organization import OWNER
from tests.support.paths import ROOT

_SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin, owner: "team:data"}
cycles: [{id: "2026", start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: okrs, locale: en_US}}
datasets: [{holds: key_results, from: files, place: key-results.csv, fields: {id: id, target: to}}]
schedule: {at: "02:00"}
"""


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, dg.AssetSpec]:
    path = tmp_path / "okr.yaml"
    path.write_text(_SETTINGS, "utf-8")
    definitions = build_definitions(Project(path))
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_sources_that_the_settings_do_not_name_are_absent(shown: dict[str, dg.AssetSpec]) -> None:
    assert set(SOURCE_FACTS) & set(shown) == {"files"}
    deps = {dep.asset_key.to_user_string() for spec in shown.values() for dep in spec.deps}
    assert deps <= set(shown)


def test_every_asset_has_a_kind_a_tag_an_owner_words_and_freshness(
    shown: dict[str, dg.AssetSpec],
) -> None:
    for name, spec in shown.items():
        assert spec.kinds, name
        assert spec.tags["domain"] == "okr", name
        assert spec.owners == ["team:data"], name
        assert spec.description, name
        assert spec.freshness_policy, name


def test_without_a_schedule_nothing_is_promised(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(_SETTINGS.replace('schedule: {at: "02:00"}', ""), "utf-8")
    specs = build_definitions(Project(path)).resolve_all_asset_specs()
    assert {spec.freshness_policy for spec in specs} == {None}


@settings(max_examples=30, deadline=None)
@given(st.from_regex(OWNER, fullmatch=True))
def test_an_owner_that_the_settings_take_is_one_that_dagster_takes(owner: str) -> None:
    assert dg.AssetSpec("asset", owners=[owner]).owners == [owner]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("dg", "check", "defs"), "All definitions loaded successfully"),
        (("dagster", "definitions", "validate"), "All code locations passed validation"),
    ],
    ids=["dg", "dagster"],
)
def test_dagsters_own_checks_of_the_code_location_pass(
    tmp_path: Path, command: tuple[str, ...], said: str
) -> None:
    """With settings, so that their assets, schedule and sensors are what is checked."""
    (tmp_path / "okr.yaml").write_text(_SETTINGS, "utf-8")
    words = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    environ = {**os.environ, "OKR_CONFIG": str(tmp_path / "okr.yaml")}
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert said in text
    assert "error" not in text.lower()
