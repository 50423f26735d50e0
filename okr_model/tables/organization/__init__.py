"""The published tables about the organization itself, not about any Key Result.

What belongs here: its teams, and its roll-out of OKRs. What does not: what teams did in a week
(``weeks``), and computing any column.
"""
