"""Damaged state, full disks, clocks, signals and kills, and a year of nights.

What belongs here: what happens to the data folder, and what comes of it. What does not: damaged
content of the sources (``benchmarks.faults.damages``).
"""
