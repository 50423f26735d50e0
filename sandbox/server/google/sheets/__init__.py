"""A stand-in for Google Sheets, written from its discovery document.

What belongs here: cells, ranges, formats and batches. What does not: files and sign-in.
"""
