"""What changed between two runs: rows, figures, and why a figure moved.

What belongs here: comparing what two runs published, by what is published alone. What does not:
printing it (``pipelines.cli.changes``).
"""
