"""What is shipped: the wheel, and what the command says of itself."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    """Modules, and what they read beside them: templates, scripts, the sample company."""
    shipped = {one for one in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in one}
    found = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped == found
    assert {f"{package}/py.typed" for package in PACKAGES} <= shipped


def test_the_command_has_the_package_s_name_too(wheel: Path) -> None:
    """So that ``uvx okr-sync demo`` works."""
    [name] = [one for one in zipfile.ZipFile(wheel).namelist() if one.endswith("entry_points.txt")]
    points = configparser.ConfigParser()
    points.read_string(zipfile.ZipFile(wheel).read(name).decode())
    assert dict(points["console_scripts"]) == {
        "okr": "pipelines.cli.app:main",
        "okr-sync": "pipelines.cli.app:main",
    }


@pytest.mark.matrix
def test_the_demo_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, whose libraries are those of this one, far from the project."""
    venv.create(tmp_path / "venv", symlinks=True)
    [packages] = (tmp_path / "venv").glob("lib/python*/site-packages")
    # The libraries, without the project itself: what an editable install adds is not followed.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    scripts = tmp_path / "venv" / "bin"
    install = ["-m", "uv", "pip", "install", "-q", "--no-deps", "--no-index", "--python"]
    subprocess.run([sys.executable, *install, scripts / "python", wheel], check=True)
    (tmp_path / "empty").mkdir()
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("OKR_", "PYTHON"))}
    asked = [scripts / "python", "-c", "import pipelines, sandbox; print(pipelines.__file__)"]
    where = subprocess.run(
        asked, cwd=tmp_path / "empty", env=environ, check=True, capture_output=True, text=True
    )
    assert where.stdout.startswith(str(packages))
    done = subprocess.run(
        [scripts / "okr-sync", "demo", "--issues", "100"],
        cwd=tmp_path / "empty",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"What to do next (okr is in {scripts})" in " ".join(done.stdout.split())
    assert (tmp_path / "empty" / "demo" / "data" / "published.duckdb").is_file()


def test_the_command_says_its_version() -> None:
    okr = Path(sys.executable).with_name("okr")
    done = subprocess.run([okr, "--version"], check=True, capture_output=True, text=True)
    assert done.stdout == f"okr-sync {PROJECT['project']['version']}\n"
