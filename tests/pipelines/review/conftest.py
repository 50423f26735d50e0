"""A desk with a review tab, for the tests of what is typed in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.review_desk import Desk, desk_of


@pytest.fixture(scope="module")
def asked(published: Company, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose tab has been filled with questions; tests work on copies of it."""
    made = desk_of(published, tmp_path_factory.mktemp("desk"))
    made.night()
    return made


@pytest.fixture
def desk(asked: Desk, tmp_path: Path) -> Desk:
    return asked.copy(tmp_path)
