"""The steps from the lake to candidate tables, each with what it takes and what it gives.

What belongs here: the order of the steps and running one of them. What does not: what a step does
(the module of its name), Dagster (``assets``), judging the result (``publish.checks``).

A step takes tables that earlier steps staged and gives tables that it stages itself, all named
``<step>.<table>``. Dagster's asset graph is drawn from these names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from pipelines.project import Project
from pipelines.telemetry.log import event
from published.tables import held_open

Frames = Mapping[str, pd.DataFrame]
"""Tables by their full names, such as ``content.key_results``."""


@dataclass(frozen=True, slots=True)
class StepInputs:
    """What a step works on.

    Attributes:
        project: Whose settings, clock and lake.
        run_id: The run that computes.
        frames: The tables that the step takes, by their full names.
    """

    project: Project
    run_id: str
    frames: Frames


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the model.

    Attributes:
        name: What it is called, and the first part of the names it gives.
        about: What it computes, in a sentence.
        sources: The sources whose records it reads from the lake.
        takes: The staged tables it reads, by their full names.
        gives: The tables it stages, without the step's name.
        run: Computes them; the result has exactly the names of ``gives``.
    """

    name: str
    about: str
    sources: tuple[str, ...]
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    run: Callable[[StepInputs], Frames]

    @property
    def upstream(self) -> tuple[str, ...]:
        """The sources and the steps whose results it reads."""
        steps = dict.fromkeys(name.partition(".")[0] for name in self.takes)
        return (*self.sources, *steps)


def run_step(step: Step, project: Project, run_id: str) -> dict[str, pd.DataFrame]:
    """Run one step and stage what it gives.

    Returns:
        The tables by the names of ``gives``.

    Raises:
        FileNotFoundError: A step that it takes tables from has not run.
    """
    staged = project.step_files(run_id)
    staged.begin()
    with project.meter.step(step.name):
        taken = {name: staged.read(name) for name in step.takes}
        given = step.run(StepInputs(project, run_id, taken))
        for name in step.gives:
            staged.write(f"{step.name}.{name}", given[name])
    cost = project.meter.steps[step.name]
    event("step done", step=step.name, seconds=cost.seconds, peak_memory=cost.peak_memory)
    return {name: given[name] for name in step.gives}


def run_steps(
    steps: Iterable[Step], project: Project, run_id: str
) -> dict[str, dict[str, pd.DataFrame]]:
    """Run steps in their order; returns the tables of each by the step's name."""
    with held_open(project.paths.duckdb):
        return {step.name: run_step(step, project, run_id) for step in steps}
