"""Jira as plain records: issues, their change logs, remote links of initiatives.

What belongs here: everything that only Jira does, down to its date formats, on Cloud and
on Data Center. The public face is
:class:`JiraSource` with its :class:`JiraSettings`, and the :class:`Account` that its check finds.
"""

from connectors.jira.api.discovery import Account
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource

__all__ = ["Account", "JiraSettings", "JiraSource"]
