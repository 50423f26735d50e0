"""Where a Key Result will end, how likely it meets its target, and how often such calls came true.

What belongs here: the statistics of one series and what past cycles teach. What does not: the
signals and levels that people read (``confidence``).
"""
