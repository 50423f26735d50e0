"""The contract of the published tables, for people and for other tools.

What belongs here: one form of it a module, each made of the declarations alone. What does not: the
declarations (:mod:`okr_model.tables`), and whether a changed contract keeps its promises
(:mod:`okr_model.tables.compatibility`).
"""
