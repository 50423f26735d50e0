"""What follows from the check-ins of one Key Result in their order.

What belongs here: what was promised and whether it was done, since when an impediment is open, what
a check-in does not state. What does not: reading check-ins (``entities``), and missed ones
(``confidence``).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from okr_model.confidence.firing import running
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import fold_case
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import by_team
from okr_model.tables.records import CAUSE, NEXT_ACTION

_KEY = "key_result_id"
_ORDER = [_KEY, "date", "number"]
_STATED = {CAUSE: "cause", NEXT_ACTION: "next_action"}
_FORMS = {CAUSE: "Why: …", NEXT_ACTION: "Next: …"}
_WORKS = 3  # check-ins that state something, from which a team works with it


def with_course(check_ins: pd.DataFrame) -> pd.DataFrame:
    """The check-ins with what the others of their Key Result say about them.

    Args:
        check_ins: From :func:`okr_model.entities.read_check_ins`, up to a day.

    Returns:
        The same rows: ``impediment_since``, ``impediment_owner``, ``impediment_kind`` and
        ``action_done`` as they are published, and ``lacks``.
    """
    ordered = check_ins.assign(date=to_days(check_ins["date"])).sort_values(_ORDER, kind="stable")
    runs = [ordered[_KEY], _runs(ordered)]
    course = pd.DataFrame(
        {
            "impediment_since": open_since(ordered),
            "impediment_owner": ordered["impediment_owner"].groupby(runs).ffill(),
            "impediment_kind": ordered["impediment_kind"].groupby(runs).ffill(),
            "action_done": promises_kept(ordered),
            "lacks": lacking(ordered),
        },
        index=ordered.index,
    )
    return check_ins.assign(**{str(name): course[name] for name in course.columns})


def open_since(ordered: pd.DataFrame) -> pd.Series:
    """Since when the impediment of each check-in is open; null where it names none.

    An impediment is the same one as long as check-ins in a row name it in the same words, whatever
    their case and spaces. It is open since the first of them, or since the earliest day that any of
    them up to this one states.

    Args:
        ordered: ``key_result_id, date, impediment, impediment_since`` (as stated), by Key Result in
            the order of their statements.
    """
    stated = to_days(ordered["impediment_since"]).fillna(to_days(ordered["date"]))
    since = pd.concat([stated, to_days(ordered["date"])], axis=1).min(axis=1)
    earliest = since.groupby([ordered[_KEY], _runs(ordered)]).cummin()
    return earliest.where(ordered["impediment"].notna()).astype("datetime64[us]")


def _runs(ordered: pd.DataFrame) -> pd.Series:
    """A number for each run of check-ins that name one impediment; one that names none is alone."""
    named = ordered["impediment"].astype("object").map(_same, na_action="ignore")
    before = named.groupby(ordered[_KEY]).shift()
    return (named.isna() | (named != before.where(before.notna(), ""))).cumsum()


def promises_kept(ordered: pd.DataFrame) -> pd.Series:
    """Whether what each check-in promised is done; null where nobody said, or it promised nothing.

    The next check-in on the Key Result is believed first, then the record of the promise, where
    somebody may have ticked it since.

    Args:
        ordered: ``key_result_id, next_action, action_done`` (of the record itself),
            ``last_action_done``, by Key Result in the order of their statements.
    """
    said_next = ordered["last_action_done"].astype("boolean").groupby(ordered[_KEY]).shift(-1)
    done = said_next.fillna(ordered["action_done"].astype("boolean"))
    return done.where(ordered["next_action"].notna())


def lacking(check_ins: pd.DataFrame) -> pd.Series:
    """What each check-in does not state, a list of ``cause`` and ``next action``."""
    stated = [check_ins[column].notna().to_numpy("bool") for column in _STATED.values()]
    rows = np.column_stack(stated) if len(check_ins) else np.empty((0, len(_STATED)), "bool")
    lists = [[what for what, there in zip(_STATED, row, strict=True) if not there] for row in rows]
    return pd.Series(lists, index=check_ins.index, dtype="object")


def content_findings(
    key_results: pd.DataFrame, check_ins: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """One finding for each team of whose last check-ins most lack a cause or a next action.

    Of these two only what the team works with is expected: what at least three of its check-ins of
    the running cycles state.

    Args:
        key_results: From :func:`okr_model.assemble.build_key_results`.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        as_of: The day the rows are about.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    now = by_team(key_results[running(key_results, as_of)])
    said = check_ins[to_days(check_ins["date"]) <= midnight(as_of)]
    said = said[[_KEY, "cycle_id"]].join(said[list(_STATED.values())].notna())
    told = now[["team", _KEY, "cycle_id"]].merge(said, on=[_KEY, "cycle_id"])
    findings = []
    for team, rows in told.groupby("team"):
        last = rows.drop_duplicates([_KEY, "cycle_id"], keep="last")
        used = {what: column for what, column in _STATED.items() if rows[column].sum() >= _WORKS}
        lack = last[~last[list(used.values())].all(axis=1)]
        if len(lack) > len(last) / 2:
            whats = [what for what, column in used.items() if not last[column].all()]
            findings.append(_without_content(str(team), lack[_KEY].tolist(), len(last), whats))
    return findings_frame(findings)


def _without_content(team: str, lacking_ids: list[str], of: int, whats: list[str]) -> Finding:
    forms = ", ".join(_FORMS[what] for what in whats)
    return Finding(
        rule=Rule.CHECK_INS_WITHOUT_CONTENT,
        severity="info",
        subject_type="team",
        subject_id=team,
        sentence=(
            f"The last check-in on {len(lacking_ids)} of {of} Key Results of {team} states no"
            f" {' or no '.join(whats)}, as earlier ones do. A short line helps the next meeting:"
            f" {forms}"
        ),
        evidence=", ".join(lacking_ids),
    )


def _same(text: str) -> str:
    """What two spellings of one impediment share."""
    return " ".join(fold_case(text).split()).rstrip(" .!")
