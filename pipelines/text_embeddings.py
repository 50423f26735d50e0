"""Text embeddings for link suggestions, from an optional package.

What belongs here: loading the package, embedding texts, and keeping embeddings by text. What does
not: how suggestions use the embeddings (:mod:`okr_model.links.suggestions`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pipelines.errors import RESERVE, DiskFullError, ensure_space

PACKAGE = "wordllama"
_BATCH = 8  # texts; each is padded to the longest of them, and a long text takes a megabyte


def is_installed() -> bool:
    """Whether the package is installed."""
    return find_spec(PACKAGE) is not None


class TextEmbeddings:
    """Static word embeddings with 256 dimensions, averaged over a text; see :data:`PACKAGE`.

    The package contains weights and tokenizer: nothing is downloaded or sent anywhere. It is only
    loaded for a text that is not in the cache.

    Args:
        cache: A file with the embeddings of earlier texts; None keeps them in memory alone. Texts
            that are not asked for again leave it. It may be lost or damaged: then all texts are
            embedded again.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._known = _read(cache) if cache else {}
        self._asked: dict[bytes, Any] = {}

    def __call__(self, texts: Sequence[str]) -> Any:
        """One unit-length row per text; all zeros for a text without known words."""
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            self._known |= zip(new, self._embedded(list(new.values())), strict=True)
        self._asked |= {key: self._known[key] for key in keys}
        if self._cache and (new or len(self._asked) < len(self._known)):
            _write(self._cache, self._asked)
        rows = [self._known[key] for key in keys]
        return np.array(rows, dtype=np.float64).reshape(len(texts), -1)

    def _embedded(self, texts: list[str]) -> Any:
        rows = np.asarray(self._model.embed(texts, batch_size=_BATCH), dtype=np.float64)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.nan_to_num(rows / np.where(length > 0, length, 1))
        return unit.astype(np.float32)  # so that a cached row is the very same

    @cached_property
    def _model(self) -> Any:
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        import wordllama  # heavy, and an extra

        # Importing it makes the whole process log to stderr, every request of every library.
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger(PACKAGE).setLevel(logging.WARNING)
        folder = Path(wordllama.__file__).parent
        # By default it does not find the tokenizer in the folder that ships with the package.
        return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _read(cache: Path) -> dict[bytes, Any]:
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["model"]) != _model_name():
                return {}
            rows = stored["rows"]
            keys = [bytes(key) for key in stored["keys"]]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    return dict(zip(keys, rows, strict=True)) if len(keys) == len(rows) else {}


def _write(cache: Path, known: Mapping[bytes, Any]) -> None:
    """Replace the cache at once; a failure only costs time at the next run."""
    keys = np.array([np.frombuffer(key, np.uint8) for key in known])
    beside = cache.with_name(f"{cache.name}.new.npz")
    try:
        ensure_space(cache.parent, RESERVE + sum(row.nbytes for row in known.values()))
        np.savez(beside, keys=keys, rows=np.array(list(known.values())), model=_model_name())
        beside.replace(cache)
    except (OSError, DiskFullError) as error:
        beside.unlink(missing_ok=True)
        logging.getLogger(__name__).warning("Embeddings could not be kept: %s", error)


def _model_name() -> str:
    return f"{PACKAGE} {version(PACKAGE)}"
