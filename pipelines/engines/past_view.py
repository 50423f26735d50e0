"""A stream as of a past instant, from its log.

What belongs here: the view that :meth:`pipelines.lake.tables.Lake.scan` gives DuckDB, for engines
that do not read its SQL. What does not: reading files (the engines).
"""

from __future__ import annotations

import narwhals as nw

from okr_model.activity.issue_tree import Frame
from pipelines.lake.tables import AsOf


def rows_as_of(log: Frame, current: Frame, pulls: Frame, cutoff: AsOf) -> Frame:
    """Each record's latest version that was seen by an instant.

    Args:
        log: Every version of every record that is folded: the columns of the log.
        current: ``id`` and ``first_seen_at`` of every record; the log may have lost its earliest.
        pulls: ``end``: the complete pulls of ``cutoff``.
        cutoff: The instant. Unless it is exact, a place that was first read after it has the
            content of the first complete pull that covers it.

    Returns:
        The columns of the log and ``first_seen_at``.
    """
    known = _seen(log, pulls, cutoff).group_by("id")
    newest = known.agg(newest=nw.col("landed").max(), first_seen=nw.col("seen_at").min())
    rows = log.join(
        newest.select("newest", "first_seen", of="id"),
        left_on=["id", "landed"],
        right_on=["of", "newest"],
    )
    earlier = current.select(this="id", before="first_seen_at")
    both = rows.join(earlier, left_on="id", right_on="this", how="left")
    return both.with_columns(first_seen_at=nw.min_horizontal("first_seen", "before"))


def _seen(log: Frame, pulls: Frame, cutoff: AsOf) -> Frame:
    """The versions that count."""
    in_time = nw.col("seen_at") <= cutoff.at
    if cutoff.exact:
        return log.filter(in_time)
    began = log.group_by("place").agg(began=nw.col("seen_at").min())
    covering = began.join(pulls, how="cross").filter(nw.col("end") >= nw.col("began"))
    first = covering.group_by("place").agg(end=nw.col("end").min())
    upto = began.join(first, on="place", how="left").select(
        there="place", upto=nw.max_horizontal("began", "end")
    )
    placed = log.join(upto, left_on="place", right_on="there")
    return placed.filter(in_time | (nw.col("seen_at") <= nw.col("upto")))
