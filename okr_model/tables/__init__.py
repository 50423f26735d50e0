"""Every published table, declared once.

What belongs here: column names, types, meanings, keys and fixed values of the published tables,
and checking frames against them. The data dictionary, Dagster's column schemas, the checks before
publishing and the comments in the DuckDB file are all generated from these declarations; a column
that is not declared here is not published. What does not: computing any column.
"""

from __future__ import annotations

from okr_model.tables.columns import LEVELS as LEVELS
from okr_model.tables.columns import PACES as PACES
from okr_model.tables.columns import UNITS as UNITS
from okr_model.tables.columns import Column as Column
from okr_model.tables.columns import ColumnType as ColumnType
from okr_model.tables.columns import Table as Table
from okr_model.tables.history import CALIBRATION as CALIBRATION
from okr_model.tables.history import CHANGES as CHANGES
from okr_model.tables.history import SCORES as SCORES
from okr_model.tables.key_results import KEY_RESULTS as KEY_RESULTS
from okr_model.tables.key_results import KEY_RESULTS_DAILY as KEY_RESULTS_DAILY
from okr_model.tables.key_results import KEY_RESULTS_RESTATED as KEY_RESULTS_RESTATED
from okr_model.tables.links import DECISION_LOG as DECISION_LOG
from okr_model.tables.links import LINK_HISTORY as LINK_HISTORY
from okr_model.tables.links import LINKS as LINKS
from okr_model.tables.links import SUGGESTION_TRIALS as SUGGESTION_TRIALS
from okr_model.tables.links import SUGGESTIONS as SUGGESTIONS
from okr_model.tables.organization.rollout import ROLLOUT as ROLLOUT
from okr_model.tables.organization.teams import TEAMS as TEAMS
from okr_model.tables.records import CHECK_INS as CHECK_INS
from okr_model.tables.records import FINDINGS as FINDINGS
from okr_model.tables.records import INITIATIVES as INITIATIVES
from okr_model.tables.records import KPIS as KPIS
from okr_model.tables.records import MEASUREMENTS as MEASUREMENTS
from okr_model.tables.rollups import CYCLES as CYCLES
from okr_model.tables.rollups import OBJECTIVES as OBJECTIVES
from okr_model.tables.rollups import ROLLUPS as ROLLUPS
from okr_model.tables.runs import RUNS as RUNS
from okr_model.tables.runs import SOURCES as SOURCES
from okr_model.tables.vocabulary import EVIDENCE_STATES as EVIDENCE_STATES
from okr_model.tables.vocabulary import KINDS as KINDS
from okr_model.tables.vocabulary import PROGRESS_STATES as PROGRESS_STATES
from okr_model.tables.vocabulary import SEVERITIES as SEVERITIES
from okr_model.tables.vocabulary import VALUE_STATES as VALUE_STATES
from okr_model.tables.weeks import ADOPTION as ADOPTION
from okr_model.tables.weeks import INITIATIVE_WEEKS as INITIATIVE_WEEKS
from okr_model.tables.weeks import KEY_RESULT_WEEKS as KEY_RESULT_WEEKS
from okr_model.tables.weeks import NEW_WORK as NEW_WORK

TABLES: tuple[Table, ...] = (
    KEY_RESULTS,
    KEY_RESULTS_DAILY,
    KEY_RESULTS_RESTATED,
    KEY_RESULT_WEEKS,
    LINKS,
    LINK_HISTORY,
    SUGGESTIONS,
    SUGGESTION_TRIALS,
    DECISION_LOG,
    OBJECTIVES,
    ROLLUPS,
    CYCLES,
    TEAMS,
    ADOPTION,
    ROLLOUT,
    INITIATIVES,
    INITIATIVE_WEEKS,
    NEW_WORK,
    CHECK_INS,
    MEASUREMENTS,
    KPIS,
    FINDINGS,
    CHANGES,
    CALIBRATION,
    SCORES,
    SOURCES,
    RUNS,
)
CONTRACT_VERSION = "1.0"
"""The version of all these declarations together, MAJOR.MINOR; see docs/contract.md."""
BY_NAME = {table.name: table for table in TABLES}
ACCUMULATED = (
    KEY_RESULTS_DAILY.name,
    KEY_RESULTS_RESTATED.name,
    KEY_RESULT_WEEKS.name,
    CALIBRATION.name,
    LINK_HISTORY.name,
)
"""Tables that grow from run to run: made of what was published before and of the newest run."""
