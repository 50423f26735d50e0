"""Fixtures of the source tests, told where their services are scripted."""

from tests.connectors.notion_workspace import notion
from tests.connectors.scripted_sheets import google, key_file, private_key, pull

__all__ = ["google", "key_file", "notion", "private_key", "pull"]
