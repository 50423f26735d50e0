"""Issues below initiatives: the issue tree, their state on past days, and counts of what happened.

What belongs here: work of activity grain, as lazy frames that run on any engine. What does not:
which Key Result the work serves (``links``).
"""
