"""Texts as somebody types them into an issue's fields.

Here belongs finding the field and reading the text. How an issue changes belongs to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.server.jira.fields import field_list
from sandbox.server.jira.records import PRIORITIES, Change, Issue, Json
from sandbox.server.jira.store import JiraSite

_EDITABLE = ("summary", "status", "priority", "labels", "assignee", "parent")


def type_into_issue(
    site: JiraSite, key: str, fields: Sequence[tuple[str, str]]
) -> tuple[list[str], list[str]]:
    """Change an issue's fields, all in one entry of its change log; an empty text empties one.

    Args:
        site: Where it is.
        key: The issue's key or id.
        fields: Pairs of a field's name or id, and what is typed into it.

    Returns:
        A sentence for each change, and how the addresses of the issue and of those above it end.

    Raises:
        ValueError: There is no such issue, field or value; nothing has changed.
    """
    issue = site.find(key)
    if issue is None:
        raise ValueError(f"there is no issue {key}")
    given = dict(_read(site, name, text) for name, text in fields)
    before = len(site.histories(issue.index))
    changed = site.edit_issue(issue.id, **given)
    (entry,) = site.histories(issue.index)[before:]
    line = [changed]
    while line[-1].parent is not None:
        line.append(site.issue(line[-1].parent))
    told = [_told(changed, change) for change in entry.changes]
    return told, [f"/browse/{each.key}" for each in line]


def _read(site: JiraSite, name: str, text: str) -> tuple[str, Any]:
    field = _field(site, name)
    text = text.strip()
    match field:
        case "status":
            return field, _one_of([one.name for one in site.statuses], text, "status")
        case "priority":
            return field, _one_of(PRIORITIES, text, "priority")
        case "labels":
            return field, text.replace(",", " ").split()
        case "assignee":
            accounts = {user.name: user.account_id for user in site.users if user.active}
            return field, accounts[_one_of(accounts, text, "person")] if text else None
        case "parent":
            if text and site.find(text) is None:
                raise ValueError(f"there is no issue {text}")
            return field, text or None
        case "summary":
            if not text:
                raise ValueError("an issue must have a summary")
            return field, text
    return field, _custom(site, field, text)


def _field(site: JiraSite, name: str) -> str:
    """A field's id, by its id or by its name; of two that are called alike, the first."""
    fields = {str(one["id"]): one for one in field_list(site.custom_fields)}
    may = {id: str(one["name"]) for id, one in fields.items() if id in _EDITABLE or _is_plain(one)}
    wanted = name.strip().casefold()
    for id, word in may.items():
        if wanted in (id.casefold(), word.casefold()):
            return id
    raise ValueError(f"no field {name!r} can be edited here, only {', '.join(may.values())}")


def _is_plain(field: Json) -> bool:
    """Whether it is a custom field that holds a text or a number."""
    return field["custom"] and (field.get("schema") or {}).get("type") in ("string", "number")


def _custom(site: JiraSite, field_id: str, text: str) -> Any:
    field = next(one for one in site.custom_fields if one.id == field_id)
    if not text:
        return None
    if field.schema["type"] != "number":
        return text
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def _one_of(known: Sequence[str] | dict[str, Any], text: str, what: str) -> str:
    for name in known:
        if name.casefold() == text.casefold():
            return name
    raise ValueError(f"there is no {what} {text!r}, only {', '.join(known)}")


def _told(issue: Issue, change: Change) -> str:
    before, now = change.from_text or "nothing", change.to_text or "nothing"
    return f"{issue.key}, {change.field}: {before} → {now}"
