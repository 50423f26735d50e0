"""Records and fields that no place holds as such, made of cells that were read for something else.

What belongs here: check-ins within comments, Objectives that are only a column of Key Results,
teams among labels. Each takes the long cells frame and returns it with what was derived. What does
not: reading the cells (the module of each kind).
"""
