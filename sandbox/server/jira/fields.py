"""The fields of the Jira stand-in, and which of them a request selects.

What belongs here: ids, names and schemas. What does not: an issue's values
(:mod:`sandbox.server.jira.shapes`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.server.jira.records import (
    DECOY_FIELD,
    KEY_RESULT_FIELD,
    POINTS_FIELD,
    RANK_FIELD,
    SPRINT_FIELD,
    Json,
)

_CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"


_SYSTEM_FIELDS = [
    ("summary", "Summary", {"type": "string", "system": "summary"}),
    ("description", "Description", {"type": "string", "system": "description"}),
    ("issuetype", "Issue Type", {"type": "issuetype", "system": "issuetype"}),
    ("project", "Project", {"type": "project", "system": "project"}),
    ("status", "Status", {"type": "status", "system": "status"}),
    ("priority", "Priority", {"type": "priority", "system": "priority"}),
    ("resolution", "Resolution", {"type": "resolution", "system": "resolution"}),
    ("resolutiondate", "Resolved", {"type": "datetime", "system": "resolutiondate"}),
    ("created", "Created", {"type": "datetime", "system": "created"}),
    ("updated", "Updated", {"type": "datetime", "system": "updated"}),
    ("duedate", "Due date", {"type": "date", "system": "duedate"}),
    ("labels", "Labels", {"type": "array", "items": "string", "system": "labels"}),
    ("assignee", "Assignee", {"type": "user", "system": "assignee"}),
    ("reporter", "Reporter", {"type": "user", "system": "reporter"}),
    ("creator", "Creator", {"type": "user", "system": "creator"}),
    ("parent", "Parent", None),
    ("subtasks", "Sub-tasks", {"type": "array", "items": "issuelinks", "system": "subtasks"}),
    (
        "issuelinks",
        "Linked Issues",
        {"type": "array", "items": "issuelinks", "system": "issuelinks"},
    ),
    ("comment", "Comment", {"type": "comments-page", "system": "comment"}),
]


_CUSTOM_FIELDS = [
    (
        RANK_FIELD,
        "Rank",
        {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-lexo-rank"},
    ),
    (POINTS_FIELD, "Story point estimate", {"type": "number", "custom": f"{_CUSTOM}:float"}),
    (
        SPRINT_FIELD,
        "Sprint",
        {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    ),
    (KEY_RESULT_FIELD, "Key Result", {"type": "string", "custom": f"{_CUSTOM}:textfield"}),
    (DECOY_FIELD, "Key Result", {"type": "option", "custom": f"{_CUSTOM}:select"}),
]


def field_list() -> list[Json]:
    """The response of ``/field``: every field with its schema; two are named Key Result."""
    system = [
        {
            "id": name,
            "key": name,
            "name": label,
            "custom": False,
            "orderable": True,
            "navigable": name != "comment",
            "searchable": True,
            "clauseNames": [name],
            **({"schema": schema} if schema else {}),
        }
        for name, label, schema in _SYSTEM_FIELDS
    ]
    custom = [
        {
            "id": field_id,
            "key": field_id,
            "name": label,
            "custom": True,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [f"cf[{field_id.removeprefix('customfield_')}]", label],
            "schema": {**schema, "customId": int(field_id.removeprefix("customfield_"))},
        }
        for field_id, label, schema in _CUSTOM_FIELDS
    ]
    return system + custom


FIELD_IDS = tuple(field["id"] for field in field_list())


NAVIGABLE = tuple(field["id"] for field in field_list() if field["navigable"])


def chosen_fields(asked: Iterable[str]) -> list[str]:
    """The ids of the fields that a request's ``fields`` list selects, in the site's order.

    ``*all`` and ``*navigable`` select groups, ``-name`` removes a field, unknown ones are ignored.
    """
    chosen: set[str] = set()
    names = [name.strip() for name in asked if name.strip()]
    if names and all(name.startswith("-") for name in names):
        chosen = set(NAVIGABLE)
    for name in names:
        if name == "*all":
            chosen |= set(FIELD_IDS)
        elif name == "*navigable":
            chosen |= set(NAVIGABLE)
        elif name.startswith("-"):
            chosen.discard(name[1:])
        else:
            chosen.add(name)
    return [field_id for field_id in FIELD_IDS if field_id in chosen]


def field_names(fields: Iterable[str]) -> Json:
    """The names that ``expand=names`` adds."""
    names = {field["id"]: field["name"] for field in field_list()}
    return {field_id: names[field_id] for field_id in fields}
