"""The ``okr`` command: the composition root, which alone may reach every room.

What belongs here: options, words on the screen, exit codes. What does not: the work itself. Each
command imports what it needs when it runs, so that ``okr --help`` starts at once.
"""
