"""Reading what is published: the tables, one query function per figure, figures in words.

What belongs here: opening the published file, selecting and ordering its rows, and formatting their
values, the same for the command, the page and every export. What does not: writing the file
(``pipelines.publish``), layouts (``pipelines.cli``, ``dashboard``), formulas (``okr_model``).
"""
