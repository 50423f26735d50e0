"""The ``okr`` command: the composition root, the only package that may import all others.

What belongs here: options, output and exit codes. What does not: the work itself. Each command
imports what it needs when it runs, so that ``okr --help`` starts quickly.
"""
