"""The manual for connectors quotes real code and keeps its promise of size."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

from tests.support.paths import ROOT

QUOTES = re.findall(
    r"```python\n# (\S+)\n(.*?)```", (ROOT / "docs/write-a-connector.md").read_text("utf-8"), re.S
)


def _code_lines(file: Path) -> int:
    """Lines that are neither blank nor comment nor docstring."""
    text = file.read_text("utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        if isinstance(node, documented) and is_text and first and first.end_lineno:
            prose.update(range(first.lineno, first.end_lineno + 1))
    return sum(
        1
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.strip().startswith("#") and number not in prose
    )


@pytest.mark.parametrize(("file", "quoted"), QUOTES)
def test_what_the_manual_quotes_is_in_the_code(file: str, quoted: str) -> None:
    lines = {line.strip() for line in (ROOT / file).read_text("utf-8").splitlines()}
    said = [line.strip().removesuffix(" ...") for line in textwrap.dedent(quoted).splitlines()]
    assert [line for line in said if line and line not in lines] == []


def test_there_are_quotes() -> None:
    assert {file for file, _ in QUOTES} == {"connectors/records.py", "connectors/files/source.py"}


def test_the_files_connector_takes_under_155_lines() -> None:
    lines = {file.name: _code_lines(file) for file in (ROOT / "connectors/files").glob("*.py")}
    files = {"__init__.py", "facts.py", "file_reader.py", "source.py", "streams.py", "survey.py"}
    assert lines.keys() == files
    assert lines["survey.py"] <= 50
    assert lines["facts.py"] + lines["streams.py"] <= 50
    assert lines["source.py"] + lines["file_reader.py"] < 155
