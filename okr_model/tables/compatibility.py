"""Whether a changed contract keeps what an earlier one promised its readers.

What belongs here: the contract as plain data that can be recorded, what changed from one record to
the next, and whether the version says so. What does not: the declarations, reading the record.

A contract is recorded as it comes out of JSON: ``version``, ``units`` with what each means, and
``tables``, each with its ``key`` and its ``columns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okr_model.tables.columns import UNITS, Column, Table

Contract = Mapping[str, Any]
_PROMISED = {
    "type": "its type",
    "required": "whether it may be null",
    "unit": "its unit",
    "refers": "the column it refers to",
}


@dataclass(frozen=True, slots=True)
class ContractChange:
    """One difference of two contracts.

    Attributes:
        subject: ``table``, ``table.column`` or ``unit NAME``.
        sentence: What became of it.
        breaking: Whether a reader of the earlier contract may be misled or fail.
    """

    subject: str
    sentence: str
    breaking: bool


def recorded(tables: Iterable[Table], version: str, before: Contract | None = None) -> Contract:
    """The contract of ``tables`` as plain data.

    Args:
        tables: The declarations.
        version: Their version, MAJOR.MINOR.
        before: The contract recorded last, which knows since when there is which column.
    """
    known = before["tables"] if before else {}
    found: dict[str, Any] = {}
    for table in tables:
        earlier = known.get(table.name, {"columns": {}})["columns"]
        columns = {
            column.name: {
                "since": earlier.get(column.name, {}).get("since", version),
                **_recorded(column),
            }
            for column in table.columns
        }
        found[table.name] = {"key": list(table.key), "columns": columns}
    return {"version": version, "units": dict(UNITS), "tables": found}


def contract_changes(before: Contract, after: Contract) -> list[ContractChange]:
    """What changed from one contract to the next; the order of columns does not count."""
    found = list(_unit_changes(before, after))
    for name, table in before["tables"].items():
        if name in after["tables"]:
            found += _table_changes(name, table, after["tables"][name])
        else:
            found.append(ContractChange(name, "the table is removed", breaking=True))
    for name in after["tables"]:
        if name not in before["tables"]:
            found.append(ContractChange(name, "the table is new", breaking=False))
    return found


def contract_problems(before: Contract, after: Contract, changelog: str) -> list[str]:
    """Why ``after`` may not follow ``before``, as sentences; empty if it may.

    Args:
        before: The contract recorded last.
        after: The one to be recorded.
        changelog: Text in which the section of a version, headed by it, names what breaks.
    """
    was, now = _version(before), _version(after)
    changes = contract_changes(before, after)
    broken = [change for change in changes if change.breaking]
    told = _section(changelog, after["version"])
    if now < was:
        return [f"The contract's version goes back from {before['version']} to {after['version']}."]
    if broken and now[0] == was[0]:
        return [
            f"{change.subject}: {change.sentence}, which breaks what readers rely on."
            f" Raise the contract's version to {was[0] + 1}.0, or keep it."
            for change in broken
        ]
    if changes and now == was:
        return [
            f"{change.subject}: {change.sentence}."
            f" Raise the contract's version to {was[0]}.{was[1] + 1}."
            for change in changes
        ]
    return [
        f"{change.subject}: {change.sentence}."
        f" Name it in the changes of contract {after['version']}."
        for change in broken
        if not re.search(rf"(?<![\w.]){re.escape(change.subject)}(?!\w|\.\w)", told)
    ]


def _recorded(column: Column) -> dict[str, Any]:
    """What is promised of a column; what is not said is left out."""
    gone = column.deprecated
    told = {
        "type": column.type,
        "required": column.required or None,
        "unit": column.unit,
        "one_of": list(column.one_of) or None,
        "refers": column.refers,
        "person": column.person or None,
        "stability": None if column.stability == "stable" else column.stability,
        "deprecated": {"since": gone.since, "instead": gone.instead} if gone else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _unit_changes(before: Contract, after: Contract) -> Iterator[ContractChange]:
    used = {
        column.get("unit") for _, _, column in _columns(before) if column.get("stability") is None
    }
    for name, means in before["units"].items():
        if name in after["units"] and after["units"][name] != means:
            yield ContractChange(f"unit {name}", "it means something else", name in used)


def _columns(contract: Contract) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name, table in contract["tables"].items():
        for column, told in table["columns"].items():
            yield name, column, told


def _table_changes(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[ContractChange]:
    if list(before["key"]) != list(after["key"]):
        yield ContractChange(name, "its key is another", breaking=True)
    for column, told in before["columns"].items():
        subject, stable = f"{name}.{column}", told.get("stability") is None
        if column not in after["columns"]:
            yield ContractChange(subject, "the column is removed", breaking=stable)
            continue
        for sentence, breaks in _column_changes(told, after["columns"][column]):
            yield ContractChange(subject, sentence, breaks and stable)
    for column in after["columns"]:
        if column not in before["columns"]:
            yield ContractChange(f"{name}.{column}", "the column is new", breaking=False)


def _column_changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, bool]]:
    """What became of a column, and whether it breaks what was promised of a stable one."""
    for what, words in _PROMISED.items():
        if before.get(what) != after.get(what):
            yield f"{words} changes", what != "refers" or what in before
    words_before, words_after = before.get("one_of"), after.get("one_of")
    yield from _word_changes(words_before, words_after)
    if before.get("stability") != after.get("stability"):
        experimental = after.get("stability") is not None
        yield f"it becomes {'experimental' if experimental else 'stable'}", experimental
    if before.get("deprecated") != after.get("deprecated"):
        yield "its deprecation changes", False


def _word_changes(
    before: Sequence[str] | None, after: Sequence[str] | None
) -> Iterator[tuple[str, bool]]:
    """What became of a column's fixed words; with none, any word may stand in it."""
    if before and not after:
        yield "its words are no longer fixed", True
    elif after and not before:
        yield "its words are fixed", False
    elif before and after:
        gone = [word for word in before if word not in after]
        if gone:
            yield f"it is never again: {', '.join(gone)}", True
        new = [word for word in after if word not in before]
        if new:
            yield f"it may be: {', '.join(new)}", False


def _version(contract: Contract) -> tuple[int, int]:
    major, minor = contract["version"].split(".")
    return int(major), int(minor)


def _section(changelog: str, version: str) -> str:
    """The part of a Markdown text whose heading is the version."""
    pattern = rf"^#+ {re.escape(version)}\b[^\n]*\n(.*?)(?=^#+ |\Z)"
    found = re.search(pattern, changelog, re.M | re.S)
    return found[1] if found else ""
