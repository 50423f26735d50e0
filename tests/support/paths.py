"""Where the checkout is, its pages, and the specifications and recordings beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
"""The README, the manual and their like."""
SHARED = ROOT.parent / "shared"
