"""The page over the sample company's first night, and over a small company of one's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dashboard.app import create_app
from pipelines.cli.page.serve import site_of
from pipelines.project import Project
from tests.support.company import Company
from tests.support.small_company import SmallCompany


def page_of(settings: Path) -> TestClient:
    """The page of the organization that a settings file describes."""
    site = site_of(Project(settings, with_secrets=False))
    return TestClient(create_app(site), base_url="http://127.0.0.1")


@pytest.fixture(scope="session")
def page(published: Company) -> TestClient:
    """The page of the sample company after its first night."""
    return page_of(published.folder / "okr.yaml")


@pytest.fixture
def small(tmp_path: Path) -> SmallCompany:
    """A small company before its first night."""
    return SmallCompany(tmp_path)


@pytest.fixture
def page_after(small: SmallCompany) -> Callable[[dt.date], TestClient]:
    """Lets a night of the small company go by and returns its page."""

    def after(day: dt.date) -> TestClient:
        small.night(day)
        return page_of(small.folder / "okr.yaml")

    return after
