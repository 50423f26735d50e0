"""Evidence, signals and the computed confidence level of each Key Result.

What belongs here: comparing evidence with thresholds, and the findings that follow. What does not:
the forecast (``forecast``) and reading what teams state (``entities``).
"""
