"""What the practice of OKRs asks of a cycle: its phases, readiness, target freeze, scores, quality.

What belongs here: rules about whole cycles and about how OKRs are written, and their findings. What
does not: computing values and progress (``progress``), confidence, and meetings (``rituals``).
"""
