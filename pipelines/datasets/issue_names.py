"""The names of issues' statuses, types, priorities and projects, from everything the lake has read.

What belongs here: handing the lake's records to the model, and selecting issues by such names for a
dataset. What does not: which ids a word means (:mod:`okr_model.activity.issue_names`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa

from connectors.records import Problem, ProblemRule
from okr_model.activity.issue_history import CHANGE_COLUMNS
from okr_model.activity.issue_names import CATEGORY, IDS, IssueNames, listed, read_names
from okr_model.languages.folding import same_id
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset

WHERE_COLUMNS = ("issue_type", "project", "status", CATEGORY, "priority", "labels")
"""What a dataset may select issues by."""

_SHOWN = ("issue_type", "project", "status", "priority")
"""Columns of an issue that show the present name of what the issue has."""

_NAMED = (
    *((IDS[name], name) for name in (*_SHOWN, "resolution")),
    ("project_id", "project_name"),
    (CATEGORY, "status_category_name"),
)
"""What has names, by its id, and the column of names."""

_USUAL = (*_SHOWN, "resolution", CATEGORY)
"""Columns of few names, which are read together: a run asks for one or another of them."""

_ALWAYS = ("status", CATEGORY, "status_category_name")
_VERSION = ("id", "key", *IDS, *IDS.values(), "project_name", CATEGORY, "status_category_name")


def issue_names(
    lake: Lake, columns: Iterable[str], items: pd.DataFrame | None = None
) -> IssueNames:
    """Every name that the wanted columns of issues have or had; see ``read_names``.

    A version that only says that an issue was deleted repeats the names it had before, so it tells
    none. In a lake as of a past day, the present names are those of that day.
    """
    wanted = tuple(dict.fromkeys([*_USUAL, *columns]))
    named = [name for name in _VERSION if _tells(name, wanted)]
    # Few combinations of names stand in many versions, and each name is looked for on its own.
    versions = (
        f"SELECT {', '.join(named)}, max(seen_at) FILTER (NOT deleted AND {lake.seen_by()})"  # noqa: S608 - the lake names its files
        f" AS seen_at FROM {lake.scan('jira_issues', 'log')} GROUP BY ALL"
    )
    changes = f"SELECT {', '.join(CHANGE_COLUMNS)} FROM {lake.scan('jira_changes')}"  # noqa: S608 - likewise
    names = _read(versions, changes, wanted)
    return names if items is None else names.with_items(items)


@functools.lru_cache(maxsize=2)  # before a night's pull and after it
def _read(versions: str, changes: str, wanted: tuple[str, ...]) -> IssueNames:
    """The names in what two queries return: both name files of the lake, which never change."""
    with connect() as connection:
        few = nw.from_native(arrow(connection, versions).to_pandas()).lazy()
        return read_names(few, nw.from_native(connection.sql(changes)), wanted)


def _tells(column: str, wanted: Sequence[str]) -> bool:
    """Whether a column of a version is needed for the names of the ``wanted`` columns."""
    if column == "parent":  # only its id is in a version
        return False
    if column in ("id", "key"):
        return "parent" in wanted
    of = {id_: name for name, id_ in IDS.items()} | {"project_name": "project"}
    return of.get(column, column) in (*wanted, *_ALWAYS)


def naming_versions(lake: Lake, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """``id`` and ``landed`` of the newest version of an issue that tells each name there ever was.

    They are few, and former names are known by them for good.
    """
    log = lake.scan("jira_issues", "log")
    newest = "max_by(struct_pack(id := id, landed := landed), landed)"
    tellers = " UNION ALL ".join(
        f"SELECT {newest} AS told FROM {log} WHERE NOT deleted GROUP BY {thing}, {name}"  # noqa: S608 - the lake names its files
        for thing, name in _NAMED
    )
    query = f"SELECT DISTINCT told.id AS id, told.landed AS landed FROM ({tellers})"  # noqa: S608 - likewise
    return arrow(connection, query)


@dataclass(frozen=True)
class IssueSelection:
    """The issues that a dataset selects.

    Attributes:
        holds: What the dataset holds.
        where: Column -> accepted words: present or former names, or ids, in any case.
        names: Of these columns.
        labels: Every label that an issue has.
    """

    holds: str
    where: Mapping[str, tuple[str, ...]]
    names: IssueNames
    labels: Sequence[str]

    def condition(self) -> tuple[str, list[Any]]:
        """SQL and its parameters: every column has one of its values."""
        conditions, given = ["true"], []
        for name, words in self.where.items():
            held = f"coalesce({IDS[name]}, '=' || {name})" if name in IDS else name
            test = (
                "list_has_any(labels, {})" if name == "labels" else f"list_contains({{}}, {held})"
            )
            conditions.append(test.format("?::VARCHAR[]"))
            given.append(self._labelled(words) if name == "labels" else self.names.ids(name, words))
        return " AND ".join(conditions), given

    def unknown(self) -> Iterator[Problem]:
        """A problem for each word that no issue has or had, with what there is."""
        for name, words in self.where.items():
            if name == "labels":
                there, unknown = self.labels, [one for one in words if not self._labelled([one])]
            else:
                there, unknown = self.names.names(name), self.names.unknown(name, words)
            for word in unknown:
                yield Problem(
                    rule=ProblemRule.UNKNOWN_NAME,
                    subject=f"jira {self.holds}",
                    sentence=f"where: of the {self.holds.replace('_', ' ')} from jira can match"
                    f" nothing: no issue ever had the {name.replace('_', ' ')} “{word}”;"
                    f" {listed(there)}. Correct it.",
                )

    def present_names(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What an issue's columns are called now."""
        return {
            column: self._present[column].get(row[IDS[column]], row[column]) for column in _SHOWN
        }

    @cached_property
    def _present(self) -> dict[str, dict[str, str]]:
        return {column: self.names.present(column) for column in _SHOWN}

    def _labelled(self, words: Iterable[str]) -> list[str]:
        folds = {same_id(word) for word in words}
        return [label for label in self.labels if same_id(label) in folds]


def select_issues(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> IssueSelection:
    """The selection of a dataset whose ``where`` has only :data:`WHERE_COLUMNS`."""
    where = {
        name: (words,) if isinstance(words, str) else words for name, words in dataset.where.items()
    }
    labels: list[str] = []
    if "labels" in where:
        query = f"SELECT DISTINCT unnest(labels) AS label FROM {lake.scan('jira_issues')}"  # noqa: S608 - the lake names its files
        rows = arrow(connection, query).to_pylist()
        labels = sorted(row["label"] for row in rows if row["label"])
    named = [name for name in where if name != "labels"]
    names = issue_names(lake, named)
    return IssueSelection(dataset.holds, where, names, labels)
