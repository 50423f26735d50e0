"""Engines: where work at the grain of single issues and changes is computed.

What belongs here: reading the lake as Narwhals frames, and keeping frames that are read repeatedly.
What does not: what is computed with them (``model``, ``okr_model``), and writing the lake.
"""
