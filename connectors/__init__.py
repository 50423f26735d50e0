"""Jira, Notion, Google Sheets and files as plain records.

What belongs here: requests to the services, handling of their faults, and typed batches of records
with a cursor. What does not: Objectives, Key Results, Dagster, the lake. A connector would work
unchanged in a project that has no OKRs.
"""
