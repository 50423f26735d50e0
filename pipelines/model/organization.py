"""The organization of the settings: its teams as the model knows them, all of it for readers.

What belongs here: that translation. What does not: what follows from it (``okr_model.teams``,
``published``).
"""

from __future__ import annotations

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.governance.phases import PhaseWeeks
from okr_model.governance.quality.limits import Limits
from okr_model.teams.teams import Rhythm, Team, Teams
from pipelines.settings import Settings
from pipelines.settings.organization.teams import TeamSettings
from published.formatting import Formatter
from published.organization import Organization, OwnWords


def organization_of(settings: Settings) -> Organization:
    """The organization, as those who read its tables need to know it."""
    told = settings.organization
    return Organization(
        told.name,
        told.zone,
        told.confidence,
        settings.cycles,
        settings.thresholds.pace_tolerance,
        SignalThresholds(**settings.signals.model_dump()),
        OwnWords(**told.words.told(), levels=told.words.by_level),
        Formatter(told.language),
        declared_teams(settings),
        phase_weeks(settings),
        limits_of(settings),
    )


def limits_of(settings: Settings) -> Limits:
    """How many Objectives and Key Results there may be."""
    quality = settings.quality
    return Limits(quality.most_objectives, quality.fewest_key_results, quality.most_key_results)


def phase_weeks(settings: Settings) -> PhaseWeeks:
    """How long the phases of a cycle are."""
    return PhaseWeeks(**settings.phases.model_dump())


def declared_teams(settings: Settings) -> Teams:
    """The teams that the settings declare, with the rhythm of all others.

    An organization that keeps no check-ins expects none.
    """
    keeps = any(dataset.holds == "check_ins" for dataset in settings.datasets)
    usual = Rhythm(settings.signals.check_in_every_days if keeps else 0)
    return Teams(tuple(_team(team, usual, keeps) for team in settings.teams), usual)


def _team(team: TeamSettings, usual: Rhythm, keeps: bool) -> Team:
    told = team.check_ins
    every = told.every_days if keeps and told.every_days is not None else usual.every_days
    rhythm = Rhythm(every, told.weekday_number, told.grace_days, told.days_off)
    return Team(**team.model_dump(exclude={"check_ins"}), rhythm=rhythm)
