"""What the documents say about the code holds, and each folder and file keeps to its size."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import PAGES, ROOT

ROOMS = ("connectors", "okr_model", "pipelines", "sandbox")
GLOSSARY = ROOT / "docs/glossary.md"
_FOLDERS = "|".join((*ROOMS, "tests", "benchmarks", "docs"))
_NAMED = re.compile(r"`((?:\w+/)+\w+\.py):([\w.]+)`")
_PATH = re.compile(rf"`((?:{_FOLDERS})/[\w./-]*)[:`]")


def named() -> list[tuple[str, str, str]]:
    """Page, file and function of every step that a page names."""
    return [(page.name, *step) for page in PAGES for step in _NAMED.findall(page.read_text())]


@cache
def definitions(file: Path) -> set[str]:
    """Functions, constants, classes and their methods; these as ``Class.method``."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    found = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, kinds):
            found.add(node.name)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, kinds)}
    return found


@pytest.mark.parametrize(("page", "file", "name"), named())
def test_every_step_is_a_function_of_its_file(page: str, file: str, name: str) -> None:
    assert (ROOT / file).is_file(), f"{page} names {file}, which is gone"
    assert name in definitions(ROOT / file), f"{page} names {name}, which is gone from {file}"


def test_four_things_are_followed_from_end_to_end() -> None:
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    ways = {way.partition(":")[0]: way for way in page.split("\n## ")[1:]}
    assert list(ways) == ["One value", "One link", "One decision", "One run"]
    for name, way in ways.items():
        rooms = {file.partition("/")[0] for file, _ in _NAMED.findall(way)}
        assert len(_NAMED.findall(way)) >= 6, name
        assert "pipelines" in rooms, name


def test_every_path_that_a_page_names_is_there() -> None:
    for page in PAGES:
        for path in _PATH.findall(page.read_text("utf-8")):
            assert (ROOT / path).exists(), f"{page.name} names {path}, which is gone"


def test_every_recipe_names_its_test() -> None:
    recipes = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("\n### ")[1:]
    assert len(recipes) == 8
    for recipe in recipes:
        assert re.search(r"\*\*Test:\*\*[^#]*`tests/", recipe), recipe.partition("\n")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_names_every_folder_of_a_room(room: str) -> None:
    (line,) = re.findall(rf"^\| `{room}/` \|(.*)$", (ROOT / "README.md").read_text("utf-8"), re.M)
    folders = {path.parent.name for path in (ROOT / room).glob("*/__init__.py")}
    assert set(re.findall(r"`(\w+)/`", line)) == folders


PARTS = (*ROOMS, "dashboard", "okr_sync", "published", "tests", "benchmarks", "scripts")
MOST_MODULES = 13  # in a folder, not counting its __init__.py
MOST_LINES = 400


@pytest.mark.parametrize("part", PARTS)
def test_no_folder_and_no_file_is_too_full_to_be_found_in(part: str) -> None:
    files = sorted((ROOT / part).rglob("*.py"))
    assert files
    modules = Counter(file.parent for file in files if file.name != "__init__.py")
    full = [f"{path.relative_to(ROOT)}: {n}" for path, n in modules.items() if n > MOST_MODULES]
    assert not full, f"folders of more than {MOST_MODULES} modules: {', '.join(full)}"
    lines = {file: len(file.read_text("utf-8").splitlines()) for file in files}
    long = [f"{path.relative_to(ROOT)}: {n}" for path, n in lines.items() if n > MOST_LINES]
    assert not long, f"files of more than {MOST_LINES} lines: {', '.join(long)}"


def rows(heading: str) -> list[list[str]]:
    """The cells of the glossary's table whose first header is ``heading``."""
    table = GLOSSARY.read_text("utf-8").partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


def test_the_glossary_is_sorted_and_defines_each_term_once() -> None:
    terms = [term.strip("*").casefold() for term, _ in rows("term")]
    assert len(terms) >= 40
    assert terms == sorted(set(terms))


def retired() -> list[tuple[str, str]]:
    return [(old, say) for say, olds in rows("say") for old in olds.split("; ")]


@cache
def prose() -> list[tuple[str, str]]:
    """What modules say about themselves, and the manual but for the glossary."""
    files = [file for room in ROOMS[:3] for file in sorted((ROOT / room).rglob("*.py"))]
    texts = [(str(file.relative_to(ROOT)), ast.get_docstring(ast.parse(file.read_text("utf-8"))))
             for file in files]  # fmt: skip
    pages = [(page.name, page.read_text("utf-8")) for page in PAGES if page != GLOSSARY]
    return [(name, " ".join((text or "").split())) for name, text in texts + pages]


@pytest.mark.parametrize(("old", "say"), retired())
def test_retired_words_stay_away(old: str, say: str) -> None:
    word = re.compile(rf"\b{re.escape(old)}\b", re.IGNORECASE)
    found = [name for name, text in prose() if word.search(text)]
    assert not found, f"say “{say}”, not “{old}”: {', '.join(found)}"


def test_every_module_that_a_benchmark_starts_is_there() -> None:
    sources = [file.read_text("utf-8") for file in (ROOT / "benchmarks").rglob("*.py")]
    started = re.findall(r'running\("([\w.]+)"', "\n".join(sources))
    started += re.findall(r'"-m", "benchmarks\.([\w.]+)"', "\n".join(sources))
    assert len(started) >= 3
    for module in started:
        assert (ROOT / "benchmarks" / f"{module.replace('.', '/')}.py").is_file(), module
