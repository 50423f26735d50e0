"""A simulated quarter: people act on what okr-sync tells them, night by night.

What belongs here: the company, what its people do, and the log that an OKR Lead would read. What
does not: measuring speed.
"""
