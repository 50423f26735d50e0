"""Nights in which something is wrong: faults of a network, outages, damaged content and settings.

What belongs here: drawing or listing what goes wrong, and judging what a night makes of it. What
does not: damaged state (``benchmarks.state``), and what is meant to harm (``benchmarks.hostile``).
"""
