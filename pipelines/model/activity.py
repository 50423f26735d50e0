"""The step ``activity``: what happened in linked work, counted.

What belongs here: counting for the day that is computed. What does not: which work is linked
(``linked_work``) and the counting itself (``okr_model.activity``).
"""

from __future__ import annotations

from pipelines.lake.duckdb_session import connect
from pipelines.model.linked_work import load_linked_work
from pipelines.model.steps import Frames, StepInputs


def count_activity(inputs: StepInputs) -> Frames:
    """The work behind Key Results and initiatives at the end of the day that is computed."""
    project, frames = inputs.project, inputs.frames
    work = load_linked_work(project, connect(), frames["content.initiatives"], frames["links.own"])
    return work.counted_on(project.clock.as_of)
