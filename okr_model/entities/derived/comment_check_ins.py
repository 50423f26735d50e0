"""Comments on Key Results as the cells of check-ins.

What belongs here: which comments are check-ins, and the cells that each becomes. What does not:
taking a text apart (``comment_texts``), and reading the check-ins (``check_ins``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from okr_model.entities.derived.comment_texts import CommentForm, Statement, read_comment
from okr_model.quantities.cells import RECORD_KEY, cells_like

COMMENT = "comment"
"""The field of a comment's text; after :func:`with_comments_read` that of an unreadable one."""


def with_comments_read(
    cells: pd.DataFrame, forms: Mapping[str, CommentForm], words: Sequence[str]
) -> pd.DataFrame:
    """The cells, with what comments state in the fields of check-ins.

    A comment that is no check-in is left out. One that begins as a check-in and states neither a
    value nor a confidence keeps its cell ``comment``, for the reader to report.

    Args:
        cells: The long cells frame; a comment's text is in the field ``comment`` of ``check_ins``.
        forms: How people write check-ins, by dataset.
        words: The organization's three words of confidence, high to low.
    """
    comments = cells[(cells["field"] == COMMENT) & (cells["holds"] == "check_ins")]
    if comments.empty:
        return cells
    stated = [
        read_comment(str(text), forms[dataset], words)
        for text, dataset in zip(comments["text"], comments["dataset"], strict=True)
    ]
    silent = comments[[one is None for one in stated]]
    readable = [one is not None and bool(one.value or one.confidence) for one in stated]
    key = pd.MultiIndex.from_frame(cells[RECORD_KEY])
    dropped = key.isin(pd.MultiIndex.from_frame(silent[RECORD_KEY]))
    dropped |= cells.index.isin(comments.index[readable])
    rows = [
        row
        for (_, comment), one in zip(comments.iterrows(), stated, strict=True)
        if one is not None
        for row in _cells(comment, one, forms[comment["dataset"]])
    ]
    parts = [cells[~dropped], cells_like(cells, rows)]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _cells(comment: pd.Series, stated: Statement, form: CommentForm) -> Iterator[dict[str, object]]:
    if not stated.value and not stated.confidence:
        return
    for field, text in stated._asdict().items():
        if text:
            yield {**comment.to_dict(), "field": field, "text": text, "locale": form.locale}
