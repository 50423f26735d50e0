"""Rebuilding past days, and restating published days that late entries change.

What belongs here: choosing the days and running the model for each. What does not: the model steps
(``model``) and writing the rows (``publish``).
"""
