"""Loading ``okr.yaml``.

What belongs here: parsing the file, substituting environment variables and secret files, and
errors that name the line. What does not: the keys and their validation (``settings``).

The file never contains a secret itself, only ``"${NAME}"`` for an environment variable or
``{file: path}``. Both are substituted here, and no error message contains a value.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from connectors.source_facts import Section
from pipelines.errors import UserError
from pipelines.settings.settings import Settings

_SECRETS = {("sources", "jira", "token"), ("sources", "notion", "token")}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Location = tuple[str | int, ...]


class SettingsError(UserError):
    """The settings are invalid; the message has one line per problem: file, line and remedy."""


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
    path: Path, environ: Mapping[str, str] = os.environ, *, with_secrets: bool = True
) -> Settings:
    """Read and validate the settings file at ``path``.

    Relative paths in it are resolved against the file's own folder.

    Args:
        path: The file.
        environ: Where ``${NAME}`` is looked up.
        with_secrets: Whether credentials are needed. If not, for example to read the published
            tables, unset variables and secret files are not an error.

    Raises:
        SettingsError: The file is not YAML or not valid; every problem is listed with its line.
    """
    text = path.read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=_Loader)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    if not isinstance(document, dict) or root is None:
        raise SettingsError(f"{path}:1: expected keys such as organization:, sources:, datasets:")
    lines = _lines(path, root)
    replaced = _Replacer(path, lines, environ, with_secrets).walk(document, ())
    try:
        settings = Settings.model_validate(replaced)
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(path, lines, error))) from None
    return _anchored(settings, path.resolve().parent)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make the paths absolute, so that the working directory does not matter."""
    changes: dict[str, Any] = {"data": (folder / settings.data).resolve()}
    changes["publish"] = settings.publish.model_copy(
        update={"duckdb": changes["data"] / settings.publish.duckdb}
    )
    sections = {name: _anchored_section(section, folder) for name, section in settings.sources}
    changes["sources"] = settings.sources.model_copy(update=sections)
    return settings.model_copy(update=changes)


def _anchored_section(section: Section | None, folder: Path) -> Section | None:
    if section is None:
        return None
    paths = {name: folder / value for name, value in section if isinstance(value, Path)}
    return section.model_copy(update=paths)


class _Loader(yaml.SafeLoader):
    """YAML that leaves dates as text, so that pydantic parses them and its errors name the line."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML declares them
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _lines(path: Path, node: yaml.Node, at: Location = ()) -> dict[Location, int]:
    """The 1-based line of every key and item; a duplicate key is an error."""
    found = {at: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if (*at, key.value) in found:
                line = key.start_mark.line + 1
                raise SettingsError(f"{path}:{line}: {_dotted((*at, key.value))} is given twice.")
            found.update(_lines(path, value, (*at, key.value)))
            found[(*at, key.value)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found.update(_lines(path, value, (*at, index)))
    return found


class _Replacer:
    """Substitutes environment variables and secret files."""

    def __init__(
        self,
        path: Path,
        lines: dict[Location, int],
        environ: Mapping[str, str],
        with_secrets: bool,
    ) -> None:
        self._with_secrets = with_secrets
        self._path = path
        self._lines = lines
        self._environ = environ

    def walk(self, value: Any, at: Location) -> Any:
        if at in _SECRETS:
            return self._secret(value, at)
        if isinstance(value, dict):
            return {key: self.walk(item, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.walk(item, (*at, index)) for index, item in enumerate(value)]
        return self._expand(value, at) if isinstance(value, str) else value

    def _secret(self, value: Any, at: Location) -> str:
        if isinstance(value, dict) and set(value) == {"file"}:
            if not self._with_secrets:
                return ""
            file = self._path.resolve().parent / str(value["file"])
            try:
                return file.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise self._error(at, f"cannot read the secret file: {error.strerror}.") from None
        if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
            raise self._error(
                at, 'a secret must not be written here; use "${NAME}" or {file: path} instead.'
            )
        return self._expand(value, at)

    def _expand(self, value: str, at: Location) -> str:
        def lookup(match: re.Match[str]) -> str:
            name = match.group(1)
            if not self._environ.get(name):
                if not self._with_secrets:
                    return match.group(0)
                raise self._error(at, f"the environment variable {name} is not set.")
            return self._environ[name]

        return _VARIABLE.sub(lookup, value)

    def _error(self, at: Location, sentence: str) -> SettingsError:
        return SettingsError(f"{self._path}:{_line(self._lines, at)}: {_dotted(at)}: {sentence}")


def _problems(path: Path, lines: dict[Location, int], error: ValidationError) -> list[str]:
    """One sentence per problem with its line; values are never repeated."""
    sentences = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        at = tuple(part for part in problem["loc"] if part not in ("str", "SheetPlace"))
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            text = f"unknown key.{_nearest(at)}"
        elif problem["type"] == "missing":
            text = "this key is missing."
        sentences.append(f"{path}:{_line(lines, at)}: {_dotted(at)}: {text}")
    return list(dict.fromkeys(sentences))


def _nearest(at: Location) -> str:
    """A hint for an unknown key: the known key that it resembles, or all known keys."""
    model: Any = Settings
    for part in at[:-1]:
        if isinstance(part, str):
            model = _part_model(model, part)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return ""
    names = [field.alias or name for name, field in model.model_fields.items()]
    close = difflib.get_close_matches(str(at[-1]), names, n=1)
    return f" Did you mean {close[0]}?" if close else f" Known here: {', '.join(names)}."


def _part_model(model: Any, key: str) -> Any:
    """The settings class of field ``key`` of ``model``, looking into tuples and optionals."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return None
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
            for candidate in candidates:
                if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                    return candidate
    return None


def _line(lines: dict[Location, int], at: Location) -> int:
    """The line of ``at``, or of its closest ancestor in the file."""
    while at not in lines:
        at = at[:-1]
    return lines[at]


def _dotted(at: Location) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    return text.removeprefix(".") or "okr.yaml"
