"""Text similarity: BM25 over stems and character pieces, and embeddings if a model is installed.

What belongs here: cutting texts into features, and scoring pairs of texts. What does not: whose
texts are compared and what a score leads to (``suggestions``), and the embedding model itself
(``pipelines.text_embeddings``).

Words are cut to a stem, so that *onboarded* matches *onboarding*. A stem weighs more the rarer it
is and the more often it occurs in a record, with diminishing returns, and less the longer the
record is (BM25). Pieces of four characters count beside the stems, so that compounds, inflections
and typing errors still match. The score is a weighted sum of cosines: of stems and of pieces, each
for the whole record and for its title alone; in the whole, the title counts three times.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import snowballstemmer

Meaning = Callable[[Sequence[str]], Any]
"""An embedding model: one row per text, of length 1, so that the dot product is the cosine."""

_PIECE = 4
"""The length of the character pieces."""
_K1, _B = 2.0, 0.3
"""The parameters of BM25: saturation of repeated features, and influence of a record's length."""
_TITLE_TIMES = 3
"""How many times the title counts in the whole record."""
_STEMS_SHARE, _WHOLE_SHARE = 0.6, 0.8
"""The weight of stems beside pieces, and of the whole record beside its title."""
_SHARED_SHOWN = 4
"""How many shared words to name."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """a about after all also an and any are as at be been before between both but by can could
        do does down each every few for from had has have how if in into is it its less may might
        more most must need needs no not of off on one only or other our out over per reach should
        so some such than that the their them then there these they this those through to under
        until up us use used using was we were what when where which while who will with within
        without would you your""",
    )
)
_STEMMER = snowballstemmer.stemmer("english")


def words_of(text: object) -> list[str]:
    """The words of a text that carry meaning: no digits and no stop words."""
    if not isinstance(text, str):
        return []
    plain = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text))
    return [word for word in _WORD.findall(plain.casefold()) if word not in _STOP]


def stem_of(word: str) -> str:
    """A word without its ending: ``onboarding`` and ``onboarded`` both become ``onboard``."""
    return str(_STEMMER.stemWord(word))


class WeightedTexts:
    """The texts of all work, then of all targets, as weighted matrices."""

    def __init__(self, work: pd.DataFrame, targets: pd.DataFrame, meaning: Meaning | None) -> None:
        self._first_target = len(work)
        columns = ["title", "text"]
        records = pd.concat([work[columns], targets[columns]]).to_numpy()
        titles = [words_of(title) for title, _ in records]
        texts = [words_of(text) for _, text in records]
        self._shown: dict[str, str] = {}
        for word in sorted({word for words in (*titles, *texts) for word in words}):
            self._shown.setdefault(stem_of(word), word)
        self._meanings = [] if meaning is None else _meanings(records, meaning)
        whole = [[*title * _TITLE_TIMES, *text] for title, text in zip(titles, texts, strict=True)]
        self._stems: list[str] = []
        self._parts = [
            (share * of_kind, _weighted(documents, cut, self._stems if first else []))
            for share, documents in ((_WHOLE_SHARE, whole), (1 - _WHOLE_SHARE, titles))
            for of_kind, cut, first in (
                (_STEMS_SHARE, _stems_of, documents is whole),
                (1 - _STEMS_SHARE, _pieces_of, False),
            )
        ]

    def scores(self, some: slice) -> Any:
        """The lexical similarity of a slice of the work to each target, from 0 to 1."""
        first = self._first_target
        return sum(
            share * (matrix[:first][some] @ matrix[first:].T).toarray()
            for share, matrix in self._parts
        )

    def meant(self, some: slice) -> Any | None:
        """Their similarity in meaning, from -1 to 1; None without an embedding model."""
        first = self._first_target
        parts = [share * (rows[:first][some] @ rows[first:].T) for share, rows in self._meanings]
        return sum(parts) if parts else None

    def shared(self, work: Any, targets: Any) -> list[list[str]]:
        """For each pair the shared words with the most weight."""
        stems = self._parts[0][1]
        common = stems[work].multiply(stems[targets + self._first_target]).tocsr()
        rows = []
        for start, end in zip(common.indptr[:-1], common.indptr[1:], strict=True):
            heaviest = np.argsort(-common.data[start:end], kind="stable")[:_SHARED_SHOWN]
            rows.append([self._shown[self._stems[i]] for i in common.indices[start:end][heaviest]])
        return rows


def _meanings(records: Any, meaning: Meaning) -> list[tuple[float, Any]]:
    texts = [[part if isinstance(part, str) else "" for part in record] for record in records]
    whole, titles = [". ".join(record) for record in texts], [title for title, _ in texts]
    return [(_WHOLE_SHARE, meaning(whole)), (1 - _WHOLE_SHARE, meaning(titles))]


def _stems_of(word: str) -> list[str]:
    return [stem_of(word)]


def _pieces_of(word: str) -> list[str]:
    edged = f"<{word}>"
    return [edged[start : start + _PIECE] for start in range(max(1, len(edged) - _PIECE + 1))]


def _weighted(
    documents: Sequence[Sequence[str]], cut: Callable[[str], list[str]], names: list[str]
) -> Any:
    """BM25 weights, one row per document and one column per feature, each row of length 1.

    ``names`` is filled with the features' names. The formula is that of Robertson and Zaragoza,
    "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), applied to both sides.
    """
    from scipy.sparse import csr_matrix  # heavy, and only needed where something is unlinked

    index: dict[str, int] = {}
    pieces: dict[str, list[int]] = {}
    columns: list[int] = []
    starts = [0]
    for words in documents:
        for word in words:
            if word not in pieces:
                pieces[word] = [index.setdefault(part, len(index)) for part in cut(word)]
            columns.extend(pieces[word])
        starts.append(len(columns))
    names.extend(index)
    shape = (len(documents), max(1, len(index)))
    counts = csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)
    counts.sum_duplicates()
    lengths = np.diff(starts)
    row = np.repeat(np.arange(shape[0]), np.diff(counts.indptr))
    found = np.bincount(counts.indices, minlength=shape[1])
    rarity = np.log1p((shape[0] - found + 0.5) / (found + 0.5))
    norm = _K1 * (1 - _B + _B * lengths / max(1.0, lengths.mean()))
    weight = counts.data * (_K1 + 1) / (counts.data + norm[row]) * rarity[counts.indices]
    size = np.sqrt(np.bincount(row, weight**2, minlength=shape[0]))
    counts.data = weight / np.maximum(size, 1e-12)[row]
    return counts
