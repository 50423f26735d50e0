"""What the service calls an issue's status, type, priority, project and the like, by their ids.

What belongs here: every name that each id has had, which ids a word of a person means, and the name
to show. What does not: what an issue's values were on a day (``issue_history``).

A name is neither unique nor lasting: two projects may each own a status “Review”, and statuses are
renamed and translated. So values are compared by **identity**: the service's id, or ``=`` and the
name where a record has no id. Only here are words of people compared with names, ignoring case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import pandas as pd

from okr_model.activity.issue_tree import Frame
from okr_model.languages.folding import same_id

CATEGORY = "status_category"
IDS: Mapping[str, str] = {
    "project": "project_id",
    "issue_type": "issue_type_id",
    "status": "status_id",
    "priority": "priority_id",
    "resolution": "resolution_id",
    "assignee": "assignee_id",
    "parent": "parent_id",
}
"""The column of ids beside each column of names."""

_LOGGED: Mapping[str, str] = {
    "issuetype": "issue_type",
    "issueparentassociation": "parent",
    "parent issue": "parent",
}
"""What change logs call some columns, in lower case."""
_EPIC_LINK = "epic link"  # the id of this field differs from Jira to Jira

_CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "new": ("To Do", "2"),
    "indeterminate": ("In Progress", "4"),
    "done": ("Done", "3"),
}
"""Jira's own names and ids of the categories of statuses."""

_MOST_LISTED = 12  # names in one finding
_COLUMNS = ["column", "id", "kind", "name", "seen"]
_INSTANT = "datetime64[us]"
_CATEGORY_OF_STATUS = "category of status"  # a kind that no name has


@dataclass(frozen=True)
class IssueNames:
    """Every name that each identity has been seen with.

    Attributes:
        known: ``column, id, kind`` (``name``, or ``key`` of a project), ``name`` and ``seen`` (UTC
            without a zone), each name once; and ``current``, whether it is the id's latest.
        categories: Status identity -> the key of its category (``new, indeterminate, done``).
    """

    known: pd.DataFrame
    categories: Mapping[str, str]

    def with_items(self, items: pd.DataFrame) -> IssueNames:
        """These and ``items``: ``column, id, name, seen, read`` of what other columns hold."""
        if items.empty:
            return self
        more = known_names(items.assign(kind="name"))
        return replace(self, known=pd.concat([self.known, more], ignore_index=True))

    def ids(self, column: str, words: Iterable[str]) -> list[str]:
        """The identities that one of ``words`` means.

        A word means what is called so now, else what was called so once, else the id itself.
        """
        return [one for word in words for one in self._meant(column, word)]

    def status_ids(self, words: Iterable[str]) -> list[str]:
        """The identities of all statuses whose category one of ``words`` means."""
        wanted = set(self.ids(CATEGORY, words))
        return [status for status, category in self.categories.items() if category in wanted]

    def category_rows(self) -> pd.DataFrame:
        """``status`` (identity, unique) and ``category``, also by names of one status only."""
        rows = pd.Series(self.categories, dtype="str")
        bare = "=" + self._of("status")["name"].drop_duplicates()
        one = self.resolved("status", bare).map(rows).set_axis(bare).dropna()
        rows = pd.concat([rows, one])
        rows = rows[~rows.index.duplicated()]
        return pd.DataFrame({"status": rows.index.astype("str"), "category": rows.to_numpy()})

    def unknown(self, column: str, words: Iterable[str]) -> list[str]:
        """Those of ``words`` that mean nothing that was ever seen."""
        return [word for word in words if not self._meant(column, word)]

    def ambiguous(self, column: str, word: str) -> list[str]:
        """The present names of what else was once called ``word``, of what is not called so now."""
        named = self._of(column)
        named = named[named["folded"] == same_id(word)]
        now = set(named.loc[named["current"], "id"])
        former = [one for one in named["id"].unique() if one not in now]
        shown = self.present(column)
        return [f"{shown.get(one, word)} ({one})" for one in former] if now else []

    def names(self, column: str) -> list[str]:
        """What there is, by its present names, in alphabetical order."""
        rows = self._of(column)
        rows = rows[rows["current"] & (rows["kind"] == rows["kind"].min())]
        return sorted(rows["name"].unique(), key=str.casefold)

    def words(self, column: str) -> dict[str, list[str]]:
        """The words that mean each identity: its names, as compared, and the id."""
        rows = self._of(column)
        taken = rows.loc[rows["current"], "folded"]
        rows = rows[rows["current"] | ~rows["folded"].isin(taken)]
        named = rows.groupby("id", sort=False)["folded"].agg(list)
        return {id_: list(dict.fromkeys([*names, id_])) for id_, names in named.items()}

    def present(self, column: str) -> dict[str, str]:
        """The present name of each identity; the key of a project."""
        rows = self._of(column)
        rows = rows[rows["current"] & (rows["kind"] == rows["kind"].min())]
        return dict(zip(rows["id"], rows["name"], strict=True))

    def resolved(self, column: str, ids: pd.Series) -> pd.Series:
        """Identities, with those that are only a name as the one id that has had this name."""
        rows = self._of(column)
        held = rows[~rows["id"].str.startswith("=")].groupby("name")["id"].agg(["nunique", "min"])
        only = held.loc[held["nunique"] == 1, "min"]
        bare = ids.str.startswith("=").fillna(False)
        found = ids.str.slice(1).where(bare).map(only)
        return ids.where(found.isna(), found)

    def _of(self, column: str) -> pd.DataFrame:
        return self.known[self.known["column"] == column]

    def _meant(self, column: str, word: str) -> list[str]:
        rows = self._of(column)
        named = rows[rows["folded"] == same_id(word)]
        if named.empty:
            named = rows[rows["id"] == word.strip()]
        elif named["current"].any():
            named = named[named["current"]]
        return list(named["id"].unique())


def read_names(versions: Frame, changes: Frame, columns: Iterable[str]) -> IssueNames:
    """Every name in the versions of issues that were ever read, and in their change logs.

    Args:
        versions: Of issues: ``seen_at`` (null: the version tells no present name), and of ``id``,
            ``key``, the columns of :data:`IDS` and their ids, ``project_name``,
            ``status_category`` and ``status_category_name`` what there is.
        changes: :data:`okr_model.activity.issue_history.CHANGE_COLUMNS`.
        columns: The columns whose names are wanted.
    """
    wanted = dict.fromkeys(columns)
    there = versions.columns
    told = [*_sources(versions, there, wanted)]
    if "parent" in wanted and {"key", "parent_id"} <= {*there}:
        parents = versions.select(of="parent_id").filter(~nw.col("of").is_null()).unique()
        above = versions.join(parents, left_on="id", right_on="of", how="semi")
        told.append(_naming(above, nw.col("id"), nw.col("key"), column="parent"))
    if {"status", CATEGORY} <= {*there}:
        status = identity(there, "status")
        told.append(_naming(versions, status, nw.col(CATEGORY), kind=_CATEGORY_OF_STATUS))
    read, logged = _distinct(told), _distinct(_logged(changes, [*wanted]))
    moved = (logged["column"] == "project") & (logged["kind"] == "key")
    keys = logged["name"].str.replace(r"-\d+$", "", regex=True)
    logged = logged.assign(name=keys.where(moved, logged["name"]))
    of_status = read["kind"] == _CATEGORY_OF_STATUS
    found = [_ours(), read[~of_status].assign(read=True), logged.assign(read=False)]
    known = known_names(pd.concat(found, ignore_index=True))
    return IssueNames(known, _categories(read[of_status]))


def known_names(rows: pd.DataFrame) -> pd.DataFrame:
    """``known`` of :class:`IssueNames`, from its first columns and ``read``: in no mere log."""
    known = rows.sort_values(["read", "seen"], na_position="first")
    known = known.drop_duplicates(["column", "id", "kind", "name"], keep="last")
    latest = ~known.duplicated(["column", "id", "kind"], keep="last")
    known = known.assign(current=latest, folded=known["name"].map(same_id))
    return known.drop(columns="read").reset_index(drop=True)


def _sources(versions: Frame, there: Sequence[str], wanted: Iterable[str]) -> Iterator[Frame]:
    """The names that versions of issues tell, by column."""
    for column in wanted:
        if column not in there or column == CATEGORY:
            continue
        id_, kind = identity(there, column), "key" if column == "project" else "name"
        yield _naming(versions, id_, nw.col(column), column=column, kind=kind)
        if column == "project" and "project_name" in there:
            yield _naming(versions, id_, nw.col("project_name"), column=column)
    if CATEGORY in there:
        key = nw.col(CATEGORY)
        yield _naming(versions, key, key, column=CATEGORY, kind="key")
        if "status_category_name" in there:
            yield _naming(versions, key, nw.col("status_category_name"), column=CATEGORY)


def _logged(changes: Frame, wanted: Sequence[str]) -> Iterator[Frame]:
    """The names in change logs, and the keys of issues that left or entered a project."""
    there = changes.columns
    entries = changes.with_columns(on=field_of(there), seen_at="changed_at")
    of = column_of(there)
    for old in ("from", "to"):
        id_, text = id_or_name(f"{old}_id", f"{old}_text"), nw.col(f"{old}_text")
        yield _naming(entries.filter(of.is_in(wanted)), id_, text, column=of)
        if "project" not in wanted:
            continue
        keys = entries.filter(nw.col("on") == "key").select("issue_id", "seen_at", moved=text)
        moves = entries.filter(nw.col("on") == "project").select("issue_id", "seen_at", known=id_)
        both = moves.join(keys, on=["issue_id", "seen_at"])
        yield _naming(both, nw.col("known"), nw.col("moved"), column="project", kind="key")


def _naming(
    frame: Frame, id_: nw.Expr, name: nw.Expr, *, column: str | nw.Expr = "", kind: str = "name"
) -> Frame:
    """Each identity and name that rows tell, with when."""
    of = nw.lit(column) if isinstance(column, str) else column
    return frame.select(column=of, kind=nw.lit(kind), id=id_, name=name, seen=nw.col("seen_at"))


def _distinct(told: Iterable[Frame]) -> pd.DataFrame:
    """Each identity and name once, with when it was last seen; in one query, whatever is told."""
    frames = list(told)
    if not frames:
        return pd.DataFrame(columns=_COLUMNS).astype({"seen": _INSTANT})
    rows = nw.concat(frames)
    rows = rows.filter(~nw.col("id").is_null(), ~nw.col("name").is_null(), nw.col("name") != "")
    rows = rows.group_by("column", "kind", "id", "name").agg(nw.col("seen").max())
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    found: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    seen_at = pd.to_datetime(found["seen"], utc=True).dt.tz_localize(None).astype(_INSTANT)
    return found.astype(dict.fromkeys(_COLUMNS[:-1], "str")).assign(seen=seen_at)


def _ours() -> pd.DataFrame:
    """The categories that every Jira has, by its own names and ids."""
    rows = [
        (CATEGORY, key, kind, name, pd.NaT, False)
        for key, names in _CATEGORIES.items()
        for kind, name in (("key", key), *(("name", name) for name in names))
    ]
    frame = pd.DataFrame(rows, columns=[*_COLUMNS, "read"])
    return frame.astype({"id": "str", "name": "str", "seen": _INSTANT})


def _categories(told: pd.DataFrame) -> dict[str, str]:
    """The category that each status had when it was last read."""
    rows = told.sort_values(["seen", "name"], na_position="first")
    return dict(zip(rows["id"], rows["name"], strict=True))


def identity(there: Sequence[str], column: str) -> nw.Expr:
    """The identity of a column's value: its id, else ``=`` and its name, else null.

    Args:
        there: The columns of the frame; asking a lazy frame for them costs a query.
        column: The column of names.
    """
    known = IDS.get(column)
    if known is None or known not in there:
        return nw.concat_str([nw.lit("="), nw.col(column)])
    return id_or_name(known, column)


def id_or_name(id_column: str, name_column: str) -> nw.Expr:
    """The value of an id, or ``=`` and the name where it is missing or empty."""
    known = nw.col(id_column)
    bare = nw.concat_str([nw.lit("="), nw.col(name_column)])
    return nw.when(~known.is_null() & (known != "")).then(known).otherwise(bare)


def field_of(there: Sequence[str]) -> nw.Expr:
    """The field of a change in lower case, by its id where there is one: names are translated."""
    named = nw.col("field")
    if "field_id" in there:
        named = nw.coalesce(nw.col("field_id"), named)
    return named.str.to_lowercase()


def column_of(there: Sequence[str]) -> nw.Expr:
    """The column of issues that a change is of, or the field; see :func:`field_of`.

    Which issue is above is told by one field or another, by the kind and the age of both.
    """
    field = field_of(there)
    column = nw.when(nw.col("field").str.to_lowercase() == _EPIC_LINK).then(nw.lit("parent"))
    renamed = field
    for logged, known in _LOGGED.items():
        renamed = nw.when(field == logged).then(nw.lit(known)).otherwise(renamed)
    return column.otherwise(renamed)


def listed(names: Sequence[str]) -> str:
    """What there is, as the end of a sentence."""
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"there are {', '.join(names[:_MOST_LISTED])}{more}" if names else "there is none"
