"""A dry run of a restore verifies the back-up, whatever the data folder holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.small_company import SmallCompany

pytestmark = pytest.mark.night


def test_it_is_verified_where_there_is_state_and_says_what_restoring_would_need(
    original: SmallCompany, made: Path
) -> None:
    dry = original.okr("restore", str(made), "--dry-run")
    assert dry.returncode == 0
    assert f"Every file of {made} is as it was backed up: " in dry.stdout
    assert "holds state already (" in dry.stdout
    assert "have that set aside with --replace." in dry.stdout
    told = json.loads(original.okr("restore", str(made), "--dry-run", "--json").stdout)
    assert (told["outcome"], told["needs_replace"]) == ("dry run", True)
    words = ("restore", str(made), "--dry-run", "--replace", "--json")
    assert json.loads(original.okr(*words).stdout)["needs_replace"] is False
    refused = original.okr("restore", str(made))
    assert (refused.returncode, "--replace" in refused.stderr) == (2, True)


def test_damage_is_told_where_there_is_state(
    original: SmallCompany, made: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(made.read_bytes()[:-5_000])
    damaged = original.okr("restore", str(cut), "--dry-run")
    assert damaged.returncode == 2
    assert str(cut) in damaged.stderr
    assert "holds state already" not in damaged.stderr
