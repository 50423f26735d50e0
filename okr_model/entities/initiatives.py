"""Initiatives: work meant to move a Key Result.

What belongs here: reading them, and what identifies each. What does not: which Key Result they
serve (``links``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.entities.fields import each, keep_first, texts, unreadable
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import plain_id, same_id
from okr_model.languages.words import is_closed
from okr_model.quantities.cells import KNOWN_BY_ROW, cells_of, records_of, texts_of
from okr_model.quantities.days import read_days

_HOLDS = "initiatives"
_STATUS_CATEGORIES = ("new", "indeterminate", "done")


def initiative_id(source: str, record_id: str, own_id: str | None) -> str:
    """The id of an initiative: its own id if it has one, else the source's record id."""
    return f"{source}:{plain_id(own_id or '') or record_id}"


def known_by_row(initiatives: pd.DataFrame) -> pd.Series:
    """Which of ``initiatives`` only a row number identifies, so no decision can refer to them."""
    by_record = initiatives["source"] + ":" + initiatives["record_id"]
    return initiatives["source"].isin(KNOWN_BY_ROW) & (initiatives["initiative_id"] == by_record)


def read_initiatives(cells: pd.DataFrame, timezone: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the initiatives.

    ``initiative`` is the display name: the field ``key`` where there is one (Jira), else the
    title, else the id.

    Returns:
        ``initiative_id ("source:id", see initiative_id), initiative, title, parent_id (the parent
        initiative), team, owner, status, status_id, status_category (new, indeterminate, done or
        null), due_on, source, record_id, url, created_at`` (null: not said); and the findings:
        duplicate ids (the first is kept), rows without an id, parents that are not an initiative,
        and due dates that cannot be read.
    """
    records = records_of(cells, _HOLDS)
    title = texts(cells, _HOLDS, records, "title")
    own_id = texts(cells, _HOLDS, records, "id")
    category = texts(cells, _HOLDS, records, "status_category").str.casefold()
    due_cells = cells_of(cells, _HOLDS, records, "due")
    due = read_days(due_cells, timezone, due_in=())
    frame = pd.DataFrame(
        {
            "initiative_id": records["source"] + ":" + own_id.fillna(records["record_id"]),
            "initiative": texts(cells, _HOLDS, records, "key")
            .fillna(title)
            .fillna(own_id)
            .fillna(records["record_id"]),
            "title": title,
            "parent_id": None,
            "team": texts(cells, _HOLDS, records, "team"),
            "owner": texts(cells, _HOLDS, records, "owner"),
            "status": texts(cells, _HOLDS, records, "status"),
            "status_id": _first_ref(cells_of(cells, _HOLDS, records, "status")),
            "status_category": category.where(category.isin(_STATUS_CATEGORIES)),
            "due_on": due["day"],
            "source": records["source"],
            "record_id": records["record_id"],
            "url": records["record_url"],
            "created_at": records["created_at"],
            "place": records["place"],
        }
    )
    faulty = frame.assign(problem=due["problem"], text=due_cells["text"], field="due date")
    undated = each(
        faulty[faulty["problem"].notna()],
        lambda row: unreadable(
            row,
            "initiative",
            row["initiative_id"],
            "due date",
            titled(row["initiative"], row["title"]),
        ),
    )
    frame, twice = keep_first(frame, ["initiative_id"], _named_twice)
    rows = frame[known_by_row(frame)]
    parents = cells_of(cells, _HOLDS, records, "parent").loc[frame.index]
    frame["parent_id"], orphaned = _parents(frame, parents)
    findings = [*undated, *twice, *orphaned, *each(rows.drop_duplicates("place"), _no_stable_id)]
    return frame.drop(columns="place").reset_index(drop=True), findings_frame(findings)


def _first_ref(cells: pd.DataFrame) -> pd.Series:
    """The id of the option or status that a cell shows; null where it has none."""
    refs = cells["refs"].astype("object")
    return refs.where(refs.map(pd.api.types.is_list_like)).str[0].astype("str")


def _parents(frame: pd.DataFrame, cells: pd.DataFrame) -> tuple[pd.Series, list[Finding]]:
    """The initiative of the same source that each names as its parent, by relation, id or name."""
    known: dict[tuple[str, str], str] = {}
    alone = frame["initiative_id"].str.replace(r"^[a-z]+:", "", regex=True)
    for names in (frame["title"], frame["initiative"], alone, frame["record_id"]):
        for source, name, found in zip(frame["source"], names, frame["initiative_id"], strict=True):
            if isinstance(name, str):
                known[source, same_id(name)] = found
    wanted = texts_of(cells).astype("object")
    refs = cells["refs"].astype("object")  # the column is float where no record refers to anything
    related = refs.where(cells["kind"] == "refs").str[0].astype("object")
    wanted = related.where(related.notna(), wanted)
    pairs = zip(frame["source"], wanted, strict=True)
    parents = [known.get((s, same_id(w))) if isinstance(w, str) else None for s, w in pairs]
    parents = pd.Series(parents, index=frame.index, dtype="str")
    lost = frame.assign(parent=cells["text"])[wanted.notna() & parents.isna()]
    return parents, each(lost, _unknown_parent)


def _unknown_parent(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_PARENT,
        severity="warning",
        subject_type="initiative",
        subject_id=row["initiative_id"],
        sentence=(
            f"{titled(row['initiative'], row['title'])} names {row['parent']} as its parent, but "
            f"{row['source']} has no such initiative. Correct it, or empty the field."
        ),
        evidence=row["parent"],
        url=row["url"],
    )


def _named_twice(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.INITIATIVE_NAMED_TWICE,
        severity="warning",
        subject_type="initiative",
        subject_id=row["initiative_id"],
        sentence=(
            f"Two rows of {row['place']} have the id of “{row['initiative']}”; the first counts. "
            "Give the other an id of its own."
        ),
        evidence=row["record_id"],
        url=row["url"],
    )


def _no_stable_id(row: pd.Series) -> Finding:
    return Finding(
        rule=Rule.INITIATIVES_WITHOUT_ID,
        severity="info",
        subject_type="source",
        subject_id=row["place"],
        sentence=(
            f"Initiatives in {row['place']}, such as “{row['initiative']}”, are identified only by "
            "their row, which changes when lines are moved or edited, so no decision on them can "
            "be kept. "
            "Give each an id in a column of its own, and map it: fields: {id: …}."
        ),
        url=row["url"],
    )


def titled(initiative: str, title: object) -> str:
    """An initiative for people: ``SUP-3 Triage rules``, the title alone where that is its name."""
    if not isinstance(title, str) or title == initiative:
        return initiative
    return f"{initiative} {title}"


def still_open(initiatives: pd.DataFrame) -> pd.Series:
    """Which initiatives are not done, by status category and by the words of the status."""
    words = initiatives["status"].astype("object")
    closed = words.map({word: is_closed(word) for word in words.dropna().unique()}).eq(True)
    return initiatives["status_category"].ne("done") & ~closed
