"""A published row in words: how each of its numbers came about, recomputable by hand.

What belongs here: sentences and formulas made from published columns alone. What does not: printing
them (``pipelines.cli``) and computing anything that is not published.
"""
