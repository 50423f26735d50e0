"""Text embeddings for link suggestions, from an optional package.

What belongs here: loading the package and embedding texts. What does not: how suggestions use the
embeddings (:mod:`okr_model.links.suggestions`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "wordllama"


def is_installed() -> bool:
    """Whether the package is installed."""
    return find_spec(PACKAGE) is not None


class TextEmbeddings:
    """Static word embeddings with 256 dimensions, averaged over a text; see :data:`PACKAGE`.

    The package contains weights and tokenizer: nothing is downloaded or sent anywhere.
    """

    def __init__(self) -> None:
        import wordllama  # heavy, and an extra

        logging.getLogger(PACKAGE).setLevel(logging.WARNING)
        folder = Path(wordllama.__file__).parent
        # By default it does not find the tokenizer in the folder that ships with the package.
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)

    def __call__(self, texts: Sequence[str]) -> Any:
        """One unit-length row per text; all zeros for a text without known words."""
        rows = np.asarray(self._model.embed(list(texts)), dtype=np.float64)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.nan_to_num(rows / np.where(length > 0, length, 1))
