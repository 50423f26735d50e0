"""Commands for the meetings of a cycle.

What belongs here: the commands and their output. What does not: what a meeting is about
(``published.rituals``).
"""
