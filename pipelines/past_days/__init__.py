"""Days that are over: rebuilding them, and restating those that late entries change.

What belongs here: choosing the days and running the model on each. What does not: the model's steps
(``model``) and writing the rows (``publish``).
"""
