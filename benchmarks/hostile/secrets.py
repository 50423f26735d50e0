"""Planted credentials: nights good and bad, after which none may be found anywhere on the disk.

Each night, some service sends back every credential in every usual form: in an explanation, as a
redirect, in a log-in page, in the content of a record. Then every file that the night could have
written is searched (Parquet and DuckDB as texts, all else as bytes), and so is what it printed.

``python -m benchmarks secrets`` prints the table; ``--nights 3`` spends fewer.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import duckdb

from connectors.transport.retry import RetryPolicy
from pipelines.cli.app import main as okr
from sandbox.server import Dictated, Sandbox

_REQUESTS = 200  # of one night: more than any retry policy makes


@dataclass(frozen=True)
class Night:
    """What a night is like.

    Attributes:
        name: What happens.
        plant: Does it, given every form of every credential.
        command: What is run.
    """

    name: str
    plant: Callable[[Sandbox, list[str]], object] = lambda _box, _forms: None
    command: tuple[str, ...] = ("sync",)


def _everywhere(
    status: int, body: Callable[[list[str]], str], location: bool = False, *services: str
) -> Callable[[Sandbox, list[str]], None]:
    """Every request of the services is answered so."""

    def plant(box: Sandbox, forms: list[str]) -> None:
        for service in services or ("jira", "notion", "google"):
            for number in range(_REQUESTS):
                form = forms[number % len(forms)]
                headers = {"Location": f"https://x.example/{quote(form)}"[:900]}
                box.dictate(
                    service,
                    Dictated(status, body(forms).encode(), headers if location else {}),
                )

    return plant


def _explained(forms: list[str]) -> str:
    """An error of each service's own form, with all credentials in it."""
    told = " ".join(forms)
    error = {"code": 400, "message": told, "status": told, "errors": [{"reason": told}]}
    google = {"error": error, "error_description": told}
    return json.dumps({"message": told, "errorMessages": forms, "code": told, **google})


def _in_a_record(box: Sandbox, forms: list[str]) -> None:
    for number in range(0, len(forms), 5):
        box.jira.edit_issue(f"WEB-{2 + number // 5}", summary=" ".join(forms[number : number + 5]))


NIGHTS = (
    Night("a first good night"),
    Night("a second good night"),
    Night("400 with the credentials", _everywhere(400, _explained)),
    Night("401 with the credentials", _everywhere(401, _explained)),
    Night("403 with the credentials", _everywhere(403, _explained)),
    Night("404 with the credentials", _everywhere(404, _explained)),
    Night("429 with the credentials", _everywhere(429, _explained)),
    Night("500 with the credentials", _everywhere(500, _explained)),
    Night("a redirect to the credentials", _everywhere(302, lambda _: "", True)),
    Night("a log-in page with them", _everywhere(200, lambda forms: f"<html>log in {forms}")),
    Night("no JSON with them", _everywhere(200, lambda forms: f"{{{forms}")),
    Night("JSON of another shape", _everywhere(200, lambda forms: json.dumps([forms]))),
    Night("a list for an object", _everywhere(200, lambda forms: json.dumps({"issues": forms}))),
    Night("a record that has them", _in_a_record),
    Night("the same, read again"),
    Night("Jira alone refuses", _everywhere(401, _explained, False, "jira")),
    Night("Notion alone refuses", _everywhere(401, _explained, False, "notion")),
    Night("Google alone refuses", _everywhere(403, _explained, False, "google")),
    Night("rebuilt", command=("rebuild", "--from", "2026-11-26")),
    Night("a last good night"),
)


@dataclass(frozen=True)
class Ended:
    """A night's exit code, what it printed, first and in all, and where a credential was found."""

    exit_code: int
    said: str
    printed: str
    found: tuple[str, ...]


class Hideout:
    """A company whose credentials are looked for.

    Args:
        folder: Working directory.
        issues: How many Jira issues there are.
    """

    def __init__(self, folder: Path, issues: int = 100) -> None:
        self._folder, self._issues = folder, issues
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Hideout:
        self.box = self._stack.enter_context(Sandbox(issues=self._issues))
        home = self._folder / "dagster-home"
        home.mkdir(mode=0o700)
        environ = self.box.environment() | {"DAGSTER_HOME": str(home)}
        self._stack.enter_context(mock.patch.dict(os.environ, environ))
        self._stack.enter_context(mock.patch.object(RetryPolicy, "longest_wait", return_value=0.0))
        self.settings = self.box.write_settings(self._folder)
        text = self.settings.read_text("utf-8")
        for name, most in (("notion", 600_000), ("sheets", 60_000)):
            text = text.replace(f"  {name}:\n", f"  {name}:\n    requests_per_minute: {most}\n", 1)
        self.settings.write_text(text, "utf-8")
        self._key = self._folder / "service-account.json"
        self._forms = list(_forms(self._secrets()))
        # The last letters of base64 depend on what stands behind.
        self._sought = [form.rstrip("=")[:-2] for form in self._forms]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def spend(self, night: Night) -> Ended:
        """Spend a night, and look for the credentials."""
        self.box.clock.advance(3600)
        night.plant(self.box, self._forms)
        out, err = io.StringIO(), io.StringIO()
        words = ["okr", *night.command, "-c", str(self.settings)]
        with (
            mock.patch.object(sys, "argv", words),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                okr()
            except SystemExit as ended:
                code = int(ended.code or 0)
        self.box.forget()
        said = out.getvalue() + err.getvalue()
        found = [f"printed {form[:8]}…" for form in self._sought if form in said]
        first = said.strip().partition("\n")[0]
        return Ended(code, first, said, (*found, *self.search()))

    def search(self) -> Iterator[str]:
        """Where a credential is in any file but the one that is meant to hold it."""
        for file in sorted(self._folder.rglob("*")):
            if file.is_file() and file != self._key:
                content = _content(file)
                content += content.replace(b"\\\\", b"\\")  # what quotes a text doubles them
                if any(form.encode() in content for form in self._sought):
                    yield str(file.relative_to(self._folder))

    def _secrets(self) -> list[str]:
        environ = self.box.environment()
        key = json.loads(self._key.read_text("utf-8"))["private_key"]
        pair = f"{environ['OKR_JIRA_USER']}:{environ['OKR_JIRA_TOKEN']}"
        return [environ["OKR_JIRA_TOKEN"], environ["OKR_NOTION_TOKEN"], pair, key]


def _forms(secrets: list[str]) -> Iterator[str]:
    """Each secret in the usual encodings; written apart from what they are told by."""
    for secret in secrets:
        yield secret
        yield quote(secret, safe="")
        yield b64encode(secret.encode()).decode()
        yield urlsafe_b64encode(secret.encode()).decode()
        yield json.dumps(secret)[1:-1].replace("/", "\\/")


def _content(file: Path) -> bytes:
    """What can be read in a file: its bytes, and the texts of packed tables."""
    content = file.read_bytes()
    if file.suffix == ".parquet":
        return content + _rows("SELECT * FROM read_parquet(?)", [str(file)])
    if file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as connection:
            names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            for (name,) in names:
                content += repr(connection.execute(f"FROM okr.{name}").fetchall()).encode()
    return content


def _rows(query: str, given: list[str]) -> bytes:
    with duckdb.connect() as connection:
        return repr(connection.execute(query, given).fetchall()).encode(errors="replace")


def table(ended: dict[str, Ended]) -> str:
    """The table, as Markdown."""
    head = "| night | exit | found | what is said |\n|---|---|---|---|"
    rows = [
        f"| {name} | {end.exit_code} | {', '.join(end.found) or 'nowhere'} |"
        f" {end.said[:140].replace('|', '/')} |"
        for name, end in ended.items()
    ]
    return "\n".join([head, *rows])


def main() -> int:
    """Spend the nights and print the table; 1 if a credential was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks secrets")
    parser.add_argument("--nights", type=int, default=len(NIGHTS), help="how many to spend")
    asked = parser.parse_args()
    ended: dict[str, Ended] = {}
    with tempfile.TemporaryDirectory() as folder, Hideout(Path(folder)) as hideout:
        for night in NIGHTS[: asked.nights]:
            ended[night.name] = hideout.spend(night)
            print(night.name, ended[night.name], file=sys.stderr, flush=True)
    print(table(ended))
    found = [name for name, end in ended.items() if end.found]
    print(f"found after: {found}" if found else f"{len(ended)} nights: no credential anywhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
