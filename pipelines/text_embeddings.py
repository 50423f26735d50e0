"""A small model of what texts mean, for suggestions: an optional extra.

What belongs here: loading the package that brings it. What does not: what suggestions make of it
(:mod:`okr_model.links.suggestions`).
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
    """Static word embeddings of 256 numbers, averaged over a text; see :data:`PACKAGE`.

    Weights and tokenizer are files of the package: nothing is downloaded, and nothing leaves the
    machine.
    """

    def __init__(self) -> None:
        import wordllama  # heavy, and an extra

        logging.getLogger(PACKAGE).setLevel(logging.WARNING)
        folder = Path(wordllama.__file__).parent
        # Its own search for the tokenizer looks in another folder than the one it ships it in.
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)

    def __call__(self, texts: Sequence[str]) -> Any:
        """One row of length 1 for each text; all zeros where it says nothing."""
        rows = np.asarray(self._model.embed(list(texts)), dtype=np.float64)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.nan_to_num(rows / np.where(length > 0, length, 1))
