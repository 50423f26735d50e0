"""What tonight's tables would lose against the last published ones, and why.

What belongs here: the losses that would mislead readers, each as a sentence with its count and its
reason. What does not: running the checks (``checks``). A loss that was on purpose passes once
``thresholds: {lost_share: 1}`` is set for one run.

What could not be read stands as last read in the published tables, so a night after an outage is
compared with what was there before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from okr_model.finding_rules import Rule
from pipelines.project import Project
from pipelines.settings.datasets import in_words
from published.tables import NotPublishedError, PublishedTables

Tables = Mapping[str, pd.DataFrame]
Key = tuple[str, str]

_KEY = ["key_result_id", "cycle_id"]
_TABLE_OF = {
    name: name
    for name in ("objectives", "key_results", "check_ins", "initiatives", "measurements", "kpis")
} | {"links": "links"}
_EXAMPLES = 3


def unread_losses(project: Project, tables: Tables) -> list[str]:
    """Datasets that cannot be read and have no stand-in, if published records would go."""
    published = _published(project)
    run_id = str(tables["runs"]["run_id"].iloc[0])
    unread = project.step_files(run_id).read("content.unread")
    found = []
    for row in unread[unread["since"].isna()].to_dict("records"):
        table = _TABLE_OF.get(row["holds"])
        lost = _lost_records(published, tables, table, row["source"]) if published and table else 0
        if lost:
            what = in_words(row["holds"])
            found.append(f"{row['reason']} {lost} {what} published before would be gone.")
    return found


def unknown_cycles(project: Project, tables: Tables) -> list[str]:
    """Cycles that Key Results name and the settings do not have, if that empties a cycle.

    Key Results that named such a cycle in the published tables already were told then.
    """
    named, published = _naming_unknown(tables["findings"]), _published(project)
    before: set[str] = set()
    if published:
        told = _naming_unknown(published.frame("findings")).drop_duplicates()
        both = named.merge(told, how="left", indicator=True)
        named = both.loc[both["_merge"] == "left_only", ["subject_id", "evidence"]]
        before = set(published.frame("key_results")["key_result_id"])
    today = project.clock.as_of
    current = [one.id for one in project.settings.cycles if one.start <= today <= one.end]
    standing = int(tables["key_results"]["cycle_id"].isin(current).sum())
    one_name = named["evidence"].nunique() == 1 and len(named) >= standing
    if named.empty or not (named["subject_id"].isin(before).any() or one_name or not standing):
        return []
    if project.settings.thresholds.lost_share >= 1:
        return []
    counts = named.groupby("evidence")["subject_id"].nunique()
    known = ", ".join(one.id for one in project.settings.cycles)
    return [
        f"{count} Key Results name a cycle that settings do not have: {cycle}. The settings have"
        f" {known}. Correct cycles: or the records."
        for cycle, count in counts.items()
    ]


def lost_key_results(project: Project, tables: Tables) -> list[str]:
    """A whole cycle, most Key Results of a team, or most of all that were published."""
    published = _published(project)
    if published is None:
        return []
    before, now = published.frame("key_results"), tables["key_results"]
    keys = pd.Series(list(map(tuple, before[_KEY].to_numpy())), index=before.index, dtype="object")
    there = set(map(tuple, now[_KEY].to_numpy()))
    gone = ~keys.isin(there)
    teamless = set(map(tuple, now.loc[now["team"].isna(), _KEY].to_numpy()))
    limits = project.settings.thresholds.lost_share, project.settings.thresholds.lost_fewest
    found = []
    for cycle, group in before.groupby("cycle_id"):
        if gone[group.index].all() and _too_many(len(group), len(group), *limits):
            found.append((f"All {len(group)} Key Results of {cycle}", keys[group.index]))
    told = {key for _, lost in found for key in lost}
    for team, group in before.groupby("team"):
        lost = keys[group.index][gone[group.index] | keys[group.index].isin(teamless)]
        if _too_many(len(lost), len(group), *limits) and not told.issuperset(lost):
            found.append((f"{len(lost)} of {len(group)} Key Results of the team {team}", lost))
    if not found and _too_many(int(gone.sum()), len(before), *limits):
        found.append((f"{gone.sum()} of {len(before)} published Key Results", keys[gone]))
    return [
        f"{what} are gone, or without a team, such as {_such_as(lost)}."
        f"{_why(tables['findings'], lost)}"
        for what, lost in found
    ]


def lost_ids(project: Project, tables: Tables) -> list[str]:
    """The ids of the published Key Results that would be gone."""
    published = _published(project)
    if published is None:
        return []
    there = set(map(tuple, tables["key_results"][_KEY].to_numpy()))
    before = map(tuple, published.frame("key_results")[_KEY].to_numpy())
    return sorted({str(key[0]) for key in before if key not in there})


def lost_links(project: Project, tables: Tables) -> list[str]:
    """Most of the active links that were published."""
    published = _published(project)
    if published is None:
        return []
    pair = ["initiative_id", *_KEY]
    before, now = (
        {tuple(row) for row in frame.loc[frame["state"] == "active", pair].to_numpy()}
        for frame in (published.frame("links"), tables["links"])
    )
    thresholds, lost = project.settings.thresholds, sorted(before - now, key=str)
    if not _too_many(len(lost), len(before), thresholds.lost_share, thresholds.lost_fewest):
        return []
    names = ", ".join(f"{one} to {key_result}" for one, key_result, _ in lost[:_EXAMPLES])
    keys = [(str(key_result), str(cycle)) for _, key_result, cycle in lost]
    return [
        f"{len(lost)} of {len(before)} active links are gone, such as {names}."
        f"{_why(tables['findings'], keys)}"
    ]


def reasons(findings: pd.DataFrame) -> str:
    """Why no Key Result was left, as far as findings tell: each rule with its count and a case."""
    telling = findings[
        findings["severity"].isin(["error", "warning"])
        & findings["subject_type"].isin(["key result", "record", "source"])
    ]
    counts = telling["rule"].value_counts()
    cases = telling.drop_duplicates("rule").set_index("rule")["sentence"]
    said = [f"{rule} ({count}): {cases[rule]}" for rule, count in counts.head(_EXAMPLES).items()]
    return "".join(f"\n{line}" for line in said)


def _published(project: Project) -> PublishedTables | None:
    try:
        return PublishedTables(project.paths.duckdb)
    except NotPublishedError:
        return None


def _too_many(lost: int, total: int, share: float, fewest: int) -> bool:
    return lost >= fewest and lost > share * total


def _lost_records(published: PublishedTables, tables: Tables, table: str, source: str) -> int:
    before = published.frame(table)
    ids = set(before.loc[before["source"] == source, "record_id"].dropna())
    now = tables[table]
    return len(ids - set(now.loc[now["source"] == source, "record_id"].dropna()))


def _naming_unknown(findings: pd.DataFrame) -> pd.DataFrame:
    """Key Results that name a cycle which the settings do not have: ``subject_id, evidence``."""
    rows = findings[
        (findings["rule"] == Rule.NO_CYCLE) & (findings["subject_type"] == "key result")
    ]
    return rows.loc[rows["evidence"].notna(), ["subject_id", "evidence"]].astype("object")


def _such_as(keys: Iterable[Key]) -> str:
    return ", ".join(" of ".join(key) for key in list(keys)[:_EXAMPLES])


def _why(findings: pd.DataFrame, keys: Iterable[Key]) -> str:
    """What findings say of these Key Results, or else of datasets that cannot be read."""
    ids = {key_result for key_result, _ in keys}
    about = findings[findings["subject_id"].isin(ids) & (findings["rule"].isin(_LEAVING_OUT))]
    about = about if len(about) else findings[findings["rule"] == Rule.UNREADABLE_DATASET]
    more = f" ({len(about) - 1} more such findings.)" if len(about) > 1 else ""
    return f" {about['sentence'].iloc[0]}{more}" if len(about) else ""


_LEAVING_OUT = (Rule.NO_CYCLE, Rule.DUPLICATE_ID)
