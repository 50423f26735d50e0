"""A published row explained in words: how each number was computed, so it can be checked by hand.

What belongs here: sentences and formulas from published columns alone. What does not: printing them
(``pipelines.cli``) and computing anything that is not published.
"""
