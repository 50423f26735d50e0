"""How far OKRs are part of a team's week, from events.

What belongs here: counts by team and week, never by person. What does not: when a check-in is due
(``teams.rhythm``), activity in issues (``activity``), and scores (``governance``).
"""
