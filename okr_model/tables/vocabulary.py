"""The fixed values of enumerated columns that several tables or modules share.

What belongs here: tuples of allowed values. What does not: values of a single table, which stay
beside it, and levels and paces (``columns``).
"""

from __future__ import annotations

KINDS = ("increase", "decrease", "at least", "at most", "band", "milestones", "yes/no")
VALUE_STATES = ("measured", "no value", "unreadable")
PROGRESS_STATES = (
    "computed",  # from a declared baseline
    "from first measurement",  # the first measurement of the cycle serves as the baseline
    "no baseline",
    "no target",
    "no value",
    "baseline equals target",
    "zero-width band",
    "not supported",  # milestones that are not stated as a share
)
EVIDENCE_STATES = ("enough", "not enough evidence")
SEVERITIES = ("error", "warning", "info")
ACKNOWLEDGEMENTS = ("acknowledged", "dismissed")
