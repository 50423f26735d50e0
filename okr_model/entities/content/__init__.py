"""What a check-in holds beside its call: change, cause, impediment, next action, dependency.

What belongs here: reading these from fields and from one labelled text. What does not: what follows
from several check-ins of one Key Result (``teams``).
"""
