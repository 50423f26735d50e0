"""Declared measures: finding them, and evaluating them over the lake for each day.

What belongs here: loading the records that measures need and passing them to the model. What does
not: the measure language and its aggregates (``okr_model.measures``).
"""
