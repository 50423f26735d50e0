"""Pulls of Jira, Notion and Google Sheets, against other clients."""
