"""The schemas of the streams that Jira fills."""

import pyarrow as pa

from connectors.records import COMMON, INSTANT

JIRA_ISSUES = pa.schema(
    [
        *COMMON,
        pa.field("key", pa.string()),
        pa.field("project", pa.string()),
        pa.field("issue_type", pa.string()),
        pa.field("summary", pa.string()),
        pa.field("status", pa.string()),
        pa.field("status_category", pa.string()),  # new | indeterminate | done
        pa.field("priority", pa.string()),
        pa.field("resolution", pa.string()),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("parent_id", pa.string()),
        pa.field("assignee_id", pa.string()),
        pa.field("assignee", pa.string()),
        pa.field("created_at", INSTANT),
        pa.field("resolved_at", INSTANT),
        pa.field("due_on", pa.date32()),
        pa.field("project_id", pa.string()),
        pa.field("project_name", pa.string()),
        pa.field("issue_type_id", pa.string()),
        pa.field("status_id", pa.string()),
        pa.field("status_category_name", pa.string()),
        pa.field("priority_id", pa.string()),
        pa.field("resolution_id", pa.string()),
        pa.field("creator_id", pa.string()),
        pa.field("creator_type", pa.string()),  # as author_type of a change
    ]
)

JIRA_ISSUES_BACKFILL = {
    "project_id": "$.fields.project.id",
    "project_name": "$.fields.project.name",
    "issue_type_id": "$.fields.issuetype.id",
    "status_id": "$.fields.status.id",
    "status_category_name": "$.fields.status.statusCategory.name",
    "priority_id": "$.fields.priority.id",
    "resolution_id": "$.fields.resolution.id",
}
"""Columns that issues read by an older version lack, as JSON paths in ``raw``."""

JIRA_CHANGES = pa.schema(  # one row per changed field of one history entry; id is history:index
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),  # project key
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("changed_at", INSTANT),
        pa.field("author_id", pa.string()),
        pa.field("author_type", pa.string()),  # of the account: atlassian, customer, app
        pa.field("field", pa.string()),
        pa.field("field_id", pa.string()),
        pa.field("from_id", pa.string()),
        pa.field("from_text", pa.string()),
        pa.field("to_id", pa.string()),
        pa.field("to_text", pa.string()),
    ]
)

JIRA_REMOTE_LINKS = pa.schema(
    [
        *COMMON,
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("target_url", pa.string()),
        pa.field("relationship", pa.string()),
    ]
)

JIRA_COMMENTS = pa.schema(  # place is the issue's id
    [
        *COMMON,
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("author_id", pa.string()),
        pa.field("author", pa.string()),
        pa.field("created_at", INSTANT),
        pa.field("body", pa.string()),  # its words, a line for each line
    ]
)
