"""Questions and answers of the review tab, in which people decide about links.

What belongs here: which questions are asked and how answers are validated. What does not: the
layout of the tab, and reading and writing it (``pipelines.review``).
"""
