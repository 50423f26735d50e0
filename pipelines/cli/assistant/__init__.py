"""``okr mcp``: what is published, as tools of the Model Context Protocol.

What belongs here: the tools, and serving them on standard input and output. What does not: queries
and words that the page has, too (``published``).
"""
