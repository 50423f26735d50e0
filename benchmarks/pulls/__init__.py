"""Pulls of Jira, Notion and Google Sheets beside other clients."""
