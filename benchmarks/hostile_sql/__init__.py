"""Hostile SQL in measures: the texts, and the command that shows what becomes of each."""
