"""How teams work with their Key Results, and how the roll-out of working that way goes.

What belongs here: one cycle of a team beside another, what it may lack, its work against what
moved, and the roll-out, for people. What does not: counting (``okr_model.adoption``), printing.
"""
