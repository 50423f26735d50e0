"""What the settings say of the organization itself: its words, its teams, its working time.

What belongs here: those settings and what they mean. What does not: where data is, and thresholds.
"""
