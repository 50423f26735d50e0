"""Pulling: connectors built from settings, run side by side, landed in the lake.

What belongs here: the way from a connector's batches to the lake. What does not: how a service is
spoken to (``connectors``) and what its records mean (``datasets``).
"""
