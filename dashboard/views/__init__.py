"""The views: one module each, from a request to a page.

What belongs here: which rows a view shows, and its template's values. What does not: queries that
another place could ask, too (``published``), drawing (``charts``).
"""
