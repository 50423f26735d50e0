"""Loading ``okr.yaml``.

What belongs here: substituting environment variables and secret files, and errors that name the
line. What does not: parsing the file (``documents``), the keys and their validation
(``settings``), and the sentences about what is wrong (``problems``).

The file never contains a secret itself, only ``"${NAME}"`` for an environment variable, or for the
content of the file that ``NAME_FILE`` names, or ``{file: path}``. They are substituted here, anew
for each run, and no error message contains a value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from pydantic import ValidationError

from connectors.secrets import remember, remember_key
from connectors.source_facts import Section
from pipelines.settings.file.documents import (
    SettingsError,
    UnreadableFileError,
    read_document,
    read_secret,
    unprintable,
)
from pipelines.settings.file.problems import (
    DuplicateKeyError,
    Location,
    dotted,
    line_of,
    lines_below,
    problems,
)
from pipelines.settings.settings import Settings

_SECRETS = {
    ("sources", "jira", "token"),
    ("sources", "notion", "token"),
    ("page", "secret"),
    ("page", "sign_in", "client_secret"),
    ("page", "proxy", "secret"),
}
_TOLD = ("alerts", "messages")
"""The parts with addresses to which something is sent."""
_OF_TARGETS = ("publish", "targets")
_LONG = 16  # parts of an address that are keys, not words or hosts
_USER_INFO = re.compile(r"://[^/?#@]*:([^@]+)@|\bpassword=([^&\s]+)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def find_settings(path: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The settings file to use: ``path``, else ``$OKR_CONFIG``, else ``./okr.yaml``.

    Raises:
        SettingsError: There is no such file.
    """
    chosen = path or Path(environ.get("OKR_CONFIG", "okr.yaml"))
    if not chosen.is_file():
        raise SettingsError(
            f"{chosen}: no such settings file. Name one with --config or OKR_CONFIG, "
            "or try the sample company with: okr demo"
        )
    return chosen


def load_settings(
    path: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    with_secrets: bool = True,
    with_page_secrets: bool = False,
) -> Settings:
    """Read and validate the settings file at ``path``.

    Relative paths in it are resolved against the file's own folder.

    Args:
        path: The file.
        environ: Where ``${NAME}`` is looked up.
        with_secrets: Whether credentials are needed. If not, for example to read the published
            tables, unset variables and secret files are not an error.
        with_page_secrets: Whether those of ``page:`` are needed. If not, they are empty.

    Raises:
        SettingsError: The file is not YAML or not valid; every problem is listed with its line.
    """
    root, document = read_document(path)
    lines = _lines(path, root)
    replaced = _Replacer(path, lines, environ, (with_secrets, with_page_secrets)).walk(document, ())
    try:
        settings = Settings.model_validate(replaced)
    except ValidationError as error:
        sentences = problems(lines, error)
        raise SettingsError("\n".join(f"{path}:{one}" for one in sentences)) from None
    try:
        anchored = _anchored(settings, path.resolve().parent)
    except (OSError, RuntimeError) as error:  # such as a link that leads back to itself
        kind = type(error).__name__
        raise SettingsError(f"{path}: a path in it leads nowhere ({kind}).") from None
    sheets = anchored.sources.sheets
    if with_secrets and sheets and sheets.credentials:
        remember_key(sheets.credentials)
    return anchored


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make the paths absolute, so that the working directory does not matter."""
    changes: dict[str, Any] = {"data": (folder / settings.data).resolve()}
    targets = tuple(target.anchored(folder) for target in settings.publish.targets)
    changes["publish"] = settings.publish.model_copy(
        update={"duckdb": changes["data"] / settings.publish.duckdb, "targets": targets}
    )
    sections = {name: _anchored_section(section, folder) for name, section in settings.sources}
    if file := settings.metrics.file:
        changes["metrics"] = settings.metrics.model_copy(update={"file": folder / file})
    changes["sources"] = settings.sources.model_copy(update=sections)
    return settings.model_copy(update=changes)


def _anchored_section(section: Section | None, folder: Path) -> Section | None:
    if section is None:
        return None
    paths = {name: folder / value for name, value in section if isinstance(value, Path)}
    return section.model_copy(update=paths)


def _lines(path: Path, root: yaml.Node) -> dict[Location, int]:
    """The line of every key and item; a duplicate key is an error."""
    try:
        return lines_below(root)
    except DuplicateKeyError as error:
        raise SettingsError(f"{path}:{error}") from None


class _Replacer:
    """Substitutes environment variables and secret files."""

    def __init__(
        self,
        path: Path,
        lines: dict[Location, int],
        environ: Mapping[str, str],
        with_secrets: tuple[bool, bool],
    ) -> None:
        self._with_secrets, self._with_page_secrets = with_secrets
        self._path = path
        self._lines = lines
        self._environ = environ

    def walk(self, value: Any, at: Location) -> Any:
        if _is_secret(at):
            return self._secret(value, at)
        if value is None and len(at) == 2 and at[0] == "sources":
            return {}  # a source that is named without keys is a source
        if isinstance(value, dict):
            return {key: self.walk(item, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.walk(item, (*at, index)) for index, item in enumerate(value)]
        return self._expand(value, at) if isinstance(value, str) else value

    def _secret(self, value: Any, at: Location) -> str:
        if isinstance(value, dict) and set(value) == {"file"}:
            if not self._needs(at) and not _may_be_missing(at):
                return ""
            file = self._path.resolve().parent / str(value["file"])
            secret = self._content(file, "", at)
            _remember(secret, at)
            return secret
        if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
            raise self._error(
                at, 'a secret must not be written here; use "${NAME}" or {file: path} instead.'
            )
        if at[0] == "page" and not self._needs(at):
            return ""  # not the name of the variable, which would then be a secret that all know
        secret = self._expand(value, at)
        if secret != value:
            _remember(secret, at)
        return secret

    def _expand(self, value: str, at: Location) -> str:
        def lookup(match: re.Match[str]) -> str:
            name = match.group(1)
            if value := self._environ.get(name):
                return value
            needed = self._needs(at)
            file = self._environ.get(f"{name}_FILE")
            if file and (needed or _may_be_missing(at)):
                return self._content(Path(file), f" that {name}_FILE names", at)
            if not needed:
                return match.group(0)
            raise self._error(
                at, f"the environment variable {name} is not set, and neither is {name}_FILE."
            )

        expanded = _VARIABLE.sub(lookup, value)
        if not _is_secret(at) and (letter := unprintable(expanded)):
            raise self._error(at, f"the text has a character that is not printable ({letter}).")
        return expanded

    def _content(self, file: Path, named_by: str, at: Location) -> str:
        """The content of a secret file: a mount of Docker, Kubernetes or systemd, or one's own."""
        try:
            content = read_secret(file)
        except UnreadableFileError as error:
            if _may_be_missing(at):
                return ""
            raise self._error(at, f"cannot read the secret file{named_by}: {error}.") from None
        if not content and not _may_be_missing(at):
            raise self._error(at, f"the secret file{named_by} is empty.")
        return content

    def _needs(self, at: Location) -> bool:
        """Whether what stands there has to be known for what the settings are read for."""
        if _may_be_missing(at):
            return False
        return self._with_page_secrets if at[0] == "page" else self._with_secrets

    def _error(self, at: Location, sentence: str) -> SettingsError:
        return SettingsError(f"{self._path}:{line_of(self._lines, at)}: {dotted(at)}: {sentence}")


def _is_secret(at: Location) -> bool:
    """Whether what stands there must not be written in the file."""
    if at in _SECRETS or at == ("alerts", "ping") or _is_url_of_target(at):
        return True
    return (at[:2], len(at)) in ((("alerts", "to"), 3), (("messages", "teams"), 4))


def _may_be_missing(at: Location) -> bool:
    """Whether no night is lost for it: who sends a message, or writes to a target, says so."""
    return at[0] in _TOLD or _is_url_of_target(at)


def _is_url_of_target(at: Location) -> bool:
    return len(at) == 4 and at[:2] == _OF_TARGETS and at[3] == "url"


def _remember(secret: str, at: Location) -> None:
    """Never show a secret; of an address, neither the parts that a service may send back."""
    remember(secret)
    if password := _USER_INFO.search(secret) if _is_url_of_target(at) else None:
        told = password[1] or password[2]
        remember(told, unquote(told))
    if at[0] in _TOLD:
        remember(*(part for part in re.split(r"[/:@?&=#]+", secret) if len(part) >= _LONG))
