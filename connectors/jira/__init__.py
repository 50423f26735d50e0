"""Jira as plain records: issues, their change logs, remote links of initiatives.

What belongs here: everything that only Jira does, down to its date formats, on Cloud and on Data
Center. What does not: what an issue means. The public face is ``FACTS``, which builds the
connector; importing it does not import Jira's client library.
"""

from connectors.jira.facts import FACTS, JiraSection

__all__ = ["FACTS", "JiraSection"]
