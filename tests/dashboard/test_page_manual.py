"""The page's manual: every address in it answers."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.support.paths import ROOT

ADDRESSES = sorted(set(re.findall(r"`(/[^`\s]*)`", (ROOT / "docs/page.md").read_text("utf-8"))))


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_manual_answers(page: TestClient, address: str) -> None:
    assert page.get(address).status_code == 200


def test_every_view_is_in_the_manual(page: TestClient) -> None:
    app = page.app
    named = {re.sub(r"[?].*", "", address) for address in ADDRESSES}
    for route in app.routes:  # type: ignore[attr-defined]
        path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or ()
        if "GET" in methods and path not in ("/",) and not path.startswith(("/sign", "/lead/")):
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
            assert any(re.fullmatch(pattern, address) for address in named), path
