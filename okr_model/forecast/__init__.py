"""Where a Key Result will end, how likely it is to meet its target, and how often calls came true.

What belongs here: the statistics of one series, what past cycles teach, and calibration. What does
not: the signals and levels that people read (``confidence``).
"""
