"""What issues had in fields beside their columns, on any day, from their change log.

What belongs here: labels, components, versions, sprints, options and numbers of issues: the items
or the number that each issue had, from when to when. What does not: columns of issues, each of
which has one value (``issue_history``), and reading the records.

A field may hold several items. The log tells them in two ways: the whole list before and after
(labels, sprints, options), or each item that was added or removed (components, versions). Both
become the same: an item that came or went. Items are known by the service's id, or by ``=`` and
the name where they have none, such as labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import narwhals as nw
import numpy as np
import pandas as pd

from okr_model.activity.issue_history import log_position, spells
from okr_model.activity.issue_names import field_of
from okr_model.activity.issue_tree import Frame
from okr_model.quantities.numbers import Unreadable, plain_text, read_number

LABELS = "labels"
_LOGGED = {"component": "components", "fix version": "fixVersions", "version": "versions"}
"""What logs without field ids call some fields, in lower case -> the id."""
_PLAIN_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_TYPED_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*")
_INSTANT = "datetime64[us]"
_FIRST, _LAST = np.datetime64("0001-01-01", "us"), np.datetime64("9999-12-31", "us")
_SPELL = ["issue_id", "since", "until"]
_ENTRY = [
    *("id", "issue_id", "field_id", "at", "from_id", "from_text", "to_id", "to_text"),
]
_HELD = ["issue_id", "field_id", "kind", "text", "number", "refs"]
_EVENT = ["column", "issue_id", "item", "name", "at", "has"]


@dataclass(frozen=True)
class IssueFields:
    """The fields that some measures name.

    Attributes:
        ids: What measures call each -> its id in the service.
        faults: What measures call a field that cannot be used -> why, as the end of a sentence.
        present: ``column, issue_id, item, name``: what issues have now, one row per item.
        events: ``column, issue_id, item, name, at`` (UTC without a zone), ``has``: each item that
            came or went, in the order of the log.
        numbers: ``column, issue_id, value`` (a text): what issues have now.
        number_log: ``column, issue_id, at, old, new`` (texts), as
            :func:`okr_model.activity.issue_history.read_log`.
        names: ``column, id, name, seen, read``: every name of every item.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    present: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_EVENT[:4]))
    events: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_EVENT))
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    number_log: pd.DataFrame = field(default_factory=pd.DataFrame)
    names: pd.DataFrame = field(default_factory=pd.DataFrame)

    def had_any(self, column: str, items: Collection[str]) -> pd.DataFrame:
        """The spells during which each issue had one of ``items`` in a field.

        Returns:
            ``issue_id``, ``since`` (null: from its creation) and ``until`` (exclusive; null:
            still). The spells of one issue neither overlap nor touch.
        """
        events, present = (
            frame[(frame["column"] == column) & frame["item"].isin(list(items))]
            for frame in (self.events, self.present)
        )
        return _joined(_item_spells(events, present))

    def number_spells(self, column: str) -> pd.DataFrame:
        """The spells during which each issue had one number in a field.

        Returns:
            ``issue_id``, ``value`` (null: none, or no number), ``since`` and ``until`` as in
            :meth:`had_any`, only of issues that have the field or a change of it.
        """
        log = self.number_log[self.number_log["column"] == column]
        held = self.numbers[self.numbers["column"] == column]
        now = held.set_index("issue_id")["value"]
        silent = pd.Index(log["issue_id"].unique()).difference(now.index)
        now = pd.concat([now, pd.Series(None, index=silent, dtype="str")]) if len(silent) else now
        rows = spells(log, column, now.astype("str"))
        worth = {text: as_number(text) for text in rows["value"].dropna().unique()}
        return rows.assign(value=rows["value"].astype("object").map(worth).astype("float64"))


def as_number(text: str) -> float:
    """The number that a change log states; NaN if it is none, or may be two."""
    plain = plain_text(text)
    if _PLAIN_NUMBER.fullmatch(plain):
        number = float(plain)
        return number if np.isfinite(number) else float("nan")
    typed = read_number(plain, None) if _TYPED_NUMBER.fullmatch(plain) else Unreadable("")
    return float("nan") if isinstance(typed, Unreadable) else typed


def read_fields(
    ids: Mapping[str, str],
    held: pd.DataFrame,
    shown: pd.DataFrame,
    changes: Frame,
    called: Mapping[str, Iterable[str]] | None = None,
    faults: Mapping[str, str] | None = None,
) -> IssueFields:
    """What measures need to know of some fields.

    Args:
        ids: What measures call each field -> its id.
        held: Present values: ``issue_id, field_id, kind`` (as a cell's), ``text, number, refs``
            (ids, or names of things without ids).
        shown: ``field_id, kind, text, refs, seen``: every value ever read, once.
        changes: :data:`okr_model.activity.issue_history.CHANGE_COLUMNS`.
        called: Names of each field id, for logs without field ids.
        faults: See :class:`IssueFields`.
    """
    log = field_log(changes, ids.values(), called)
    kinds = _kinds(shown, held)
    parts: list[tuple[pd.DataFrame, ...]] = []
    for column, field_id in ids.items():
        mine, entries = held[held["field_id"] == field_id], log[log["field_id"] == field_id]
        kind = kinds.get(field_id) or _kind_in_log(entries)
        seen = shown[shown["field_id"] == field_id]
        found = (
            _present(mine),
            _events(entries, kind),
            _texts_now(mine),
            _text_log(entries, kind),
            _names(_present(seen.assign(issue_id=""), seen["seen"]), _events(entries, kind)),
        )
        parts.append(tuple(frame.assign(column=column) for frame in found))
    if not parts:
        return IssueFields(faults=dict(faults or {}))
    joined = [pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)]
    return IssueFields(dict(ids), dict(faults or {}), *joined)


def field_log(
    changes: Frame, field_ids: Iterable[str], called: Mapping[str, Iterable[str]] | None = None
) -> pd.DataFrame:
    """The entries of change logs on some fields, in their order.

    Returns:
        ``id, issue_id, field_id, at`` (UTC without a zone), ``from_id, from_text, to_id, to_text``.
    """
    wanted = {}
    for field_id in dict.fromkeys(field_ids):
        logged = [name for name, id_ in _LOGGED.items() if id_ == field_id]
        for name in (*(called or {}).get(field_id, ()), *logged, field_id):
            wanted[name.lower()] = field_id
    rows = changes.filter(
        field_of(changes.columns).is_in([*wanted]), ~nw.col("changed_at").is_null()
    ).select(
        *("id", "issue_id", "from_id", "from_text", "to_id", "to_text"),
        at="changed_at",
        on=field_of(changes.columns),
        position=log_position(),
    )
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    log: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    log["at"] = pd.to_datetime(log["at"], utc=True).dt.tz_localize(None).astype(_INSTANT)
    log["field_id"] = log["on"].map(wanted)
    words = [name for name in _ENTRY if name != "at"]
    log = log.astype(dict.fromkeys(words, "str"))
    order = ["issue_id", "field_id", "at", "position"]
    return log.sort_values(order, ignore_index=True)[_ENTRY]


def _kinds(*frames: pd.DataFrame) -> dict[str, str]:
    """The kind of cell of each field; ``refs`` where it ever held any."""
    kinds: dict[str, str] = {LABELS: "refs"}
    for frame in frames:
        filled = frame[frame["kind"] != "empty"]
        for field_id, kind in (
            filled[["field_id", "kind"]].drop_duplicates().itertuples(index=False)
        ):
            kinds[field_id] = "refs" if "refs" in (kind, kinds.get(field_id)) else kind
    return kinds


def _kind_in_log(entries: pd.DataFrame) -> str:
    """The kind of a field that was empty whenever it was read, by what its log has."""
    ids = pd.concat([entries["from_id"], entries["to_id"]]).dropna()
    ids = ids[ids.str.strip("[] ") != ""]
    if len(ids):
        return "date" if ids.str.fullmatch(r"\d{4}-\d\d-\d\d.*").all() else "refs"
    texts = pd.concat([entries["from_text"], entries["to_text"]]).replace("", None).dropna()
    return "text" if any(np.isnan(as_number(text)) for text in texts.unique()) else "number"


def _present(held: pd.DataFrame, seen: pd.Series | None = None) -> pd.DataFrame:
    """``issue_id, item, name``, one row per item that a field holds (and ``at`` from ``seen``)."""
    rows = held[held["kind"].isin(["refs", "text", "number", "bool", "date", "datetime"])]
    refs = [tuple(one) if pd.api.types.is_list_like(one) else () for one in rows["refs"]]
    number = rows["number"].astype("float64").fillna(0.0)  # NaN would not equal itself
    cells = [*zip(rows["kind"], rows["text"], number, refs, strict=True)]
    known = {cell: _items_of_cell(*cell) for cell in dict.fromkeys(cells)}
    found = [known[cell] for cell in cells]
    items = pd.Series(found, index=rows.index, dtype="object").explode().dropna()
    frame = rows.loc[items.index, ["issue_id"]].assign(
        item=items.str[0].astype("str"), name=items.str[1].astype("str")
    )
    if seen is not None:
        frame = frame.assign(at=seen.loc[items.index])
    return frame.reset_index(drop=True)


def _items_of_cell(
    kind: str, text: str, number: float, refs: tuple[object, ...]
) -> list[tuple[str, str]]:
    """Identity and name of each thing in a cell."""
    if kind == "number":
        return [(f"={number:.12g}", f"{number:.12g}")]
    if kind != "refs" or not refs:
        return [(f"={text}", text)]
    ids = [str(one) for one in refs]
    return _with_names(ids, [text] if len(ids) == 1 else text.split(", "))


def _with_names(ids: list[str], names: list[str]) -> list[tuple[str, str]]:
    """Identity and name of each item; the name is empty where commas in names leave it open."""
    if len(names) != len(ids):
        return [(one, "") for one in ids]
    pairs = zip(ids, names, strict=True)
    return [(f"={name}" if one == name else one, name) for one, name in pairs]


def _events(entries: pd.DataFrame, kind: str) -> pd.DataFrame:
    """``issue_id, item, name, at, has``: what each entry removed and added, in the log's order."""
    names = ["from_id", "from_text", "to_id", "to_text"]
    texts = entries[names].astype("object")
    texts = texts.where(texts.notna(), "")
    alike = texts.groupby(names, sort=False).ngroup()
    once = texts[~alike.duplicated()]
    told = [
        (number, item, name, has)
        for number, (old_ids, old_texts, new_ids, new_texts) in enumerate(once.to_numpy())
        for old in (logged_items(old_ids, old_texts, kind),)
        for new in (logged_items(new_ids, new_texts, kind),)
        for has, ours, others in ((False, old, new), (True, new, old))
        for item, name in ours.items()
        if item not in others
    ]
    frame = pd.DataFrame(told, columns=["alike", "item", "name", "has"])
    of = entries[["issue_id", "at"]].assign(alike=alike, position=np.arange(len(entries)))
    rows = of.merge(frame, on="alike").sort_values("position", kind="stable", ignore_index=True)
    return rows[_EVENT[1:]].astype({"issue_id": "str", "item": "str", "name": "str", "has": "bool"})


def logged_items(ids: str, texts: str, kind: str) -> dict[str, str]:
    """The items in one side of a change-log entry: identity -> name.

    Args:
        ids: ``10001``, ``1, 2`` or ``[10001, 10002]``; empty for what has no ids.
        texts: The names, separated by commas; of labels, which have no spaces, by spaces.
        kind: The kind of cell that the field holds.
    """
    if kind != "refs":
        text = ids if kind in ("date", "datetime") and ids else texts
        number = as_number(text) if kind == "number" and text else float("nan")
        shown = text if np.isnan(number) else f"{number:.12g}"
        return {f"={shown}": shown} if shown else {}
    if not ids.strip("[] "):
        return {f"={label}": label for label in texts.split()}
    listed = ids.startswith("[") and ids.endswith("]")
    found = [one.strip() for one in ids.strip("[]").split(",") if one.strip()]
    bare = texts[1:-1] if listed and texts.startswith("[") and texts.endswith("]") else texts
    names = [bare] if len(found) == 1 else [one.strip() for one in bare.split(",")]
    return dict(_with_names(found, names))


def _texts_now(held: pd.DataFrame) -> pd.DataFrame:
    """``issue_id, value``: the number in each field as text, else its text."""
    number = held["number"].astype("float64")
    exact = number.map(repr, na_action="ignore")
    text = held["text"].astype("object").where(held["kind"] != "empty", None)
    value = exact.astype("object").where(number.notna(), text)
    return held[["issue_id"]].assign(value=value.astype("str")).reset_index(drop=True)


def _text_log(entries: pd.DataFrame, kind: str) -> pd.DataFrame:
    """``issue_id, at, old, new``: the texts that a field had."""
    texts = entries[["from_text", "to_text"]].replace("", None).astype("str")
    return entries[["issue_id", "at"]].assign(old=texts["from_text"], new=texts["to_text"])


def _names(seen: pd.DataFrame, logged: pd.DataFrame) -> pd.DataFrame:
    """``id, name, seen, read`` of items, as they were read and as the log has them."""
    both = [seen.assign(read=True), logged.assign(read=False)]
    rows = pd.concat([one for one in both if len(one)] or both[:1], ignore_index=True)
    rows = rows[rows["name"] != ""].rename(columns={"item": "id", "at": "seen"})
    rows = rows[["id", "name", "seen", "read"]]
    stamps = pd.to_datetime(rows["seen"], utc=True).dt.tz_localize(None).astype(_INSTANT)
    rows = rows.assign(seen=stamps).sort_values("seen", na_position="first")
    return rows.drop_duplicates(["id", "name", "read"], keep="last")


def _item_spells(events: pd.DataFrame, present: pd.DataFrame) -> pd.DataFrame:
    """The spells of each issue and item, which may overlap those of others."""
    key = ["issue_id", "item"]
    events = events.sort_values([*key, "at"], kind="stable", ignore_index=True)
    now = pd.MultiIndex.from_frame(present[key].astype("str"))
    of = pd.MultiIndex.from_frame(events[key].astype("str"))
    last = ~events.duplicated(key, keep="last")
    # What the issue has now takes precedence over its last entry, as it does for columns.
    has = events["has"].astype("bool").where(~last, of.isin(now))
    began = pd.DataFrame(
        {
            "issue_id": events["issue_id"],
            "since": events["at"],
            "until": events["at"].shift(-1).where(~last),
        }
    )[has]
    first = events[~events.duplicated(key) & ~events["has"].astype("bool")]
    before = first[["issue_id"]].assign(since=pd.NaT, until=first["at"])
    quiet = present.loc[~now.isin(of), ["issue_id"]].assign(since=pd.NaT, until=pd.NaT)
    parts = [part.astype({"since": _INSTANT, "until": _INSTANT}) for part in (began, before, quiet)]
    return pd.concat(parts, ignore_index=True).astype({"issue_id": "str"})


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    """The union of each issue's spells."""
    since = rows["since"].fillna(_FIRST).astype(_INSTANT)
    until = rows["until"].fillna(_LAST).astype(_INSTANT)
    frame = pd.DataFrame({"issue_id": rows["issue_id"], "since": since, "until": until})
    frame = frame[since < until].sort_values(["issue_id", "since"], ignore_index=True)
    reach = frame["until"].astype("int64").groupby(frame["issue_id"]).cummax()
    gap = frame["since"].astype("int64") > reach.groupby(frame["issue_id"]).shift(fill_value=0)
    begins = gap | ~frame.duplicated("issue_id")
    found = frame.groupby(begins.cumsum().rename("spell"), sort=False).agg(
        issue_id=("issue_id", "first"), since=("since", "min"), until=("until", "max")
    )
    found = found.astype({"issue_id": "str", "since": _INSTANT, "until": _INSTANT})
    found = found.assign(
        since=found["since"].where(found["since"] > _FIRST),
        until=found["until"].where(found["until"] < _LAST),
    )
    return found.reset_index(drop=True)[_SPELL]
