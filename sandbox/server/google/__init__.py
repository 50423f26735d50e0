"""A stand-in for Google: sign-in, Drive, and the error responses they share with Sheets.

What belongs here: how Google answers. What does not: the sample company (``sandbox.company``).
"""
