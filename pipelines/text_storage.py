"""How pandas holds texts in a process of okr-sync.

What belongs here: the choice and its reason. What does not: the types of published columns
(:mod:`okr_model.tables.contract`), which are the same either way.
"""

from __future__ import annotations

import pandas as pd


def hold_texts_as_strings() -> None:
    """Hold texts as Python's strings instead of Arrow arrays, in the whole process.

    A run takes many small steps, and each costs several times as much on Arrow arrays. Frames of
    millions of rows gain, too, because their ids repeat and are compared one by one. Both kinds may
    meet: they hold the same values, and pandas compares and joins them.
    """
    pd.set_option("mode.string_storage", "python")
