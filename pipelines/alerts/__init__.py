"""Alerts: who is told what is wrong with a run, once while it lasts, and once when it is over.

What belongs here: causes, their course from opening to recovery, their words, and sending them.
What does not: findings about the organization's OKRs, which teams answer, and deciding what a run
could not read (``run_status``).
"""
