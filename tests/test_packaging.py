"""What is shipped: the wheel, and what the command says of itself."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_shipped_package_is_typed(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"{package}/py.typed" in shipped
    assert "pipelines/dagster.yaml" in shipped


def test_the_command_says_its_version() -> None:
    okr = Path(sys.executable).with_name("okr")
    done = subprocess.run([okr, "--version"], check=True, capture_output=True, text=True)
    assert done.stdout == f"okr-sync {PROJECT['project']['version']}\n"
