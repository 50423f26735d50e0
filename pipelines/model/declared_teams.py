"""The teams of the settings as the model knows them.

What belongs here: that translation. What does not: what follows from it (``okr_model.teams``).
"""

from __future__ import annotations

from okr_model.teams.teams import Rhythm, Team, Teams
from pipelines.settings import Settings
from pipelines.settings.organization.teams import TeamSettings


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
