"""A stand-in for Jira Cloud and Data Center, written from their specifications.

What belongs here: how Jira answers. What does not: the sample company (``sandbox.company``).
"""
