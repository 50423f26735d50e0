"""The fields of the Jira stand-in, and which of them a request selects.

What belongs here: ids, names and schemas. What does not: an issue's values
(:mod:`sandbox.server.jira.shapes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.server.jira.records import CustomField, Json

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
    (
        "components",
        "Components",
        {"type": "array", "items": "component", "system": "components"},
    ),
    (
        "fixVersions",
        "Fix versions",
        {"type": "array", "items": "version", "system": "fixVersions"},
    ),
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


def field_list(own: Sequence[CustomField]) -> list[Json]:
    """The response of ``/field``: every field with its schema; names may repeat.

    Args:
        own: The custom fields of the site.
    """
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
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "custom": True,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [f"cf[{field.id.removeprefix('customfield_')}]", field.name],
            "schema": {**field.schema, "customId": int(field.id.removeprefix("customfield_"))},
        }
        for field in own
    ]
    return system + custom


def chosen_fields(asked: Iterable[str], own: Sequence[CustomField]) -> list[str]:
    """The ids of the fields that a request's ``fields`` list selects, in the site's order.

    ``*all`` and ``*navigable`` select groups, ``-name`` removes a field, unknown ones are ignored.
    """
    listed = field_list(own)
    navigable = {field["id"] for field in listed if field["navigable"]}
    chosen: set[str] = set()
    names = [name.strip() for name in asked if name.strip()]
    if names and all(name.startswith("-") for name in names):
        chosen = set(navigable)
    for name in names:
        if name == "*all":
            chosen |= {field["id"] for field in listed}
        elif name == "*navigable":
            chosen |= navigable
        elif name.startswith("-"):
            chosen.discard(name[1:])
        else:
            chosen.add(name)
    return [field["id"] for field in listed if field["id"] in chosen]


def field_names(fields: Iterable[str], own: Sequence[CustomField]) -> Json:
    """The names that ``expand=names`` adds."""
    names = {field["id"]: field["name"] for field in field_list(own)}
    return {field_id: names[field_id] for field_id in fields}
