"""``okr init``: asks what is needed, and writes ``okr.yaml`` and ``.env.example``.

What belongs here: the terminal, and writing the files. What does not: what is asked and proposed
(``pipelines.setup``).
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import typer

from pipelines.cli.shared.output import harmless, say
from pipelines.setup.answers import default_answers, given_answers, keep_answers, kept_answers
from pipelines.setup.interview import Interview, NotSetUpError
from pipelines.setup.okr_yaml import environment_text, settings_text

_KEPT = ".okr-init.json"
_GO_ON = "Nothing is written but the answers so far: run okr init again to go on."


class _Terminal:
    """Questions to a person."""

    def ask(self, question: str, default: str | None, *, hidden: bool = False) -> str:
        return str(typer.prompt(harmless(question), default=default, hide_input=hidden))

    def agree(self, question: str, *, default: bool) -> bool:
        return typer.confirm(harmless(question), default=default)

    def tell(self, text: str) -> None:
        say(text)


class _Defaults:
    """Nobody to ask: each default is the answer."""

    def ask(self, question: str, default: str | None, *, hidden: bool = False) -> str:
        if default is None:
            how = "set its environment variable" if hidden else "give it by --set"
            raise NotSetUpError(f"{question}: there is no answer that can be used; {how}.")
        return default

    def agree(self, question: str, *, default: bool) -> bool:
        return default

    def tell(self, text: str) -> None:
        say(text)


def run_init(config: Path | None, given: list[str], *, yes: bool, dry_run: bool) -> int:
    """Ask, write, and offer a first run.

    Args:
        config: The settings file to write.
        given: Answers as ``NAME=VALUE``.
        yes: Whether defaults are the answers.
        dry_run: Whether the files are only printed.

    Returns:
        The exit code: 0, or that of the first run.
    """
    path = config or Path(os.environ.get("OKR_CONFIG", "okr.yaml"))
    kept = path.with_name(_KEPT)
    answers = default_answers(dt.datetime.now().astimezone().date())
    answers |= kept_answers(kept) | given_answers(given)
    talk = _Defaults() if yes else _Terminal()

    def keep() -> None:
        if not dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            keep_answers(kept, answers)

    interview = Interview(talk, answers, os.environ, path.parent, keep)
    try:
        interview.run()
    except NotSetUpError as error:
        left = "" if dry_run else f" {_GO_ON}"
        raise NotSetUpError(f"{error}{left}") from None
    text = settings_text(answers, interview.proposals, interview.cycles, interview.pattern)
    if dry_run:
        say(text)
        return 0
    written = _write(path, text, talk, yes=yes)
    example = _write(path.with_name(".env.example"), environment_text(answers), talk, yes=yes)
    kept.unlink(missing_ok=True)
    say(f"Wrote {written} and {example}. Check them with: okr doctor")
    if yes or not talk.agree("Read everything now, and show the Key Results?", default=True):
        say(f"Then: okr sync -c {written}")
        return 0
    return _first_run(written)


def _write(path: Path, text: str, talk: _Terminal | _Defaults, *, yes: bool) -> Path:
    """Write a file; beside another that is there already, unless told to replace it."""
    if _holds_other(path, text) and (
        yes or not talk.agree(f"{path} exists. Replace it?", default=False)
    ):
        path = path.with_name(f"{path.stem}.new{path.suffix}")
        say(f"The file that exists is left alone; this one is {path}.")
    path.write_text(text, "utf-8")
    return path


def _holds_other(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() != text.encode()


def _first_run(path: Path) -> int:
    from pipelines.cli.shared.options import Format
    from pipelines.cli.show import show_key_results
    from pipelines.cli.sync import run_sync

    code = run_sync(path, None, read=True, publish=True, as_json=False)
    if code in (0, 3):
        show_key_results(path, None, None, Format.TABLE)
    return code
