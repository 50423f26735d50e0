"""What the answers of the API hold, as its OpenAPI document describes them.

What belongs here: models, made of the tables' declarations. What does not: the values.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from types import GenericAlias
from typing import Any

from pydantic import BaseModel, Field, create_model

from okr_model import tables
from okr_model.tables import Table

_TYPES: dict[str, Any] = {
    "text": str,
    "integer": int,
    "number": float,
    "date": dt.date,
    "timestamp": dt.datetime,
    "boolean": bool,
    "text[]": list[str],
}


@lru_cache
def _row_of(table: Table) -> Any:
    """A row of a table; a column that an earlier version did not publish is left out."""
    fields: dict[str, Any] = {
        column.name: (_TYPES[column.type] | None, Field(None, description=column.described))
        for column in table.columns
    }
    name = "".join(part.capitalize() for part in table.name.split("_")) + "Row"
    return _with(BaseModel, name, f"One {table.row_is}.", **fields)


def _many(row: Any) -> Any:
    """A list of rows."""
    return GenericAlias(list, (row,))


def _with(base: Any, name: str, meaning: str, /, **fields: Any) -> Any:
    """A model with more fields, each a type or a type and its description."""
    given: dict[str, Any] = {
        key: kind if isinstance(kind, tuple) else (kind, ...) for key, kind in fields.items()
    }
    return create_model(name, __base__=base, __doc__=meaning, **given)


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str = Field(description="A sentence with the remedy.")


class Standing(BaseModel):
    """Why a Key Result stands where it does in the order, worst first."""

    rank: int = Field(description="0 stands first.")
    first: str = Field(description="The rule that placed it, in words.")
    then: str = Field(description="What else is to be said; may be empty.")
    signal: bool = Field(description="Whether it is a signal, not a plain state.")


LineRow = _with(
    _row_of(tables.KEY_RESULTS),
    "LineRow",
    "A Key Result, with what the team view says of it.",
    standing=Standing,
    change=(float | None, Field(description="How its value moved since `since`, in its unit.")),
    since=(dt.date | None, Field(description="The check-in before the last one.")),
    words=(str | None, Field(description="The last written words of its cycle.")),
)


class Answer(BaseModel):
    """What every answer says of itself."""

    as_of: dt.date = Field(description="The day that the answer is about.")
    run_id: str | None = Field(description="The run that published it; see /api/runs.")
    published_at: dt.datetime | None = Field(description="When that run published.")


class Page(Answer):
    """A thousand rows at most."""

    total: int = Field(description="How many rows there are on all pages.")
    page: int = Field(description="Which page this is, from 1.")


KeyResults = _with(
    Answer,
    "KeyResults",
    "Key Results, worst first.",
    cycle=str,
    key_results=_many(LineRow),
)


class Reading(BaseModel):
    """A value that is true for one day."""

    day: dt.date
    value: float = Field(description="In the Key Result's unit.")
    by_person: bool = Field(description="Whether a check-in stated it.")


class Section(BaseModel):
    """A part of the explanation of a Key Result's figures."""

    title: str
    lines: list[str]


KeyResult = _with(
    Answer,
    "KeyResult",
    "One Key Result with all that is known of it.",
    cycle=str,
    key_result=LineRow,
    readings=list[Reading],
    explanation=list[Section],
    check_ins=_many(_row_of(tables.CHECK_INS)),
    measurements=_many(_row_of(tables.MEASUREMENTS)),
    links=_many(_row_of(tables.LINKS)),
    findings=_many(_row_of(tables.FINDINGS)),
    changes=_many(_row_of(tables.CHANGES)),
)


Links = _with(
    Page,
    "Links",
    "Claims that an initiative serves a Key Result.",
    links=_many(_row_of(tables.LINKS)),
)


FindingNow = _with(
    _row_of(tables.FINDINGS),
    "FindingNow",
    "A finding as it stands after all decisions.",
    pending=(bool, Field(description="Whether the decision counts only from the next run.")),
)
Findings = _with(
    Page,
    "Findings",
    "What someone should look at, worst first.",
    findings=_many(FindingNow),
)


class Movement(BaseModel):
    """How far a Key Result is from where it was on the base day."""

    key_result_id: str
    cycle_id: str
    statement: str | None
    team: str | None
    unit: str | None
    url: str | None = Field(description="Opens its record.")
    value_url: str | None = Field(description="Opens the record its value was read from.")
    current_value: float | None
    current_value_then: float | None
    current_value_change: float | None
    progress: float | None
    progress_then: float | None
    progress_change: float | None
    attainment_probability: float | None
    attainment_probability_then: float | None
    attainment_probability_change: float | None
    stated_confidence: str | None
    stated_confidence_then: str | None
    computed_confidence: str | None
    computed_confidence_then: str | None


Changes = _with(
    Answer,
    "Changes",
    "What has changed since a day.",
    cycle=str,
    since=(
        dt.date,
        Field(description="The base: the day asked for, else the last before."),
    ),
    definitions=_many(_row_of(tables.CHANGES)),
    movements=list[Movement],
)


Runs = _with(
    Answer,
    "Runs",
    "Runs, the newest first.",
    runs=_many(_row_of(tables.RUNS)),
)


Looked = _with(
    BaseModel,
    "Looked",
    "Something stale, blocked or unreadable.",
    state=str,
    finding=FindingNow,
)


class OneNight(BaseModel):
    """One night of the last fourteen."""

    day: dt.date
    state: str = Field(description="complete, sources missing, none, or before the first run.")
    run_id: str | None


class OnePlace(BaseModel):
    """A place that Key Results are fed from."""

    source: str
    name: str
    kind: str
    feeds: list[str]
    newest: dt.date
    age: int = Field(description="Days before as_of.")


class WaitingFor(BaseModel):
    """Key Results that a source left as they were."""

    since: dt.datetime
    reason: str
    key_results: list[str]


Tonight = _with(
    Answer,
    "Tonight",
    "The last run, and what it left to look at.",
    outcome=str | None,
    seconds=(float | None, Field(description="From its start until its tables were swapped in.")),
    sources=_many(_row_of(tables.SOURCES)),
    nights=list[OneNight],
    attention=_many(Looked),
    stale=list[WaitingFor],
    places=list[OnePlace],
)


class OneTable(BaseModel):
    """A published table."""

    name: str
    row_is: str = Field(description="What one row is.")
    key: list[str]
    rows: int


class Tables(Answer):
    """The published tables."""

    tables: list[OneTable]


class Rows(BaseModel):
    """The rows that a question finds."""

    table: str
    as_of: dt.date | None
    run_id: str | None
    total: int = Field(description="How many rows the question finds, on all pages.")
    query: str = Field(description="SQL that finds the same rows on the published file.")
    rows: list[dict[str, Any]]


class LeadQueue(BaseModel):
    """A queue of questions about links."""

    queue: str = Field(description="Its name in the page's address.")
    name: str
    left: int = Field(description="How many questions are left.")
    asked: int = Field(description="How many the last run left.")


class LeadRule(BaseModel):
    """The open findings of one rule that no question is made of."""

    rule: str
    open: int


class LeadCandidate(BaseModel):
    """A possible answer."""

    id: str = Field(description="The Key Result or, for one without work, the initiative.")
    name: str
    title: str
    because: str
    chance: float | None = Field(description="Of this pair alone; null where a source states it.")


LeadQuestion = _with(
    BaseModel,
    "LeadQuestion",
    "A question about a link.",
    queue=str,
    kind=(str, Field(description="What it is about: initiative or key result.")),
    subject=(str, Field(description="Its id.")),
    key_result_id=(str | None, Field(description="Which one is asked about; null: any may be.")),
    title=str,
    words=(str, Field(description="The question.")),
    url=(str | None, Field(description="Opens the record of the work.")),
    claims=_many(_row_of(tables.LINKS)),
    candidates=list[LeadCandidate],
)


class LeadDecision(BaseModel):
    """A decision that the published tables do not contain yet."""

    decision_id: str
    decided_at: dt.datetime
    decided_by: str
    via: str | None
    action: str
    why: str | None
    words: str = Field(description="What it says.")


Lead = _with(
    Page,
    "Lead",
    "What an OKR Lead owes; what is decided leaves at once and counts from the next run.",
    queues=list[LeadQueue],
    questions=_many(LeadQuestion),
    rules=list[LeadRule],
    acknowledged=(int, Field(description="How many findings are acknowledged or dismissed.")),
    pending=list[LeadDecision],
)
LeadFindings = _with(
    Page,
    "LeadFindings",
    "The findings that no question about links is made of, by rule, the worst rule first.",
    findings=_many(FindingNow),
)
