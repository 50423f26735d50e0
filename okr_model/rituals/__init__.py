"""The meetings of a cycle as data: what is talked about, in which order, with which figures.

What belongs here: choosing and ordering what a meeting needs out of published rows. What does not:
computing a figure, and writing an agenda for people (``published.rituals``). Nothing here counts or
orders by person.
"""
