"""Helpers of several commands: options, output, progress, formatting, published tables.

What belongs here: helpers that at least two commands use. What does not: commands.
"""
