"""Similarity of work to the other work that already serves a Key Result.

What belongs here: the work of a target taken together, without the work that is compared, and the
single most similar one. What does not: the vectors (``text_similarity``) and the weight in the
score (``pair_scores``).

The work of a target is the sum of its vectors. The similarity is the cosine with that sum; from the
sum of a target that the compared work serves itself, its own vector is subtracted first. So a known
link is hidden from its own work, at no more cost than that of one text per target.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Positions = npt.NDArray[np.int64]

_RESEMBLES = 0.2
"""A cosine exceeded by fewer than one in a hundred random pairs of work on CWE."""
_LEAST = 1e-9


class LinkedWork:
    """The work that serves each target.

    Args:
        vectors: A row of length 1 or 0 for each piece of work.
        targets: How many targets there are.
        linked: Which work serves which targets: pairs of positions, each once.
    """

    def __init__(
        self, vectors: csr_matrix, targets: int, linked: tuple[Positions, Positions]
    ) -> None:
        from scipy.sparse import csr_matrix

        self._vectors = vectors
        self._size = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
        shape = (vectors.shape[0], targets)
        self._serves = csr_matrix((np.ones(len(linked[0])), linked), shape=shape)
        self._sums = (self._serves.T @ vectors).tocsr()
        self._sizes = np.asarray(self._sums.multiply(self._sums).sum(axis=1)).ravel()

    def toward(self, columns: Positions) -> Callable[[Positions], Any]:
        """A function from some work to its similarity with the work of each of some targets."""
        sums, sizes = self._sums[columns].T.tocsr(), self._sizes[columns]
        serves = self._serves[:, columns]

        def similarity(rows: Positions) -> Any:
            product = (self._vectors[rows] @ sums).toarray()
            own = serves[rows].toarray() * self._size[rows, None]
            others = sizes - 2 * own * product + own
            cosine = (product - own) / np.sqrt(np.maximum(others, _LEAST))
            return np.where(others > _LEAST, cosine, 0.0)

        return similarity

    def nearest(self, rows: Positions, columns: Positions) -> Positions:
        """For each pair the other work of the target that resembles the row's most; -1 for none."""
        by_target, found = self._serves.tocsc(), np.full(len(rows), -1)
        for column in np.unique(columns):
            at = np.flatnonzero(columns == column)
            others = by_target.indices[by_target.indptr[column] : by_target.indptr[column + 1]]
            if len(others):
                cosine = (self._vectors[rows[at]] @ self._vectors[others].T).toarray()
                cosine[rows[at, None] == others] = 0
                best = cosine.argmax(axis=1)
                near = cosine[np.arange(len(at)), best] >= _RESEMBLES
                found[at] = np.where(near, others[best], -1)
        return found
