"""Teams and how they work: what their check-ins hold, and what follows from several of them.

What belongs here: what a team promised, what slows it and since when. What does not: reading
check-ins (``entities``), and the agenda of a meeting (``rituals``).
"""
