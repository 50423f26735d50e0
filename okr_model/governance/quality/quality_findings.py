"""All findings about how OKRs are written and how many there are.

What belongs here: gathering them, and leaving out what an organization does not want to be asked.
What does not: finding them (``line_findings``, ``limits``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from okr_model.findings import findings_frame
from okr_model.governance.quality.indicators import one_sided_findings
from okr_model.governance.quality.limits import Limits, limit_findings
from okr_model.governance.quality.line_findings import line_findings
from okr_model.quantities.cycles import Cycle, cycles_frame


@dataclass(frozen=True, slots=True)
class QualityInputs:
    """What the findings of quality are about.

    Attributes:
        key_results: From :func:`okr_model.entities.read_key_results`.
        objectives: From :func:`okr_model.entities.read_objectives`.
        cycles: The cycles of the settings.
        limits: How many there may be.
        leave_out: Rules nobody wants to hear of, by name.
    """

    key_results: pd.DataFrame
    objectives: pd.DataFrame
    cycles: Sequence[Cycle]
    limits: Limits = field(default_factory=Limits)
    leave_out: Sequence[str] = ()


def quality_findings(inputs: QualityInputs, as_of: date) -> pd.DataFrame:
    """Questions to those who wrote the OKRs of cycles that come or run.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    objectives = inputs.objectives.merge(cycles_frame(inputs.cycles), on="cycle_id", how="left")
    found = [
        *line_findings(inputs.key_results, objectives, as_of),
        *limit_findings(inputs.key_results, objectives, inputs.limits, as_of),
        *one_sided_findings(inputs.key_results, objectives, as_of),
    ]
    return findings_frame(finding for finding in found if finding.rule not in inputs.leave_out)
