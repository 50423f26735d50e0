"""Text similarity: words and pieces of words weighted by BM25, and embeddings if installed.

What belongs here: scoring pairs of texts by their words and meanings. What does not: whose texts
are compared and what a score leads to (``pair_scores``, ``suggest``), what a word is
(``okr_model.languages.stems``), and the embedding model itself (``pipelines.text_embeddings``).

Words are cut to a stem, so that *onboarded* matches *onboarding*. Pieces of four characters count
beside the stems, so that compounds, inflections and typing errors still match. A feature weighs
more the rarer it is and the more often it occurs in a record, with diminishing returns. In the
whole record, the title counts three times. The score is a weighted sum:

- 0.6: cosines of stems and of pieces, of the whole records and of their titles alone. They see
  both records alike.
- 0.4: BM25 of the target for the work as a question, divided by the most that any target could
  get. It does not hold a long target's other words against it.

All weights were chosen on 684 software weaknesses and their parents (MITRE's CWE), and never on
what docs/audit-links.md reports as unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from okr_model.languages.stems import Vocabulary, is_vague, language_of, telling, words_in

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Meaning = Callable[[Sequence[str]], Any]
"""An embedding model: one row per text, of length 1, so that the dot product is the cosine."""

_PIECE = 4
"""The length of the character pieces."""
_TITLE_TIMES = 3
"""How many times the title counts in the whole record."""
_STEMS_SHARE, _WHOLE_SHARE, _COSINE_SHARE = 0.6, 0.8, 0.6
"""The weight of stems beside pieces, of whole records beside titles, of cosines beside BM25."""
_COSINE_K1, _COSINE_B = 2.0, 0.3
"""For the cosines: saturation of repeated features, and influence of a record's length."""
_K1, _B, _K3 = 1.2, 0.75, 2.0
"""The same for BM25, and the saturation of what the work repeats."""
_SHARED_SHOWN = 4
"""How many shared words to name."""
_COMMON_SHARE, _COMMON_LEAST = 0.1, 4
"""A word in more than this share of the records, and this many, tells nothing by itself."""


class TextSimilarity:
    """The similarity of the texts of work and of targets.

    Args:
        work: ``title`` and ``text``; either may be null.
        targets: The same.
        meaning: An embedding model, if installed.
    """

    def __init__(self, work: pd.DataFrame, targets: pd.DataFrame, meaning: Meaning | None) -> None:
        split = self._split = len(work)
        columns = ["title", "text"]
        records = pd.concat([work[columns], targets[columns]]).to_numpy()
        sides = [[words_in(text) for text in side] for side in records.T]
        spoken = [language_of([*title, *text]) for title, text in zip(*sides, strict=True)]
        titles, texts = (
            [telling(words, tongue) for words, tongue in zip(side, spoken, strict=True)]
            for side in sides
        )
        self._words = [{*title, *text} for title, text in zip(titles, texts, strict=True)]
        self._vocabulary = Vocabulary(spoken, self._words)
        self._spellings: dict[int, dict[str, str]] = {}
        whole = [[*title * _TITLE_TIMES, *text] for title, text in zip(titles, texts, strict=True)]
        parts: list[tuple[csr_matrix, csr_matrix]] = []
        for share, documents in ((_WHOLE_SHARE, whole), (1 - _WHOLE_SHARE, titles)):
            for of_kind, cut in (
                (_STEMS_SHARE, self._vocabulary.stems),
                (1 - _STEMS_SHARE, _pieces_of),
            ):
                counts, names = _counts(documents, cut)
                cosine = _unit_rows(counts)
                parts.append((_COSINE_SHARE * share * of_kind * cosine[:split], cosine[split:]))
                if documents is whole:
                    asked, answers = _bm25(counts, split)
                    parts.append(((1 - _COSINE_SHARE) * of_kind * asked, answers))
                if documents is whole and cut is not _pieces_of:
                    self._stems, self._names = cosine, names
        self._work, self._targets = (_side_by_side(side) for side in zip(*parts, strict=True))
        self._meanings = [] if meaning is None else _meanings(records, meaning)

    @property
    def of_work(self) -> csr_matrix:
        """The weighted stems of the work: a row of length 1 each, or of zeros without words."""
        return self._stems[: self._split]

    def by_words(self, columns: Any) -> Callable[[Any], Any]:
        """A function from some work to its similarity with each of some targets, from 0 to 1."""
        answers = self._targets[columns].T.tocsr()
        return lambda rows: (self._work[rows] @ answers).toarray()

    def by_meaning(self, columns: Any) -> Callable[[Any], Any] | None:
        """The same for meanings, from -1 to 1; None without an embedding model."""
        if not self._meanings:
            return None
        answers = [
            (vectors, share * vectors[self._split + columns].T) for share, vectors in self._meanings
        ]
        return lambda rows: sum(vectors[rows] @ answer for vectors, answer in answers)

    def meaning_of_pairs(self, rows: Any, columns: Any) -> Any | None:
        """The same for each pair of a row and the column beside it."""
        parts = [
            share * (vectors[rows] * vectors[self._split + columns]).sum(axis=1)
            for share, vectors in self._meanings
        ]
        return sum(parts) if parts else None

    def shared(self, rows: Any, columns: Any) -> list[list[str]]:
        """For each pair the shared words that tell most, as the target spells them.

        A word that many records contain, or that is vague by itself, is no reason: it is only named
        beside one that is. Without such a word, the list is empty.
        """
        targets = self._split + columns
        common = self._stems[rows].multiply(self._stems[targets]).tocsr()
        found = np.bincount(self._stems.indices, minlength=self._stems.shape[1])
        often = found > max(_COMMON_LEAST, _COMMON_SHARE * self._stems.shape[0])
        named = []
        for at, target in enumerate(targets):
            span = slice(common.indptr[at], common.indptr[at + 1])
            heaviest = common.indices[span][np.argsort(-common.data[span], kind="stable")]
            named.append(self._spelled(target, heaviest[~often[heaviest]], heaviest))
        return named

    def _spelled(self, target: int, telling: Any, stems: Any) -> list[str]:
        """The words of a target with some stems, or none if none of the stems tells anything."""
        if target not in self._spellings:
            self._spellings[target] = self._spelling_of(target)
        spelling = self._spellings[target]
        if not any(self._names[stem] in spelling for stem in telling):
            return []
        words = (spelling.get(self._names[stem]) for stem in stems)
        return list(dict.fromkeys(word for word in words if word))[:_SHARED_SHOWN]

    def _spelling_of(self, target: int) -> dict[str, str]:
        """By stem, the word of a target that has it; a whole word goes before a compound."""
        spelling: dict[str, str] = {}
        words = sorted(word for word in self._words[target] if not is_vague(word))
        stems = [(word, self._vocabulary.stems(word)) for word in words]
        for word, (own, *_) in stems:
            spelling.setdefault(own, word)
        for word, (_, *parts) in stems:
            for part in parts:
                spelling.setdefault(part, word)
        return spelling


def _side_by_side(parts: Sequence[csr_matrix]) -> csr_matrix:
    from scipy.sparse import hstack

    return hstack(parts, format="csr")


def _meanings(records: Any, meaning: Meaning) -> list[tuple[float, Any]]:
    texts = [[part if isinstance(part, str) else "" for part in record] for record in records]
    whole, titles = [". ".join(record) for record in texts], [title for title, _ in texts]
    vectors = meaning([*whole, *titles])  # at once: what a run does not ask for is forgotten
    return [(_WHOLE_SHARE, vectors[: len(whole)]), (1 - _WHOLE_SHARE, vectors[len(whole) :])]


def _pieces_of(word: str) -> list[str]:
    edged = f"<{word}>"
    return [edged[start : start + _PIECE] for start in range(max(1, len(edged) - _PIECE + 1))]


def _counts(
    documents: Sequence[Sequence[str]], cut: Callable[[str], list[str]]
) -> tuple[csr_matrix, list[str]]:
    """How often each feature occurs: a row per document, a column per feature; their names."""
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
    shape = (len(documents), max(1, len(index)))
    counts = csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)
    counts.sum_duplicates()
    return counts, list(index)


def _rarity(counts: csr_matrix) -> Any:
    found = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.log1p((counts.shape[0] - found + 0.5) / (found + 0.5))


def _saturated(counts: csr_matrix, k1: float, b: float) -> csr_matrix:
    """Counts that grow ever less, and less in long documents.

    The formula is that of Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
    Beyond" (2009).
    """
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    norm = k1 * (1 - b + b * lengths / max(1.0, lengths.mean() if len(lengths) else 1.0))
    result = counts.copy()
    result.data = counts.data * (k1 + 1) / (counts.data + np.repeat(norm, np.diff(counts.indptr)))
    return result


def _unit_rows(counts: csr_matrix) -> csr_matrix:
    """BM25 weights applied to both sides, each row of length 1."""
    weights = _saturated(counts, _COSINE_K1, _COSINE_B)
    weights.data *= _rarity(counts)[counts.indices]
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    size = np.sqrt(np.bincount(row, weights.data**2, minlength=counts.shape[0]))
    weights.data /= np.maximum(size, 1e-12)[row]
    return weights


def _bm25(counts: csr_matrix, split: int) -> tuple[csr_matrix, csr_matrix]:
    """Two matrices whose product is BM25 of each target for each piece of work, from 0 to 1."""
    work = _saturated(counts[:split], _K3, 0)
    work.data *= _rarity(counts)[work.indices]
    most = (_K1 + 1) * np.asarray(work.sum(axis=1)).ravel()
    work.data /= np.repeat(np.maximum(most, 1e-12), np.diff(work.indptr))
    return work, _saturated(counts[split:], _K1, _B)
