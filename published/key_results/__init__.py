"""Key Results as people look at them: lines, their order, readings, derivation, alignment, changes.

What belongs here: what a view, a command or an export shows of Key Results. What does not: opening
the tables (``published.snapshot``), drawing.
"""
