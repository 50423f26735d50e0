"""The numbers that decide when a signal fires and what a level means.

What belongs here: their defaults and meaning. What does not: the rules (``signals``,
``levels``). It imports nothing heavy, because settings are read before anything else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignalThresholds:
    """When each signal fires; shares are from 0 to 1, durations in days.

    Attributes:
        likely: Computed confidence is high from this probability on.
        unlikely: Computed confidence is low below this probability.
        pace_gap: Progress this far behind the expected path is a pace gap.
        stale_after_days: A value older than this is stale.
        check_in_every_days: How often a team is to check in; 0 expects no check-ins.
        missed_check_ins: This many missed in a row are a signal.
        decline_stands_days: A decline fires for this long after its last fall, or until a rise.
        early_share: A low call is early up to this share of the time to the due day.
        silent_after_days: An initiative without activity for longer than this is silent.
        blocked_statuses: An initiative with one of these statuses is blocked; case is ignored.
        elsewhere_ratio: Work has moved elsewhere when, beside silent work, the activity in the
            team's work elsewhere in 28 days is this many times that of the 28 days before.
        elsewhere_fewest: … and at least this many changes.
        scope_ratio: Scope grows when work added in 28 days is this many times the work done.
        scope_share: … and the open work has grown by this share in them.
        scope_fewest: … and at least this many issues were added.
        volatile_share: A value is volatile when its weekly noise exceeds this share of the
            distance from baseline to target.
        treadmill_activity: This many changes in linked work in 28 days are a lot of work.
        treadmill_progress: … and less progress than this in them is hardly any.
        too_safe: A target is too safe when the path before the cycle would have met it with at
            least this probability.
    """

    likely: float = 0.7
    unlikely: float = 0.3
    pace_gap: float = 0.10
    stale_after_days: int = 14
    check_in_every_days: int = 7
    missed_check_ins: int = 2
    decline_stands_days: int = 28
    early_share: float = 0.46
    silent_after_days: int = 14
    blocked_statuses: tuple[str, ...] = ("Blocked", "On hold", "Impeded")
    elsewhere_ratio: float = 1.5
    elsewhere_fewest: int = 20
    scope_ratio: float = 2.0
    scope_share: float = 0.5
    scope_fewest: int = 10
    volatile_share: float = 0.25
    treadmill_activity: int = 40
    treadmill_progress: float = 0.05
    too_safe: float = 0.9
