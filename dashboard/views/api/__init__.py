"""The views as JSON, under ``/api``: what is published, for programs.

What belongs here: its routes (``routes``) and what their answers hold (``answers``). What does not:
queries, which the views ask as well (``published``).
"""
