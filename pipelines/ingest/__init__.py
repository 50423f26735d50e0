"""Ingestion: connectors built from settings, pulled concurrently and landed in the lake.

What belongs here: everything between a connector's messages and the lake's commits. What does not:
talking to a service (``connectors``) and what its records mean (``datasets``).
"""
