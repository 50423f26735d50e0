"""Questions and answers of the tab in which people decide about links.

What belongs here: which rows are asked and how an answer is understood. What does not: the tab's
layout and its reading and writing (``pipelines.review``).
"""
