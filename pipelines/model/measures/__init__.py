"""Declared measures over the lake: which there are, and what each is worth on each day.

What belongs here: handing the lake's records to the measures. What does not: how a measure is
written and evaluated (``okr_model.measures``).
"""
