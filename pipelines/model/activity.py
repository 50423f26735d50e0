"""The step ``activity``: what happened in linked work, counted.

What belongs here: counting for the day that is computed. What does not: which work is linked
(``linked_work``) and the counting itself (``okr_model.activity``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.activity.events_by_week import Weeks
from okr_model.confidence.work_elsewhere import members_of_teams
from okr_model.links.work_teams import usual_teams
from okr_model.progress.value_series import KEY
from okr_model.quantities.teams import by_team
from pipelines.engines.opening import open_engine
from pipelines.model.linked_work import load_linked_work
from pipelines.model.steps import Frames, StepInputs


def count_activity(inputs: StepInputs) -> Frames:
    """The work behind Key Results and initiatives at the end of the day, and week by week."""
    project, frames = inputs.project, inputs.frames
    as_of, settings = project.clock.as_of, project.settings
    begins = (cycle.start for cycle in settings.cycles)
    weeks = Weeks.of_cycles(begins, as_of, settings.organization.timezone)
    teams, initiatives = _teams(frames), frames["content.initiatives"]
    with open_engine(settings) as engine:
        work = load_linked_work(project, engine, initiatives, frames["links.own"])
        new = {"new_issues": work.new_on(as_of), "initiative_teams": teams}
        return work.counted_on(as_of) | work.by_week(weeks, teams) | new


def _teams(frames: Frames) -> pd.DataFrame:
    """``initiative_id`` and ``team``, a row for each team of each initiative."""
    key_results, initiatives = frames["content.key_results"], frames["content.initiatives"]
    links = frames["links.links"]
    active = links.loc[links["state"] == "active", [*KEY, "initiative_id"]].drop_duplicates()
    usual = usual_teams(initiatives, active, key_results)
    work = initiatives[["initiative_id", "parent_id"]].assign(team=usual)
    teams = by_team(key_results)[[*KEY, "team"]]
    found = members_of_teams(work, key_results, active, teams)
    return found[["initiative_id", "team"]].drop_duplicates(ignore_index=True)
