"""Suggestions: Key Results that unlinked work might serve, each with the chance that it does.

What belongs here: similarity of texts (``text_similarity``), scores of pairs (``pair_scores``),
what a score is worth (``chances``), what is suggested to whom (``suggest``), and how right that is
(``accuracy``). What does not: whether one suggestion is right: a person decides that, and none
counts before it is accepted.
"""

LEAST_CHANCE = 0.25
"""The default floor of chances. On CWE, about every second suggestion above it is right."""
