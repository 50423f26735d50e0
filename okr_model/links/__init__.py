"""Which initiative serves which Key Result: references, claims, resolution, decisions, suggestions.

What belongs here: turning claims and decisions into links with evidence. What does not: reading the
claims out of source records (``pipelines.datasets``) and what linked work is doing (``activity``).
"""
