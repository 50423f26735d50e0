"""Which Key Results of a cycle were low, and how long until a person answered.

What belongs here: gathering the rows, and one sentence for each time. What does not: from when to
when one was low, and its first answer (``okr_model.rituals.low_times``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from okr_model.languages.folding import same_id
from okr_model.rituals.low_times import Answer, LowTime, low_times
from published.formatting import ENGLISH
from published.former_ids import present_ids
from published.snapshot import Snapshot

_DAYS = (
    "SELECT key_result_id, as_of, stated_confidence, stated_confidence_at, computed_confidence"
    " FROM key_results_daily WHERE cycle_id = ? AND as_of <= least(?, cycle_end)"
    " ORDER BY key_result_id, as_of"
)
_CHECK_INS = (
    "SELECT key_result_id, date FROM check_ins WHERE cycle_id = ?"
    " AND coalesce(note, changed, cause, next_action, adjustment, impediment) IS NOT NULL"
)
_CHANGES = "SELECT key_result_id, changed_on FROM changes WHERE cycle_id = ?"
# A link that goes on where another of its pair ended is not new, nor are those of the first night.
_LINKS = """
SELECT key_result_id, valid_from FROM link_history AS now
WHERE cycle_id = ? AND state = 'active' AND valid_from > (SELECT min(valid_from) FROM link_history)
    AND NOT EXISTS (
        FROM link_history AS earlier
        WHERE earlier.state = 'active' AND earlier.valid_to = now.valid_from
            AND earlier.initiative_id = now.initiative_id
            AND earlier.key_result_id = now.key_result_id
    )
"""
_DECISIONS = """
SELECT decided_at, key_result_id, wrong_key_result_id,
    CASE WHEN finding_subject_type = 'key result' THEN finding_subject END AS subject
FROM decisions
"""


def low_times_of(tables: Snapshot, zone: dt.tzinfo, cycle: str, day: dt.date) -> list[LowTime]:
    """Every time for which a Key Result of a cycle was low, up to a day, by id.

    Args:
        tables: The published tables.
        zone: In which a decision has its day.
        cycle: The cycle.
        day: The last day of which anything is known.
    """

    def gather() -> list[LowTime]:
        now = present_ids(tables.key_results)
        answered: dict[str, list[tuple[dt.date, Answer]]] = {}
        names = {same_id(old): new for (old, of), new in now.items() if of == cycle}
        for key, on, kind in _answers(tables, zone, cycle):
            if on <= day:
                answered.setdefault(same_id(names.get(same_id(key), key)), []).append((on, kind))
        days = [
            row | {"key_result_id": now.get((row["key_result_id"], cycle), row["key_result_id"])}
            for row in tables.rows(_DAYS, [cycle, day])
        ]
        days.sort(key=lambda row: (row["key_result_id"], row["as_of"]))
        return low_times(days, answered)

    return tables.once(("low times", cycle, day), gather)


def low_words(one: LowTime) -> str:
    """How long it was low and what answered, without its id."""
    told = f"low since {ENGLISH.day(one.since)} ({' and '.join(one.said_by)})"
    if one.days is not None:
        after = "on the same day" if one.days == 0 else f"after {_days(one.days)}"
        return f"{told}, answered {after}: {', '.join(one.answers)}"
    if one.until is not None:
        return f"{told}, over on {ENGLISH.day(one.until)} without an answer"
    return f"{told}, no answer for {_days((one.last_day - one.since).days)}"


def _answers(
    tables: Snapshot, zone: dt.tzinfo, cycle: str
) -> Iterator[tuple[str, dt.date, Answer]]:
    kinds: dict[Answer, str] = {
        "check-in": _CHECK_INS,
        "definition changed": _CHANGES,
        "new work": _LINKS,
    }
    for kind, query in kinds.items():
        for row in tables.rows(query, [cycle]):
            key, on = row.values()
            yield key, on, kind
    for row in tables.rows(_DECISIONS):
        on = row.pop("decided_at").astimezone(zone).date()
        yield from ((key, on, "decision") for key in row.values() if key)


def _days(number: int) -> str:
    return ENGLISH.counted(number, "day", "days")
