"""What several commands share: options, output, progress, formatting, opening what is published.

What belongs here: helpers with at least two commands that use them. What does not: a command.
"""
