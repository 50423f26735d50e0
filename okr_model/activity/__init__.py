"""Issues below initiatives: the issue tree, states on past days, and counts of activity.

What belongs here: issues and their change logs, as lazy frames that run on any engine. What does
not: which Key Result the work serves (``links``).
"""
