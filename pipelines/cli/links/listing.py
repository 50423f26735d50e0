"""``okr links``: which initiative serves which Key Result, with evidence and history.

What belongs here: selecting and printing published links. What does not: resolving them
(``okr_model.links``) and decisions (``decisions``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from okr_model.languages.folding import same_id, same_ids
from okr_model.links.history import changes, links_on
from okr_model.tables.links import NO_LINK
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published, require_key_result
from pipelines.project import Project
from pipelines.review.any_name import find_by_any_name
from published.formatting import absent, plain, share
from published.moment import NoSuchDayError, no_such_day
from published.selection import in_order, other_work_ids, published_day
from published.tables import PublishedTables
from published.titles import Titles

_STYLE = {"active": "", "overruled": "yellow", "rejected": "dim", "broken": "red"}
_LONGEST = 48  # of a Key Result's id and statement in a column
_DECISION = ("decision", "decision_before")
_CHANGE_STYLE = {"appeared": "green", "vanished": "red", "changed": "yellow"}


@dataclass(frozen=True, slots=True)
class LinkQuery:
    """Which links to print; see the options of ``okr links``."""

    key_result: str | None = None
    initiative: str | None = None
    as_of: dt.date | None = None
    since: dt.date | None = None
    orphans: bool = False
    conflicts: bool = False

    @property
    def everything(self) -> bool:
        """Whether no filter is set, so that totals make sense."""
        return not (self.key_result or self.initiative or self.conflicts)


def show_links(config: Path | None, query: LinkQuery, form: Format) -> int:
    """Print the selected links; returns 0.

    Raises:
        UnknownKeyResultError: The Key Result is neither published nor claimed.
        UnknownInitiativeError: The initiative is not published, or the name is ambiguous.
        published.moment.NoSuchDayError: A day was not published.
    """
    _, tables = open_published(config)
    if query.initiative:
        project, known = Project(config, with_secrets=False), tables.frame("initiatives")
        found = find_by_any_name(project, known, query.initiative)
        query = replace(query, initiative=found["initiative_id"])
    if query.since:
        _show_changes(tables, query, form)
    elif query.orphans:
        _show_orphans(tables, query.as_of, form)
    else:
        _show_claims(tables, query, form)
    return 0


def _show_claims(tables: PublishedTables, query: LinkQuery, form: Format) -> None:
    day = _links_of(tables, query.as_of)
    frame = _narrowed(tables, day[day["state"] != NO_LINK], query)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return
    screen = console()
    if frame.empty:
        screen.print("No link and no claim.")
    else:
        _print_claims(screen, frame, Titles(tables.path))
    if query.everything:
        _print_totals(screen, day, tables, query.as_of)


def _links_of(tables: PublishedTables, day: dt.date | None) -> pd.DataFrame:
    """The links as of a day, sorted; without a day, the latest published ones."""
    if day is None:
        return in_order(tables.frame("links"))
    if day not in (days := _days(tables, day)):
        raise no_such_day(days, day)
    return in_order(links_on(tables.frame("link_history"), day))


def _days(tables: PublishedTables, day: dt.date) -> list[dt.date]:
    """The published days for which links are known, oldest first; ``day`` is none before them."""
    begun = tables.frame("link_history")["valid_from"]
    first = min(begun, default=day)
    if day < first:
        raise NoSuchDayError(f"no links are known of {day}: the first day published is {first}.")
    days = {*tables.days("key_results_daily"), *begun, published_day(tables)}
    return sorted(one for one in days if one >= first)


def _since(tables: PublishedTables, day: dt.date, until: dt.date) -> dt.date:
    """The day whose links those of ``until`` are compared with: the last published by ``day``."""
    if day > until:
        raise NoSuchDayError(f"{day}: this day lies after {until}, with which it is compared.")
    return max(one for one in _days(tables, day) if one <= day)


def _narrowed(tables: PublishedTables, frame: pd.DataFrame, query: LinkQuery) -> pd.DataFrame:
    if query.key_result:
        claimed = frame[same_ids(frame["key_result_id"]) == same_id(query.key_result)]
        if claimed.empty:  # it may have no link, or have had that id before
            now = require_key_result(tables, query.key_result)["key_result_id"].iloc[0]
            claimed = frame[frame["key_result_id"] == now]
        frame = claimed
    if query.initiative:
        frame = frame[frame["initiative_id"] == query.initiative]
    if query.conflicts:
        disputed = frame.loc[frame["state"] == "overruled", "initiative_id"]
        involved = frame["initiative_id"].isin(disputed) & frame["state"].isin(
            ("active", "overruled")
        )
        frame = frame[involved].sort_values(["initiative", "state"], kind="stable")
    return frame


def _show_changes(tables: PublishedTables, query: LinkQuery, form: Format) -> None:
    assert query.since is not None  # noqa: S101 - the caller's condition
    until = query.as_of or published_day(tables)
    then = _since(tables, query.since, until)
    frame = changes(_links_of(tables, then), _links_of(tables, until))
    frame = _narrowed(tables, frame, query)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return
    table = Table(box=None)
    for name in ("Change", "KR", "Initiative", "Before", "After", "Where"):
        table.add_column(name, overflow="fold")
    titles = Titles(tables.path)
    for row in frame.to_dict("records"):
        table.add_row(
            Text(row["change"], style=_CHANGE_STYLE[row["change"]]),
            titles.key_result(row["key_result_id"], _LONGEST),
            titles.initiative(row["initiative_id"], row["initiative"]),
            _state(row, "_before"),
            _state(row, "") + _newly_decided(row),
            plain(row["url"]),
        )
    counts = frame["change"].value_counts()
    totals = ", ".join(f"{counts.get(name, 0)} {name}" for name in _CHANGE_STYLE)
    screen = console()
    screen.print(table)
    screen.print(f"\nFrom {then} to {until}: {totals}.")


def _state(row: dict[str, Any], when: str) -> str:
    if absent(row[f"state{when}"]):
        return "–"
    weight = row[f"weight{when}"]
    part = f" × {share(weight)}" if not absent(weight) and weight < 1 else ""
    return f"{row[f'state{when}']}{part} by {row[f'rule{when}']}"


def _newly_decided(row: dict[str, Any]) -> str:
    """What of a decision has changed, where the link had one or has one now."""
    now, before = (None if absent(row[name]) else row[name] for name in _DECISION)
    if now == before:
        return ""
    return f"\ndecision: {before or 'none'} → {now or 'none'}"


def _show_orphans(tables: PublishedTables, day: dt.date | None, form: Format) -> None:
    frame = _orphans(tables, day)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return
    table = Table(box=None)
    for name in ("What", "Which", "Title", "Where"):
        table.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        table.add_row(row["orphan"], plain(row["name"]), plain(row["title"]), plain(row["url"]))
    screen = console()
    screen.print(table)
    _print_totals(screen, _links_of(tables, day), tables, day)


def _orphans(tables: PublishedTables, day: dt.date | None) -> pd.DataFrame:
    """Initiatives without a Key Result, then Key Results without an initiative; no other work."""
    links = _links_of(tables, day)
    active = links[links["state"] == "active"]
    if day is None:
        work, key_results = tables.frame("initiatives"), tables.frame("key_results")
    else:
        work = links.drop_duplicates("initiative_id")
        key_results = tables.frame(
            "key_results_daily",
            "as_of = (SELECT max(as_of) FROM okr.key_results_daily WHERE as_of <= ?)",
            [day],
        )
    other = other_work_ids(links, tables if day is None else None)
    idle = work[~work["initiative_id"].isin({*active["initiative_id"], *other})]
    running = ~(key_results["cycle_end"] < key_results["as_of"])  # what has ended needs no work
    linked = key_results["key_result_id"].isin(active["key_result_id"])
    bare = in_order(key_results[running & ~linked])
    columns = ["orphan", "id", "name", "title", "url"]
    return pd.concat(
        [
            idle.assign(orphan="initiative", id=idle["initiative_id"], name=idle["initiative"]),
            bare.assign(
                orphan="key result",
                id=bare["key_result_id"],
                name=bare["key_result_id"],
                title=bare["statement"],
            ),
        ]
    ).reindex(columns=columns)


def _print_claims(screen: Console, frame: pd.DataFrame, titles: Titles) -> None:
    table = Table(box=None)
    for name in ("KR", "Initiative", "State", "By", "Where", "Evidence"):
        table.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        also = [] if row["also_by"] is None else list(row["also_by"])
        weight = (
            f" × {share(row['weight'])}" if row["state"] == "active" and row["weight"] < 1 else ""
        )
        table.add_row(
            titles.key_result(row["key_result_id"], _LONGEST),
            titles.initiative(row["initiative_id"], row["initiative"]),
            Text(row["state"] + weight, style=_STYLE[row["state"]]),
            ", ".join([row["rule"], *also]),
            f"{row['source']}: {plain(row['field'])}\n{plain(row['url'])}",
            plain(row["evidence"]) + _decided(row),
        )
    screen.print(table)


def _decided(row: dict[str, Any]) -> str:
    if absent(row["decision"]):
        return ""
    return f"\n{row['decision']} by {plain(row['decided_by'])} ({row['decision_id']})"


def _print_totals(
    screen: Console, links: pd.DataFrame, tables: PublishedTables, day: dt.date | None
) -> None:
    work = tables.frame("initiatives") if day is None else links
    initiatives = work.drop_duplicates("initiative_id")
    linked = initiatives["initiative_id"].isin(
        links.loc[links["state"] == "active", "initiative_id"]
    )
    is_other = initiatives["initiative_id"].isin(
        other_work_ids(links, tables if day is None else None)
    )
    idle = ~linked & ~is_other
    states = links["state"].value_counts()
    claims = len(links) - states.get(NO_LINK, 0)
    other = f", other work: {is_other.sum()}" if is_other.any() else ""
    screen.print(
        f"\n{len(initiatives)} initiatives: {linked.sum()} linked, {idle.sum()} without a "
        f"link{other}. {claims} claims: "
        + ", ".join(f"{states.get(state, 0)} {state}" for state in _STYLE)
        + "."
    )
    if idle.any():
        titles = Titles(tables.path)
        unlinked = initiatives.loc[idle, ["initiative_id", "initiative"]]
        names = [titles.initiative(*pair) for pair in unlinked.to_numpy()]
        screen.print("Without a link: " + "; ".join(names))
