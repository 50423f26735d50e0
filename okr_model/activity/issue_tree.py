"""The issue tree: how links propagate from an initiative to the issues below it.

What belongs here: walking parents over all issues. What does not: which links an issue states
itself (:func:`okr_model.links.resolve.own_links`). Everything is lazy Narwhals without ordered
windows, so the same functions run on DuckDB, pandas and Spark.

Few issues have children, so only those are walked; all others look up their parent once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw

from okr_model.links.vocabulary import MAX_DEPTH

Frame = nw.LazyFrame[Any]
Keep = Callable[[str, Frame], Frame]
"""Materializes a frame under a name, because it is read many times."""


def effective_links(issues: Frame, own: Frame, keep: Keep = lambda _, frame: frame) -> Frame:
    """The Key Results each issue counts for: its own, else those of its nearest linked ancestor.

    Args:
        issues: ``id`` (unique), ``parent_id``.
        own: ``issue_id``, ``key_result_id``, ``weight``: links that issues state themselves; a null
            Key Result states that the issue, and what inherits from it, serves none.
        keep: Materializes frames that are read repeatedly; by default engines recompute them.

    Returns:
        ``issue_id``, ``key_result_id``, ``weight`` (as at the ancestor), ``via_id`` (the issue
        that states the link) and ``depth`` (levels up to it; 0 is the issue itself). An issue
        without a linked ancestor within six levels has no row.
    """
    tree = issues.select("id", "parent_id")
    stating = own.group_by("issue_id").agg(links=nw.len())
    linked = stating.join(tree, left_on="issue_id", right_on="id", how="semi")
    linked = keep("linked_issues", linked.select(at="issue_id"))
    marked = linked.select(is_at="at", is_linked=nw.lit(1))
    nodes = _parents(tree).join(marked, left_on="id", right_on="is_at", how="left")
    nodes = keep("nodes", nodes.select("id", "parent_id", "is_linked"))
    nearest = _nearest_linked(nodes, keep)
    free = tree.join(linked, left_on="id", right_on="at", how="anti")
    inherited = free.join(nearest, left_on="parent_id", right_on="at").select(
        issue_id="id", via_id="via_id", depth="depth"
    )
    itself = linked.select(issue_id="at", via_id="at", depth=nw.lit(0))
    stated = own.select(stated_by="issue_id", key_result_id="key_result_id", weight="weight")
    return (
        nw.concat([itself, inherited])
        .join(stated, left_on="via_id", right_on="stated_by")
        .filter(~nw.col("key_result_id").is_null())
        .select("issue_id", "key_result_id", "weight", "via_id", "depth")
    )


def descendants(issues: Frame, roots: Frame) -> Frame:
    """Every issue below each root, at any depth up to six levels.

    Args:
        issues: ``id`` (unique), ``parent_id``.
        roots: ``root_id`` (unique).

    Returns:
        ``root_id``, ``issue_id``, distinct. A root is not below itself, even where parents form a
        cycle.
    """
    tree = issues.select("id", "parent_id")
    present = tree.join(roots, left_on="id", right_on="root_id", how="semi").select(root_id="id")
    above = _ancestry(tree).join(present, left_on="via_id", right_on="root_id", how="semi")
    once = above.group_by("at", "via_id").agg(ways=nw.len()).select("at", "via_id")
    below = tree.join(once, left_on="parent_id", right_on="at")
    return below.filter(nw.col("id") != nw.col("via_id")).select(root_id="via_id", issue_id="id")


def initiative_issues(issues: Frame, initiatives: Frame) -> Frame:
    """The issues of each initiative: its own, and those below it.

    Args:
        issues: ``id`` (unique), ``parent_id``.
        initiatives: ``initiative_id``, ``issue_id`` (the initiative's own issue), each unique.

    Returns:
        ``issue_id``, ``initiative_id`` and ``below`` (0 of the initiative's own issue, else 1),
        unique by the first two.
    """
    below = descendants(issues, initiatives.select(root_id="issue_id"))
    named = initiatives.select("initiative_id", root="issue_id")
    theirs = below.join(named, left_on="root_id", right_on="root")
    theirs = theirs.select("issue_id", "initiative_id", below=nw.lit(1))
    return nw.concat([theirs, without_children(initiatives)])


def without_children(initiatives: Frame) -> Frame:
    """The same of initiatives that have no issue below theirs."""
    return initiatives.select("issue_id", "initiative_id", below=nw.lit(0))


def initiatives_above(issues: Frame, initiatives: Frame, keep: Keep) -> Frame:
    """The nearest initiative above each initiative, at most six levels up.

    Args:
        issues: ``id`` (unique), ``parent_id``.
        initiatives: ``initiative_id``, ``issue_id`` (the initiative's own issue), each unique.
        keep: As for :func:`effective_links`.

    Returns:
        ``initiative_id``, ``parent_id`` (also the id of an initiative), unique by the first.
    """
    tree = issues.filter(~nw.col("parent_id").is_null()).select(node="id", up="parent_id")
    known = initiatives.select(parent_id="initiative_id", root="issue_id")
    climbing = initiatives.select("initiative_id", above="issue_id")
    found = []
    for depth in range(1, MAX_DEPTH + 1):
        climbed = climbing.join(tree, left_on="above", right_on="node")
        climbed = keep(f"above_{depth}", climbed.select("initiative_id", above="up"))
        there = climbed.join(known, left_on="above", right_on="root")
        found.append(there.select("initiative_id", "parent_id"))
        climbing = climbed.join(known, left_on="above", right_on="root", how="anti")
    return nw.concat(found)


def _nearest_linked(nodes: Frame, keep: Keep) -> Frame:
    """For each issue with children the nearest linked issue: itself or an ancestor, if any.

    Returns ``at`` (an issue with children), ``via_id`` and ``depth`` (levels from the children up
    to ``via_id``: 1 for the issue itself). The walk stops at the first linked issue, so only few
    issues go beyond the first levels.
    """
    climbing = nodes.select("parent_id", "is_linked", at="id", via_id="id")
    found = []
    is_linked = ~nw.col("is_linked").is_null()
    for depth in range(1, MAX_DEPTH + 1):
        found.append(climbing.filter(is_linked).select("at", "via_id", depth=nw.lit(depth)))
        if depth == MAX_DEPTH:
            break
        rest = climbing.filter(~is_linked & ~nw.col("parent_id").is_null())
        rest = keep(f"climbing_{depth}", rest.select("at", via_id="parent_id"))
        above = nodes.select("parent_id", "is_linked", node="id")
        climbing = rest.join(above, left_on="via_id", right_on="node")
    return nw.concat(found)


def _parents(tree: Frame) -> Frame:
    """The issues that have children."""
    named = tree.filter(~nw.col("parent_id").is_null()).group_by("parent_id").agg(children=nw.len())
    return tree.join(named, left_on="id", right_on="parent_id", how="semi")


def _ancestry(tree: Frame) -> Frame:
    """The ancestors of the children of each issue that has any.

    Returns ``at`` (an issue with children), ``via_id`` (that issue or one above it) and ``depth``
    (levels from the children up to it: 1 for the issue itself).
    """
    parents = _parents(tree)
    climb = parents.select(at="id", above_1="id", above_2="parent_id")
    for depth in range(2, MAX_DEPTH):
        step = parents.select(**{f"is_{depth}": "id", f"above_{depth + 1}": "parent_id"})
        climb = climb.join(step, left_on=f"above_{depth}", right_on=f"is_{depth}", how="left")
    return _unpivot(climb, tree)


def _unpivot(climb: Frame, tree: Frame) -> Frame:
    """One row per level; Narwhals' own ``unpivot`` works only on DuckDB's default connection."""
    one = tree.select(depth=nw.len())
    depths = nw.concat([one.select(depth=nw.lit(depth)) for depth in range(1, MAX_DEPTH + 1)])
    via_id = nw.lit(None, dtype=nw.String)
    for depth in range(1, MAX_DEPTH + 1):
        via_id = nw.when(nw.col("depth") == depth).then(nw.col(f"above_{depth}")).otherwise(via_id)
    levels = climb.join(depths, how="cross").select("at", "depth", via_id=via_id)
    return levels.filter(~nw.col("via_id").is_null())
