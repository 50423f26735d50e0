"""Back-ups: one archive of everything that cannot be read or computed again.

What belongs here: copying the state as of one instant, the archive, and putting it back. What does
not: state of which a part is lost (``maintenance``), and printing (``cli.backup``).
"""
