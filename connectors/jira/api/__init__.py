"""How Jira is asked: Cloud and Data Center, search, paging, change logs, discovery.

What belongs here: endpoints and requests. What does not: what a response means (``decode``) and
what is pulled when (``pull``).
"""
