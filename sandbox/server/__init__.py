"""Stand-ins for Jira, Notion and Google Sheets, on one local port.

What belongs here: how the services respond, written from their vendors' specifications, never from
the needs of our connectors. What does not: the sample company (``sandbox.company``).

``from sandbox.server import Sandbox`` starts all three with the sample company in them. The import
is lazy, because the company is built from the records defined here.
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
