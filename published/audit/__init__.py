"""What an OKR Lead owes: questions about links, and what is decided about them.

What belongs here: which questions there are, and what each shows. What does not: recording a
decision (``pipelines.review``), drawing.
"""
