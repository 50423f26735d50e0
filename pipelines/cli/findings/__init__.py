"""``okr findings``: printing what someone should look at, and what people decide about it.

What belongs here: the commands of this group. What does not: finding anything (``okr_model``).
"""
