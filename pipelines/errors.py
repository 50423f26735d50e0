"""The errors whose reader can mend what is wrong.

The ``okr`` command prints their message, without a traceback, and exits with 2. Every other
exception is a fault of ours and is shown whole.
"""


class UserError(Exception):
    """Something that the person at the keyboard can mend; the message says how."""
