"""Messages to teams: what is due, what has changed, wins and moves.

What belongs here: who is told on which day, and sending it once. What does not: what a message says
(``published.rituals``), and what is wrong with a run (``alerts``).
"""
