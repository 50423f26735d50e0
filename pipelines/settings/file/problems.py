"""What is wrong in ``okr.yaml``, in the words of the file: one sentence per cause, with its line.

What belongs here: turning the errors of the YAML parser and of pydantic into sentences. What does
not: finding the errors (``load``), and the sentences of rules that are ours (``settings``,
``datasets``, the sources' sections).

No sentence repeats a value: it may be a secret.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from pipelines.settings.base import MistakeError
from pipelines.settings.settings import Settings

Location = tuple[str | int, ...]

_UNION_TAGS = ("str", "SheetPlace", "tuple[", "function-")  # pydantic puts them into locations
_NAME = "[key]"  # ends pydantic's location where the name of an entry is wrong, not its value
_WRONG_SHAPE = ("string_type", "tuple_type", "dict_type", "model_type", "model_attributes_type")
_EXPECTED = {
    "string_type": "expected a text",
    "path_type": "expected a path",
    "string_too_short": "the text is empty",
    "int": "expected a whole number, such as 5",
    "float": "expected a number; write 10 % as 0.1",
    "finite_number": "expected a number; write 10 % as 0.1",
    "bool": "expected true or false",
    "date": "expected a day of the calendar, such as 2026-10-01",
    "dict_type": "expected a name and a value, such as {{name: value}}",
    "too_short": "the list is empty",
    "greater_than_equal": "expected {ge:g} or more",
    "greater_than": "expected more than {gt:g}",
    "less_than_equal": "expected {le:g} or less",
    "less_than": "expected less than {lt:g}",
}
_YAML = {
    "'\\t'": "a tab stop stands where only spaces may: indent with spaces",
    "mapping values are not allowed": "a key stands where none can: check the indentation, or"
    " put a text that holds “: ” in quotes",
    "expected <block end>": "this line is indented differently from those it belongs to",
    "could not find expected ':'": "a key has no “:” after it",
    "found unexpected end of stream": "a quote is not closed",
    "expected ',' or": "a bracket is not closed, or a comma is missing",
    "expected the node content": "a value is missing, or a bracket is closed that was not opened",
    "undefined alias": "a text that begins with * needs quotes",
    "cannot start any token": "a text that begins with a special character, such as @ or %,"
    " needs quotes",
}


def yaml_problem(error: yaml.YAMLError) -> tuple[int, str]:
    """The line of what is no YAML, and a sentence about it."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", ""))
    mark = getattr(error, "problem_mark", None)
    words = next((said for part, said in _YAML.items() if part in problem), problem)
    return (mark.line + 1 if mark else 1), f"not valid YAML: {words}."


def problems(lines: Mapping[Location, int], error: ValidationError) -> list[str]:
    """One sentence per cause, each beginning with its line; of the whole file, with none.

    Args:
        lines: The line of every key and item in the file.
        error: What pydantic found.
    """
    found = [(_place(one, lines), one) for one in error.errors(include_url=False)]
    sentences = [
        f"{_told_place(at, lines)} {_sentence(at, problem, lines)}"
        for at, problem in _causes(found)
    ]
    return list(dict.fromkeys(sentences))


class DuplicateKeyError(Exception):
    """A key is given twice; its line, its name and so, as the end of a sentence."""


def lines_below(node: yaml.Node, at: Location = ()) -> dict[Location, int]:
    """The 1-based line of every key and item below a node.

    Raises:
        DuplicateKeyError: A key is given twice.
    """
    found = {at: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line, below = key.start_mark.line + 1, (*at, key.value)
            if below in found:
                raise DuplicateKeyError(f"{line}: {dotted(below)} is given twice.")
            found.update(lines_below(value, below))
            found[below] = line
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found.update(lines_below(value, (*at, index)))
    return found


def line_of(lines: Mapping[Location, int], at: Location) -> int:
    """The line of ``at``, or of its closest ancestor in the file."""
    while at not in lines:
        at = at[:-1]
    return lines[at]


def dotted(at: Location) -> str:
    """A place in the file as people write it: ``datasets[0].fields.target``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    return text.removeprefix(".") or "okr.yaml"


def _told_place(at: Location, lines: Mapping[Location, int]) -> str:
    return f"{line_of(lines, at)}: {dotted(at)}:" if at else ""


def _place(problem: Any, lines: Mapping[Location, int]) -> Location:
    """Where a problem is in the file: pydantic's location without what only pydantic knows."""
    kept: Location = ()
    for part in problem["loc"]:
        if part == _NAME:
            continue
        tag = isinstance(part, str) and part.startswith(_UNION_TAGS)
        if (*kept, part) in lines or not tag:
            kept = (*kept, part)
    lacks_an_item = problem["type"] == "missing" and isinstance(kept[-1], int)
    if (mistake := problem.get("ctx", {}).get("error")) and isinstance(mistake, MistakeError):
        return (*kept, *mistake.at)
    return kept[:-1] if lacks_an_item else kept


def _causes(found: list[tuple[Location, Any]]) -> Iterator[tuple[Location, Any]]:
    """The problems, without those that only follow from another.

    A list whose one item is wrong is also reported as empty, a value that may have one of two
    shapes once for each, and a misspelled key also as missing.
    """
    shapes: set[Location] = set()
    meant = {
        (*at[:-1], *_resembling(at)[:1]) for at, one in found if one["type"] == "extra_forbidden"
    }
    for at, problem in found:
        if problem["type"] == "missing" and at in meant:
            continue
        follows = any(len(other) > len(at) and other[: len(at)] == at for other, _ in found)
        if follows and problem["type"] in (*_WRONG_SHAPE, "too_short"):
            continue
        if problem["type"] in _WRONG_SHAPE:
            if at in shapes:
                continue
            shapes.add(at)
        yield at, problem


def _sentence(at: Location, problem: Any, lines: Mapping[Location, int]) -> str:
    kind = problem["type"]
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"unknown key.{_nearest(at)}"
    if kind == "too_long" or (kind == "missing" and problem["loc"][-1:] != at[-1:]):
        return f"too few or too many. {_described(at)}"
    if kind == "missing" and at not in lines:
        return "this key is missing."
    if kind == "missing" or problem["input"] is None:
        return "nothing is written here."
    return _expected(at, problem)


def _expected(at: Location, problem: Any) -> str:
    """What could stand at ``at``, in place of what does."""
    kind = problem["type"]
    if kind == "literal_error":
        what = "unknown key" if problem["loc"][-1] == _NAME else "unknown value"
        return f"{what}. {_one_of(problem)}"
    if kind == "tuple_type":
        return _a_list(at)
    if kind in ("model_type", "model_attributes_type"):
        return f"expected keys of its own under it: {', '.join(_fields(_model(at)))}."
    words = _EXPECTED.get(kind) or _EXPECTED.get(kind.split("_")[0])
    if not words or (kind == "string_type" and _model(at)):
        return f"not of the form it needs. {_described(at)}"
    return f"{words.format(**problem.get('ctx', {}))}."


def _one_of(problem: Any) -> str:
    allowed = str(problem["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
    said = str(problem["input"]).casefold()
    close = difflib.get_close_matches(said, allowed.split(", "), n=1)
    return f"Did you mean {close[0]}?" if close else f"Known here: {allowed}."


def _a_list(at: Location) -> str:
    """What a list at ``at`` looks like: of sections, or of texts."""
    item = _model((*at, 0))
    if item is None:
        return f"expected a list, such as [one, another]. {_described(at)}".rstrip()
    required = [key for key, field in _fields(item).items() if field.is_required()]
    keys = ", ".join(f"{key}: …" for key in required)
    return f"expected a list; begin each of its entries with “- ”: - {{{keys}}}."


def _nearest(at: Location) -> str:
    """A hint for an unknown key: the known key that it resembles, or all known keys."""
    close, names = _resembling(at), list(_fields(_model(at[:-1])))
    return f" Did you mean {close[0]}?" if close else f" Known here: {', '.join(names)}."


def _resembling(at: Location) -> list[str]:
    """The known key that the unknown one at ``at`` resembles; none or one."""
    return difflib.get_close_matches(str(at[-1]), list(_fields(_model(at[:-1]))), n=1)


def _described(at: Location) -> str:
    """The meaning of the key at ``at``, or of the closest one above it, as the schema has it."""
    while at:
        field = _fields(_model(at[:-1])).get(str(at[-1]))
        if field is not None:
            return field.description or ""
        at = at[:-1]
    return ""


def _fields(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    """The keys of a section by the names that the file has for them."""
    fields = model.model_fields if model else {}
    return {field.alias or name: field for name, field in fields.items()}


def _model(at: Location) -> type[BaseModel] | None:
    """The settings class of the section at ``at``, looking into lists and optional sections."""
    model: type[BaseModel] | None = Settings
    has_names = False
    for part in at:
        if isinstance(part, int) or has_names:
            has_names = False
            continue  # an item of a list, or a named entry, is described by what holds it
        field = _fields(model).get(part)
        options = (field.annotation, *get_args(field.annotation)) if field else ()
        has_names = any(get_origin(one) is dict for one in options)
        sections = (one for one in options if isinstance(one, type) and issubclass(one, BaseModel))
        model = next(sections, None)
    return model
