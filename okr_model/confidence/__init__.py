"""Evidence, signals and the computed confidence level of each Key Result.

What belongs here: judging what is known against thresholds, and the findings that follow. What does
not: the forecast itself (``forecast``) and what teams say (``entities``).
"""
