"""What a program writes to Notion, beside people's own: a database, and pages below a page.

What belongs here: the requests, and typed values of properties. What does not: which columns, rows
and pages there are, and what stands in them.
"""
