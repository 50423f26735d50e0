"""Did tonight run: the last run, nights before it, what is stale and why, how fresh places are.

What belongs here: figures about the pipeline, from the tables ``runs``, ``sources`` and
``findings``. What does not: runs that published nothing, which are in no table.
"""
