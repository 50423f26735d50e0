"""The command about how OKRs are written.

What belongs here: the command and its output. What does not: the questions and their answers
(``okr_model.governance.quality``).
"""
