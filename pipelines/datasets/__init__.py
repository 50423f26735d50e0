"""Datasets: the lake's records in the shape that the model takes.

What belongs here: finding each dataset's records, mapping the source's fields to the model's, and
reporting by name what is missing. What does not: interpreting values (``okr_model``) and HTTP:
everything here works offline, from the lake alone.
"""
