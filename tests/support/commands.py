"""The okr command: as a process of its own, and in this one, with the same answers."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import pytest
import typer

from pipelines.cli.app import main

OKR = Path(sys.executable).with_name("okr")
Answer = subprocess.CompletedProcess[str]
_tree = functools.cache(typer.main.get_command)


def start_okr(folder: Path, environ: Mapping[str, str], *words: str) -> Answer:
    """Run the installed command as a person would."""
    return subprocess.run(
        [str(OKR), *words], env=environ, cwd=folder, capture_output=True, text=True, check=False
    )


def call_okr(folder: Path, environ: Mapping[str, str], *words: str) -> Answer:
    """The same in this process, which spares it starting Python and Dagster.

    The tree of commands is built once: that takes as long as most of them.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch.object(sys, "argv", ["okr", *words]),
        mock.patch.object(typer.main, "get_command", _tree),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Answer(words, int(ended.value.code or 0), out.getvalue(), err.getvalue())
