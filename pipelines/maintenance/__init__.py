"""Keeping okr-sync's own state: noticing what is lost or damaged, and making it anew.

What belongs here: examining the data folder before a run, recording it after, and refusing days
that a wrong clock gives. What does not: the manifest itself (``lake.manifest``) and how each table
is written (``lake``, ``publish``).
"""
