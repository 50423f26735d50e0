"""Stand-ins of Jira, Notion and Google Sheets, on one local port.

Each is written from its vendor's specification, never from what a client of ours happens to need.
``from sandbox.server import Sandbox`` starts all three with the sample company in them. It is
looked up late, because the company is made of what the modules beside define.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sandbox.server.gate import Dictated, Fault, RequestSeen

if TYPE_CHECKING:
    from sandbox.server.host import Sandbox

__all__ = ["Dictated", "Fault", "RequestSeen", "Sandbox"]


def __getattr__(name: str) -> Any:
    if name == "Sandbox":
        return import_module("sandbox.server.host").Sandbox
    raise AttributeError(f"module {__name__} has no attribute {name}")
