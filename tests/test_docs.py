"""The manual: every command, query and setting in it works as it stands."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import get_args
from unittest import mock

import duckdb
import pytest
import typer

from connectors.cells import Cell
from okr_model.confidence.signals import SIGNALS
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.finding_rules import Rule
from okr_model.measures.parser import parse_measure
from okr_model.progress.kinds import DIRECTED, FALLING
from okr_model.progress.progress import compute_progress
from okr_model.tables import KINDS
from pipelines.cli.app import app
from pipelines.cli.contract.dictionary import dictionary
from pipelines.lake.confined_sql.process import run_query
from pipelines.lake.confined_sql.views import stream_columns
from pipelines.lake.tables import Lake
from pipelines.settings import load_settings
from pipelines.settings.targets import TargetSettings
from sandbox.server.notion.store import notion_id
from tests.support.company import Company, copy_of
from tests.support.key_result_frames import definitions
from tests.support.paths import PAGES, ROOT
from tests.support.review_desk import Desk

# They start what does not end, install, or are run by other tests at their full length.
_ELSEWHERE = {"demo", "dev", "doctor", "init", "mcp", "restore", "serve", "store", "sync"}
# They add to the log of decisions, so they only run dry here.
_LINKS = {"links accept", "links reject", "links correct", "links other", "links undo"}
_DECIDING = _LINKS | {
    "checklist attest",
    "close",
    "findings acknowledge",
    "findings dismiss",
    "findings undo",
    "rollout attest",
}


@functools.cache
def known_commands() -> dict[str, typer.models.CommandInfo]:
    """Every command by the words that call it; a group's default by the group's name too."""

    def inside(group: typer.models.CommandInfo, name: str) -> dict[str, typer.models.CommandInfo]:
        commands = getattr(group, "commands", {})
        found = {name: commands.get("show", group)} if name else {}
        for word, one in commands.items():
            if word != "show" or not name:
                found |= inside(one, f"{name} {word}".strip())
        return found

    return inside(typer.main.get_command(app), "")


def name_of(words: list[str]) -> str:
    """Which command ``words`` call."""
    names = (" ".join(words[:count]) for count in (3, 2))
    return next((name for name in names if name in known_commands()), words[0])


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", page.read_text("utf-8"), re.M | re.S)
    return [
        "\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found
    ]


def commands() -> list[str]:
    """Every `okr …` in the manual, in a block or in a sentence."""
    found = set()
    for page in PAGES:
        text = page.read_text("utf-8")
        found |= set(re.findall(r"`(okr [^`\n]+)`", text))
        for block in blocks(page, "sh"):
            found |= set(re.findall(r"^(?:\.venv/bin/)?(okr [^#\n|>]+)", block, re.M))
    return sorted({command.partition(">")[0].strip() for command in found})


# Nothing can be in them after a first night.
_STARTS_EMPTY = (
    *("okr.calibration", "okr.changes", "acknowledgement IS NOT NULL"),
    *("okr.changed_since", "okr.confidence_outcomes"),
)


def queries() -> list[tuple[str, str]]:
    return [(page.name, query) for page in PAGES for query in blocks(page, "sql")]


def test_the_manual_names_every_command_and_option() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    for name, command in known_commands().items():
        assert re.search(rf"okr {name}\b|make {name}\b", text), f"okr {name} is in no page"
        for option in command.params:
            for flag in option.opts:
                if flag.startswith("--") and flag != "--help":
                    assert flag in text, f"okr {name} {flag} is in no page"


@pytest.fixture(scope="module")
def of_the_manual(published: Company, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company of the manual's own: some of its commands write, to a target, too."""
    company = Desk(copy_of(published, tmp_path_factory.mktemp("manual"))).company
    files = "{name: files, kind: parquet, folder: exports}"
    text = company.settings.read_text("utf-8").replace(
        "publish:\n", f"publish:\n  targets: [{files}]\n"
    )
    page = notion_id("page", "Check-ins")
    company.box.notion.add_page(None, page, {"title": "Check-ins"})
    text += f"messages: {{agenda_page: {page}}}\n"
    company.settings.write_text(text, "utf-8")
    return company


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_manual_runs(of_the_manual: Company, command: str) -> None:
    words = [word for word in shlex.split(command.replace("…", "")) if word]
    name = name_of(words[1:])
    if name in ("--help", "--version"):
        assert of_the_manual.okr_here(name).returncode == 0
        return
    known = known_commands()
    assert name in known, command
    for word in words[2:]:
        if word.startswith("--"):
            assert any(word in option.opts for option in known[name].params), command
    if name.split()[0] in _ELSEWHERE:
        return
    given = [w for w in words[1:] if not w.endswith("okr.yaml") and w not in ("-c", "--config")]
    only_named = (*_DECIDING, "alerts test", "changes", "diff", "rebuild", "explain", "measure")
    if name in only_named and given == name.split():
        given.append("--help")
    elif name in ("links undo", "findings undo"):
        assert "there is no decision" in of_the_manual.okr_here(*given).stderr
        return
    elif name in ("changes", "diff"):  # there is one night
        refused = of_the_manual.okr_here(*given).stderr
        assert "no night published this day" in refused or "is published" in refused
        return
    if name == "rebuild" and "--from" in given:
        given += ["--to", given[given.index("--from") + 1]]  # a day is like all days
    done = of_the_manual.okr_here(*given, *(["--dry-run"] if name in _DECIDING else []))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_example_of_the_entry_for_python_runs(of_the_manual: Company) -> None:
    together = [text for page in PAGES for text in blocks(page, "python")]
    examples = [text for text in together if "import okr_sync" in text]
    assert examples
    with mock.patch.dict(os.environ, {"OKR_CONFIG": str(of_the_manual.settings)}):
        for text in examples:
            exec(text, {})  # noqa: S102 - our own


def test_the_notebook_runs_and_its_tables_have_rows(of_the_manual: Company) -> None:
    notebook = json.loads((ROOT / "docs/examples/quarter.ipynb").read_text("utf-8"))
    cells = ["".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == "code"]
    known: dict[str, object] = {}
    with mock.patch.dict(os.environ, {"OKR_CONFIG": str(of_the_manual.settings)}):
        for text in cells:
            *before, last = text.splitlines()
            exec("\n".join(before), known)  # noqa: S102 - our own
            assert len(eval(last, known)), text  # noqa: S307 - our own
    assert all(not one.get("outputs") for one in notebook["cells"])


@pytest.mark.parametrize(("page", "query"), queries())
def test_every_query_of_the_manual_finds_something(
    of_the_manual: Company, page: str, query: str
) -> None:
    path = of_the_manual.folder / "data" / "published.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    assert rows or any(table in query for table in _STARTS_EMPTY), page


def test_the_settings_in_the_readme_are_accepted(tmp_path: Path) -> None:
    (whole,) = [text for text in blocks(ROOT / "README.md", "yaml") if "organization" in text]
    (tmp_path / "okr.yaml").write_text(whole, encoding="utf-8")
    environ = dict.fromkeys(("JIRA_USER", "JIRA_TOKEN", "NOTION_TOKEN"), "x")
    settings = load_settings(tmp_path / "okr.yaml", environ)
    assert [dataset.source for dataset in settings.datasets] == ["notion", "sheets", "jira"]


def test_the_targets_of_the_manual_are_accepted(tmp_path: Path) -> None:
    (whole,) = [text for text in blocks(ROOT / "README.md", "yaml") if "organization" in text]
    (targets,) = blocks(ROOT / "docs/publishing.md", "yaml")
    (tmp_path / "okr.yaml").write_text(f"{whole}\n{targets}", encoding="utf-8")
    settings = load_settings(tmp_path / "okr.yaml", {}, with_secrets=False)
    assert {target.kind for target in settings.publish.targets} == set(
        get_args(TargetSettings.model_fields["kind"].annotation)
    )


def test_the_dictionary_is_the_one_the_tables_declare() -> None:
    assert (ROOT / "docs/dictionary.md").read_text("utf-8") == dictionary() + "\n"


def test_the_columns_of_the_streams_are_those_that_queries_see(tmp_path: Path) -> None:
    page = (ROOT / "docs/streams.md").read_text("utf-8")
    sections = {
        title: re.findall(r"^\| `(\w+)` \| ([A-Z\[\] ]+) \| \S.* \|$", text, re.M)
        for title, text in re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", page, re.M)
    }
    shared = sections.pop("Every stream")
    seen = stream_columns(Lake(tmp_path))
    for stream, columns in seen.items():
        plain = [(name, "STRUCT[]" if "STRUCT" in kind else kind) for name, kind in columns]
        assert [*sections[stream], *shared] == plain, stream
    assert [title for title in sections if title != "Cells"] == list(seen)
    for example in blocks(ROOT / "docs/streams.md", "text"):
        assert "current_date" not in example  # UTC's, which east of it is yesterday at night
        assert run_query(Lake(tmp_path), str(parse_measure(example).sql)).rows.empty
    keys = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page.partition("## Cells")[2], re.M)
    known = {key for part in keys for key in re.findall(r"\w+", part)}
    assert set(Cell.__struct_fields__) <= known


def test_every_signal_and_every_threshold_is_explained() -> None:
    page = (ROOT / "docs/confidence.md").read_text("utf-8")
    for signal in SIGNALS:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{signal.name}` |")]
        assert line.endswith("| yes |" if signal.weighs else "| |")
    for name, value in asdict(SignalThresholds()).items():
        (stated,) = re.findall(rf"`{name}` \(([^;)]*)", page)
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        assert float(stated) == value if not isinstance(value, tuple) else stated == shown


def test_every_example_of_the_measure_language_is_a_measure() -> None:
    page = (ROOT / "docs/measures.md").read_text("utf-8")
    examples = re.findall(r"^\| `([^`]+)` \|", page, re.M)
    assert len(examples) > 10
    for example in examples:
        parse_measure(example)


def anchors(page: Path) -> set[str]:
    """What a link may name after #: each heading in small letters, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_rule_of_a_finding_is_explained() -> None:
    page = (ROOT / "docs/findings.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\S.+) \| (\S.+) \|$", page, re.M)
    assert [rule for rule, _, _ in rows] == list(Rule)


def test_no_page_leads_nowhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8")):
            target, _, anchor = link.partition("#")
            found = page.parent / target if target else page
            assert found.exists(), f"{page.name}: {link}"
            assert not anchor or anchor in anchors(found), f"{page.name}: {link}"


def test_the_index_leads_to_every_page() -> None:
    for index in (ROOT / "docs/index.md", ROOT / "docs/decisions/README.md"):
        linked = re.findall(r"\]\(([^)#]+)", index.read_text("utf-8"))
        for page in index.parent.glob("*.md"):
            assert page == index or page.name in linked, f"{index.name} does not name {page.name}"


def test_progress_by_kind_is_as_the_manual_says() -> None:
    page = (ROOT / "docs/set-up.md").read_text("utf-8")
    stated = re.findall(r"^\| (.+) \| .+ \| (\S+), (\S+), (\S+): (\S+) \|$", page, re.M)
    cases = []
    for kinds, first, target, current, raw in stated:
        for kind in re.findall(r"`([^`]+)`", kinds) or DIRECTED:
            way = -1.0 if kind in FALLING else 1.0  # the figures are of those that rise
            figures = (first, *target.split("–"), current)
            baseline, low, *high, value = (
                None if text == "none" else way * float(text) for text in figures
            )
            facts = {"kind": kind, "unit": None, "baseline": baseline, "target": low}
            cases.append((facts | {"target_high": high[0] if high else None}, value, raw))
    assert {facts["kind"] for facts, *_ in cases} == {*KINDS}
    rows = definitions(*(facts for facts, *_ in cases))
    rows = rows.assign(current_value=[value for _, value, _ in cases], first_value=None)
    found = compute_progress(rows.astype({"first_value": "float64"}), rows["cycle_start"][0].date())
    assert found["progress_raw"].tolist() == pytest.approx([float(raw) for *_, raw in cases])
    assert set(found["expected_progress"]) == {0.0}
