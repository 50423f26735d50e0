"""The base class of errors that the user can fix.

What belongs here: that class, which every room with users shares. What does not: the individual
errors, which are defined where they are raised.
"""


class UserError(Exception):
    """A problem that the user can fix; the message says how."""
