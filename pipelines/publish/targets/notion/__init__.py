"""A target in a Notion database: the Key Results of the running cycles, beside people's own.

What belongs here: its properties, which pages change, and what the database says of itself. What
does not: Notion's requests (``connectors.notion.written``).
"""
