"""What a run says of itself to those who operate it: its log, and what its steps cost.

What belongs here: writing log lines, measuring steps. What does not: alerts (``alerts``), and what
is said on the screen (``cli``).
"""
