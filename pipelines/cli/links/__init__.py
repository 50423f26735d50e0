"""The ``okr links`` commands: listing, decisions, review, suggestions.

What belongs here: their options and output. What does not: the rules of linking
(``okr_model.links``).
"""
