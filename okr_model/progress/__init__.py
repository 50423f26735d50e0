"""Which value counts, where a Key Result should be by now, and how far it has come.

What belongs here: value series, expected path, progress, roll-up, definition changes, late entries.
What does not: where a Key Result will end (``forecast``) and how sure anybody is (``confidence``).
"""
