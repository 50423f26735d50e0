"""Fixtures of the source tests, told where their services are scripted."""

from tests.connectors.support.notion_workspace import notion
from tests.connectors.support.scripted_sheets import google, key_file, private_key, pull

__all__ = ["google", "key_file", "notion", "private_key", "pull"]
