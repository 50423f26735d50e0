"""The step ``content``: every dataset as the model's own records, and what is known of them before.

What belongs here: reading them, changes of their definitions, and which record held an id. What
does not: finding a dataset's records (``datasets``), and what a record means (``okr_model``).
"""
