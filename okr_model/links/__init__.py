"""Which initiative serves which Key Result: references, claims, resolution, decisions, suggestions.

What belongs here: turning claims and decisions into links with evidence. What does not: extracting
claims from source records (``pipelines.datasets``) and the activity of linked work (``activity``).
"""
