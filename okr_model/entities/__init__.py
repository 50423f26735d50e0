"""Objectives, Key Results, check-ins, initiatives, measurements and KPIs, one module per kind.

What belongs here: reading the long cells frame into one frame per kind, with findings for what
could not be read. What does not: computing anything from them. Every reader takes the cells and
what it needs to resolve references, and returns ``(frame, findings)``; a faulty record becomes a
finding, never an exception.
"""

from okr_model.entities.check_ins import read_check_ins
from okr_model.entities.content.derived_cells import with_notes_read
from okr_model.entities.derived.chosen_teams import with_teams_chosen
from okr_model.entities.derived.column_objectives import column_objectives, in_cycles, written_out
from okr_model.entities.derived.comment_check_ins import with_comments_read
from okr_model.entities.derived.comment_texts import CommentForm
from okr_model.entities.identity.shared_records import join_shared_records
from okr_model.entities.initiatives import initiative_id, known_by_row, read_initiatives
from okr_model.entities.key_results import read_key_results
from okr_model.entities.kpis import read_kpis
from okr_model.entities.measurements import read_measurements
from okr_model.entities.objectives import read_objectives
from okr_model.entities.plausibility import implausible_values

__all__ = [
    "CommentForm",
    "column_objectives",
    "implausible_values",
    "in_cycles",
    "initiative_id",
    "join_shared_records",
    "known_by_row",
    "read_check_ins",
    "read_initiatives",
    "read_key_results",
    "read_kpis",
    "read_measurements",
    "read_objectives",
    "with_comments_read",
    "with_notes_read",
    "with_teams_chosen",
    "written_out",
]
