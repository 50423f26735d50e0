"""The optional model of meanings: what it finds alike, and what is said where it is not there."""

import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from pipelines import text_embeddings
from pipelines.model import links
from pipelines.settings.settings import LinkSettings

HAS_A_WHEEL = (
    sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
)
needs_the_extra = pytest.mark.skipif(
    find_spec(text_embeddings.PACKAGE) is None and not (HAS_A_WHEEL and os.environ.get("CI")),
    reason="the extra okr-sync[meanings] has no wheel for this machine",
)


@needs_the_extra
def test_words_that_nobody_shares_may_mean_alike() -> None:
    model = text_embeddings.TextEmbeddings()
    rows = model(
        ["Employees leave the company", "Staff turnover rate", "Page load time of the site"]
    )
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1])
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


@needs_the_extra
def test_loading_the_model_leaves_logging_as_it_was() -> None:
    code = """if True:
        import logging
        from pipelines.text_embeddings import TextEmbeddings
        TextEmbeddings()(["growth"])
        logging.getLogger("httpx").info("a request")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@needs_the_extra
def test_a_text_that_says_nothing_means_nothing() -> None:
    rows = text_embeddings.TextEmbeddings()(["", "growth"])
    assert not rows[0].any()
    assert np.isfinite(rows).all()


@needs_the_extra
def test_embeddings_are_kept_by_text_and_made_anew_if_they_are_damaged(tmp_path: Path) -> None:
    cache = tmp_path / "embeddings.npz"
    texts = ["growth", "", "growth", "customers leave"]
    first = text_embeddings.TextEmbeddings(cache)(texts)
    again = text_embeddings.TextEmbeddings(cache)
    again._embedded = pytest.fail  # type: ignore[assignment]
    assert (again(texts) == first).all()
    for damage in (b"", b"PK no archive", cache.read_bytes()[:-40]):
        cache.write_bytes(damage)
        assert (text_embeddings.TextEmbeddings(cache)(texts) == first).all()
    text_embeddings.TextEmbeddings(cache)(["growth"])
    with np.load(cache) as stored:
        assert len(stored["keys"]) == 1


def test_without_the_package_the_setting_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_embeddings, "is_installed", lambda: False)
    with pytest.raises(ValueError, match="Run pip install wordllama"):
        LinkSettings(meanings=True)
    assert LinkSettings().meanings == "automatic"


@pytest.mark.parametrize(
    ("written", "installed", "used"),
    [("automatic", True, True), ("automatic", False, False), ("off", True, False)],
)
def test_meanings_are_used_where_they_are_installed_unless_they_are_off(
    monkeypatch: pytest.MonkeyPatch, written: str, installed: bool, used: bool
) -> None:
    monkeypatch.setattr(links, "is_installed", lambda: installed)
    monkeypatch.setattr(links, "TextEmbeddings", lambda *_: "a model")
    settings = LinkSettings.model_validate({"meanings": written})
    assert links.meaning_of(settings, Path("none")) == ("a model" if used else None)
