"""The ``okr links`` commands: listing, decisions, review, suggestions.

What belongs here: their options, input checks and output. What does not: the rules of linking
(``okr_model.links``) and the review tab (``review``).
"""
