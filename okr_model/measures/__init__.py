"""The measure language and its evaluation over issues, rows and cells.

What belongs here: parsing a measure and evaluating it for given days. What does not: choosing
between a Key Result's several values (``progress.value_series``).
"""
