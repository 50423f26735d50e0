"""Jira's JSON as plain records and cells.

What belongs here: pure functions from a response to records. What does not: requests (``api``).
"""
