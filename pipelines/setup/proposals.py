"""Which table holds what: a proposal of datasets from the names and types of columns.

What belongs here: choosing, as pure functions of what services hold. What does not: asking the
services (``connectors.<source>.survey``), and asking people (``interview``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.cells import Cell
from connectors.survey import Column, Table
from pipelines.settings import Dataset, SheetPlace
from pipelines.settings.datasets import REQUIRED_FIELDS
from pipelines.setup.column_words import FIELD_WORDS, TITLE_WORDS, plain, words

Sample = Sequence[Mapping[str, Cell]]

_HOLDS = ("key_results", "kpis", "check_ins", "measurements", "initiatives", "objectives")
_ONLY_TITLED = ("objectives", "initiatives")
"""Their columns alone do not tell them from other tables."""
_NUMERIC = ("number", "rollup", "formula")
_JIRA_FIELDS: Mapping[str, Mapping[str, str]] = {
    "objectives": {"id": "key", "title": "summary", "owner": "assignee"},
    "key_results": {
        "id": "key", "statement": "summary", "objective": "parent", "owner": "assignee",
        "due": "duedate",
    },
    "initiatives": {},
}  # fmt: skip
_FROM_CUSTOM = {
    "key_results": ("kind", "unit", "baseline", "target"),
    "initiatives": ("key_result",),
}
_ID = re.compile(r"([^\W\d_][\w]*)-(\d+)")
_TEAM_LABEL = re.compile(r"(team[-_:]).+", re.IGNORECASE)


@dataclass(frozen=True)
class Proposal:
    """A dataset that might be, and the first records that it would read."""

    table: Table
    dataset: Dataset
    sample: Sample = field(default=(), repr=False)

    @property
    def title(self) -> str:
        """What people call the place."""
        tab = self.table
        return f"{tab.within}/{tab.title}" if tab.within else tab.title


def propose(source: str, table: Table, sample: Sample = ()) -> Dataset | None:
    """What a table holds, and which column is which field; None if nothing fits.

    Args:
        source: ``jira``, ``notion``, ``sheets`` or ``files``.
        table: What the service says of it.
        sample: Some of its records, which settle which of several fields of one name is used.
    """
    if source == "jira":
        return _of_issue_type(table, sample)
    fitting = {
        holds: fields for holds in _HOLDS if (fields := _fields(holds, source, table, sample))
    }
    titled = [holds for holds in fitting if _is_titled(holds, table)]
    chosen = next(iter(titled or fitting), None)
    if chosen == "objectives" and "key_results" in fitting:
        chosen = "key_results"  # what has a target is no Objective, whatever it is called
    if chosen is None or (chosen in _ONLY_TITLED and not titled):
        return None
    place = SheetPlace(spreadsheet=table.place, tab=table.tab) if table.tab else table.place
    return Dataset.model_validate(
        {"holds": chosen, "from": source, "place": place, "fields": fitting[chosen]}
    )


def key_pattern(ids: Iterable[str]) -> str | None:
    r"""A regular expression for ids such as these, such as ``(KR|VT)-\d+``; None without any."""
    prefixes = sorted({match[1] for one in ids if (match := _ID.fullmatch(one.strip()))})
    if not prefixes:
        return None
    return rf"{prefixes[0] if len(prefixes) == 1 else '(' + '|'.join(prefixes) + ')'}-\d+"


def _is_titled(holds: str, table: Table) -> bool:
    """Whether the table has a name for what it would hold."""
    names = {plain(name) for name in (table.title, table.within)}
    return not names.isdisjoint(words(TITLE_WORDS[holds]))


def _fields(holds: str, source: str, table: Table, sample: Sample) -> dict[str, object] | None:
    """The mapping under which a table would hold that; None if it cannot."""
    columns = {plain(one.name): one for one in reversed(table.columns)}
    found: dict[str, object] = {}
    taken: set[str] = set()
    for name, vocabulary in FIELD_WORDS[holds].items():
        if holds == "initiatives" and name == "id" and source == "notion":
            continue
        fits = [columns[word] for word in words(vocabulary) if word in columns]
        fits = [one for one in fits if one.name not in taken]
        if (holds, name) == ("initiatives", "key_result") and len(fits) > 1:
            found[name] = tuple(dict.fromkeys(one.name for one in fits))
        elif fits:
            found[name] = fits[0].name
            taken.add(fits[0].name)
    _guess(holds, table, sample, found, taken)
    needed = REQUIRED_FIELDS.get(holds, ("title", "key_result"))
    if not all(name in found for name in needed):
        return None
    if holds == "kpis" and not ({"low", "high"} & set(found) or _is_titled(holds, table)):
        return None
    return found


def _guess(
    holds: str, table: Table, sample: Sample, found: dict[str, object], taken: set[str]
) -> None:
    """Fill what no word tells: the id of a Key Result by position, a value by its type."""
    if holds in ("check_ins", "measurements") and "key_result" not in found:
        ids = set(words(FIELD_WORDS["key_results"]["id"]))
        named = [one.name for one in table.columns if plain(one.name) in ids]
        named = [one for one in named if _holds_ids(one, sample)]
        if named and named[0] not in taken:
            found["key_result"] = named[0]
    if holds == "measurements" and "value" not in found:
        free = [one for one in table.columns if one.type in _NUMERIC and one.name not in taken]
        if len(free) == 1:
            found["value"] = free[0].name


def _holds_ids(column: str, sample: Sample) -> bool:
    """Whether most of what a column says looks like ``KR-12``: an id alone may be anything's."""
    texts = [record[column].text.strip() for record in sample if column in record]
    return sum(bool(_ID.fullmatch(text)) for text in texts) * 2 > len(texts)


def _of_issue_type(table: Table, sample: Sample) -> Dataset | None:
    holds = next((one for one in _JIRA_FIELDS if _is_titled(one, table)), None)
    if holds is None:
        return None
    fields: dict[str, object] = dict(_JIRA_FIELDS[holds])
    for name in _FROM_CUSTOM.get(holds, ()):
        if (column := _custom(name, holds, table, sample)) is not None:
            fields[name] = column
    if any(name not in fields for name in REQUIRED_FIELDS.get(holds, ())):
        return None
    given: dict[str, object] = {"holds": holds, "from": "jira", "fields": fields}
    if holds != "initiatives" and (prefix := _team_prefix(sample)):
        given["fields"] = fields | {"team": "labels"}
        given["teams"] = f"{prefix}*"
    return Dataset.model_validate({**given, "where": {"issue_type": table.place}})


def _custom(name: str, holds: str, table: Table, sample: Sample) -> str | None:
    """The field of issues that holds a field of the model; by its id if names repeat."""
    wanted = words(FIELD_WORDS[holds][name])
    fits = [one for word in wanted for one in table.columns if plain(one.name) == word and one.type]
    if len(fits) > 1:
        fits = sorted(fits, key=lambda one: -_filled(one, sample))
    if not fits:
        return None
    same = [one for one in table.columns if plain(one.name) == plain(fits[0].name)]
    return fits[0].id if len(same) > 1 else fits[0].name


def _filled(column: Column, sample: Sample) -> int:
    return sum(1 for record in sample if column.id in record and record[column.id].kind != "empty")


def _team_prefix(sample: Sample) -> str | None:
    """``team-`` if labels such as ``team-growth`` name teams; None if not."""
    labels = [record["labels"].text for record in sample if "labels" in record]
    found = [match[1] for text in labels for one in text.split(",")
             if (match := _TEAM_LABEL.fullmatch(one.strip()))]  # fmt: skip
    return found[0] if found else None
