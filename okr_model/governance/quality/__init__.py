"""How well Objectives and Key Results are written, by rules that quote the words.

What belongs here: the questions asked of one line, the limits on how many there are, and the
findings about both. What does not: whether the figures can be read (``entities``), and progress.
"""
