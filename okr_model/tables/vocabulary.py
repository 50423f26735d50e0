"""Fixed words of the published tables."""

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
    "not supported",  # a kind whose measure is not declared yet
)


EVIDENCE_STATES = ("enough", "not enough evidence")


SEVERITIES = ("error", "warning", "info")
