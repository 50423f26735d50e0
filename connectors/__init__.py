"""The three services as plain records.

What belongs here: speaking to Jira, Notion and Google Sheets, surviving their faults, and handing
on what they said as typed record batches with a cursor. What does not: Objectives, Key Results,
Dagster, the lake. A connector could serve a project that never heard of OKRs.
"""
