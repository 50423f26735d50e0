"""Where the checkout is, its pages, and the specifications and recordings beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
"""The README, the manual and their like."""
_SHARED = ROOT.parent / "shared"


def shared(name: str) -> Path:
    """A specification or recording beside the checkout.

    Without it a test cannot tell anything: it is skipped, and says so; in CI (``CI=true``) it
    fails, because nobody reads what is skipped there.
    """
    found = _SHARED / name
    if not found.exists():
        reason = f"{found} is missing, so nothing is compared with what the services really say"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def load_shared(name: str) -> Any:
    """What a JSON file beside the checkout holds."""
    return json.loads(shared(name).read_bytes())
