"""The value of a Key Result on any day, where it should be by then, and how far it has come.

What belongs here: value series, expected path, progress, roll-up, definition changes, late entries.
What does not: where a Key Result will end (``forecast``) and how sure anyone is (``confidence``).
"""
