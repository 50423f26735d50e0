"""Hostile input: a malicious server, hostile values in every connector, and planted secrets.

What belongs here: the attacks, and judging what came of them. What does not: damages that honest
people do (``benchmarks.faults.damages``), and faults of a network (``benchmarks.faults.run``).
"""
