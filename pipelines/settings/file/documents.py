"""The settings file as a YAML document of bounded size.

What belongs here: reading the file, and rejecting what no settings file is, before anything expands
it: too large, an alias within itself, aliases of aliases, nesting without end. What does not: what
the keys mean (``settings``), and the sentences about mistakes in YAML (``problems``).
"""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import yaml

from pipelines.settings.file.problems import yaml_problem
from published.errors import UserError

_MOST_BYTES = 2 * 2**20
_MOST_SECRET_BYTES = 64 * 2**10
_MOST_NODES = 200_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class SettingsError(UserError):
    """The settings are invalid; the message has one line per problem: file, line and remedy."""


class UnreadableFileError(Exception):
    """Why a file cannot be read, as the end of a sentence."""


def read_document(path: Path) -> tuple[yaml.Node, dict[Any, Any]]:
    """The nodes of the file, and the same as plain values.

    Raises:
        SettingsError: It cannot be read, or is no mapping of keys of reasonable size.
    """
    try:
        text = read_text(path, _MOST_BYTES)
    except UnreadableFileError as error:
        raise SettingsError(f"{path}: cannot be read: {error}.") from None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is not None:
            _ensure_bounded(path, root)
            document = loader.construct_document(root)
    except yaml.YAMLError as error:
        line, sentence = yaml_problem(error)
        raise SettingsError(f"{path}:{line}: {sentence}") from None
    except RecursionError:
        raise SettingsError(f"{path}: is nested too deeply to be read.") from None
    except (ValueError, OverflowError):  # such as an escape for a character that there is not
        raise SettingsError(f"{path}: not valid YAML: it holds a value that is none.") from None
    if root is None or not isinstance(document, dict):
        raise SettingsError(f"{path}:1: expected keys such as organization:, sources:, datasets:")
    return root, document


def read_secret(path: Path) -> str:
    """The content of a file that holds a credential, without surrounding white space.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    return read_text(path, _MOST_SECRET_BYTES).strip()


def read_text(path: Path, most: int) -> str:
    """The text of a regular file of at most that many bytes.

    Raises:
        UnreadableFileError: It is none, too large, or not UTF-8.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe or a device might never end
            raise UnreadableFileError("it is no file")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UnreadableFileError(str(error.strerror)) from None
    except ValueError:  # a NUL in its name
        raise UnreadableFileError("no file has such a name") from None
    if len(content) > most:
        raise UnreadableFileError(f"it is larger than {most // 2**10:,} kB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableFileError("it is not UTF-8; save it with that encoding") from None


def unprintable(text: str) -> str | None:
    """The code point of the first control character in ``text``, such as ``U+0000``; or None."""
    found = _UNPRINTABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def _ensure_bounded(path: Path, root: yaml.Node) -> None:
    """Reject a document that is small only because aliases stand for most of it."""
    sizes: dict[int, int] = {}
    within: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in within:
            line = node.start_mark.line + 1
            raise SettingsError(f"{path}:{line}: an alias stands within what it is an alias of.")
        if id(node) not in sizes:
            within.add(id(node))
            sizes[id(node)] = 1 + sum(map(size, _below(node)))
            within.discard(id(node))
        return sizes[id(node)]

    if size(root) > _MOST_NODES:
        said = f"has more than {_MOST_NODES:,} values once its aliases are written out"
        raise SettingsError(f"{path}: {said}.")


def _below(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


class _Loader(yaml.SafeLoader):
    """YAML that leaves every scalar as it is written, except for null.

    Whether ``2026`` is a name or a number, ``NO`` a country or a refusal and ``12:30`` a time or
    750 is told by the key it stands at, so pydantic parses it; its errors name the line.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML declares them
        first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
