"""Tests of each room, in folders as the rooms are; what several need is in ``tests.support``."""

import gc

# Spare the garbage collector what is imported, as the okr command does: it all stays.
gc.set_threshold(100_000, 20, 100)
