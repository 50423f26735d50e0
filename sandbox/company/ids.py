"""Ids of everything that the sample company keeps in Notion, Google and Jira.

What belongs here: the ids that ``okr.yaml`` and the generators share. All are derived from names,
so that they are the same on every machine.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from sandbox.server.notion.ids import notion_id

Database = Literal["objectives", "key_results", "check_ins", "projects", "cohorts", "customers"]
Spreadsheet = Literal["go_to_market", "check_ins", "metrics", "german"]


def account_id(person: str) -> str:
    """A person's Atlassian account id."""
    return f"712020:{notion_id('atlassian', person)}"


def notion_user(person: str) -> str:
    """A person's Notion user id."""
    return notion_id("person", person)


def database_id(name: Database) -> str:
    """A Notion database's id; each has one data source."""
    return notion_id("database", name)


def data_source_id(name: Database) -> str:
    """The id of that database's data source."""
    return notion_id("data source", name)


def page_id(database: Database, name: str) -> str:
    """The id of a row, by its key, title or any other unique name."""
    return notion_id("page", database, name)


def page_url(database: Database, name: str) -> str:
    """The address that opens a row."""
    return f"https://www.notion.so/{page_id(database, name).replace('-', '')}"


def spreadsheet_id(name: Spreadsheet) -> str:
    """A spreadsheet's file id, of the same length as Google's own."""
    return "1" + hashlib.sha256(f"spreadsheet {name}".encode()).hexdigest()[:43]
