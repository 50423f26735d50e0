"""The measure language and its evaluation over issues, rows and cells.

What belongs here: parsing a measure and computing its values as of given days. What does not:
choosing between a Key Result's several values (``progress``).
"""
