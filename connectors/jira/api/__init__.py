"""Jira's REST API: Cloud and Data Center, search, paging, change logs, discovery.

What belongs here: endpoints and requests. What does not: what a response means (``decode``), and
which requests a pull sends when (``pull``).
"""
