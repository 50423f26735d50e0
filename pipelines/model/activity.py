"""The step ``activity``: what happened in linked work, counted.

What belongs here: counting for the day that is computed. What does not: which work is linked
(``linked_work``) and the counting itself (``okr_model.activity``).
"""

from __future__ import annotations

from okr_model.activity.events_by_week import Weeks
from pipelines.lake.duckdb_session import connect
from pipelines.model.linked_work import load_linked_work
from pipelines.model.steps import Frames, StepInputs


def count_activity(inputs: StepInputs) -> Frames:
    """The work behind Key Results and initiatives at the end of the day, and week by week."""
    project, frames = inputs.project, inputs.frames
    work = load_linked_work(project, connect(), frames["content.initiatives"], frames["links.own"])
    as_of, settings = project.clock.as_of, project.settings
    begins = (cycle.start for cycle in settings.cycles)
    weeks = Weeks.of_cycles(begins, as_of, settings.organization.timezone)
    return work.counted_on(as_of) | work.by_week(weeks)
