"""What languages and countries write differently: marks, months, signs, words.

What belongs here: facts of a locale, out of Unicode's CLDR wherever it has them. What does not:
reading a whole value (``quantities``). Babel is imported where it is used, so that a command which
reads no text does not load it.
"""
