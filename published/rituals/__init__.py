"""The meetings of a cycle out of the published tables, for commands and the page alike.

What belongs here: reading what a meeting needs, and writing it for people and programs. What does
not: which Key Result comes first (``okr_model.rituals``), drawing.
"""
