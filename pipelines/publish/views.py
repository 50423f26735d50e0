"""Views that answer questions people ask of the published tables.

What belongs here: their declarations, in SQL that DuckDB and Postgres both run. What does not: the
tables (``okr_model.tables``), and creating views in a place (``duckdb_file``, ``targets``).

A view holds no rows of its own, so it is always of the run that its tables are of. Its figures are
columns of the tables or differences of them: whatever needs more is a table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

_TABLE = re.compile(r"\bokr\.(\w+)")
_ALIAS = re.compile(r"\bokr\.(\w+) AS (\w)\b")
_WHICH = {
    "key_result_id": "The Key Result",
    "cycle_id": "Its cycle",
    "statement": "What it says",
    "team": "Its team",
}
_RUN = {"as_of": "The day of the run", "run_id": "The run"}


@dataclass(frozen=True, slots=True)
class View:
    """One view.

    Attributes:
        name: Its name, which no table has.
        row_is: What one row is, as in ``Table``.
        columns: What each column means, in order.
        query: A SELECT in which tables are named ``okr.<table> AS <letter>``.
    """

    name: str
    row_is: str
    columns: Mapping[str, str]
    query: str

    @property
    def reads(self) -> dict[str, set[str]]:
        """The columns that it reads, by table."""
        found: dict[str, set[str]] = {}
        for table, alias in _ALIAS.findall(self.query):
            found.setdefault(table, set()).update(re.findall(rf"\b{alias}\.(\w+)", self.query))
        return found

    @property
    def definition(self) -> str:
        """A short digest, which changes as the query or a meaning does."""
        whole = "\n".join([self.query, *self.columns.values()])
        return sha256(whole.encode()).hexdigest()[:8]

    def select(self, schema: str) -> str:
        """The query over the tables of a schema, whose name is quoted where it needs to be."""
        return _TABLE.sub(lambda found: f"{schema}.{found[1]}", self.query)


def possible(views: Sequence[View], there: Mapping[str, Collection[str]]) -> list[View]:
    """The views that can be made of the tables that are ``there``, with these columns.

    A target may hold some of the tables alone, and rows of an older version lack columns until the
    next run.
    """
    return [
        view
        for view in views
        if all(columns <= set(there.get(table, ())) for table, columns in view.reads.items())
    ]


AT_RISK = View(
    "at_risk",
    "Key Result of a running cycle that its team or the evidence calls low, that is behind its path"
    " or has no value",
    {
        **_WHICH,
        "because": "Why it is here: evidence low, team says low, behind its path, no value",
        "current_value": "The value, in its unit",
        "target": "The target, likewise",
        "unit": "The unit",
        "progress_raw": "Progress before it is kept within 0 and 1, a fraction",
        "expected_progress": "Where a straight path would be, a fraction",
        "stated_confidence": "What the team says",
        "computed_confidence": "What the evidence says",
        "attainment_probability": "The probability that the target is met",
        "signals": "The signals that fire",
        "initiatives": "How many initiatives serve it",
        **_RUN,
    },
    """SELECT * FROM (
  SELECT k.key_result_id, k.cycle_id, k.statement, k.team,
    concat_ws(', ',
      CASE WHEN k.computed_confidence = 'low' THEN 'evidence low' END,
      CASE WHEN k.stated_confidence = 'low' THEN 'team says low' END,
      CASE WHEN k.pace = 'behind' THEN 'behind its path' END,
      CASE WHEN k.value_state <> 'measured' THEN 'no value' END) AS because,
    k.current_value, k.target, k.unit, k.progress_raw, k.expected_progress,
    k.stated_confidence, k.computed_confidence, k.attainment_probability,
    k.signals, k.initiatives, k.as_of, k.run_id
  FROM okr.key_results AS k WHERE k.cycle_start <= k.as_of AND k.as_of <= k.cycle_end
) AS at_risk WHERE because <> ''""",
)
FRESHNESS = View(
    "freshness",
    "Key Result of a running cycle, with the age of everything known of it",
    {
        **_WHICH,
        "value_source": "Where its value is read",
        "value_url": "Opens the record of the value",
        "current_value_at": "The day that the value is true for",
        "value_age_days": "Days since then",
        "stale_since": "Since when its source could not be read; null if it can",
        "stale_reason": "Why",
        "last_check_in_at": "The day of its last check-in",
        "check_in_age_days": "Days since then",
        "missed_check_ins": "How many check-ins in a row were missed",
        "last_activity_on": "The last day on which something happened in its work",
        "activity_age_days": "Days since then",
        **_RUN,
    },
    """SELECT k.key_result_id, k.cycle_id, k.statement, k.team, k.value_source, k.value_url,
  k.current_value_at, k.value_age_days, k.stale_since, k.stale_reason,
  k.last_check_in_at, k.as_of - k.last_check_in_at AS check_in_age_days, k.missed_check_ins,
  k.last_activity_on, k.as_of - k.last_activity_on AS activity_age_days, k.as_of, k.run_id
FROM okr.key_results AS k WHERE k.cycle_start <= k.as_of AND k.as_of <= k.cycle_end""",
)
CONTRIBUTIONS = View(
    "contributions",
    "initiative and Key Result of a running cycle that it serves",
    {
        "initiative_id": "The initiative",
        "initiative": "How people name it",
        "title": "Its title",
        "initiative_team": "Its own team",
        **_WHICH,
        "rule": "The rule by which it serves it",
        "confidence": "How sure the link is",
        "key_results_served": "How many running Key Results it serves",
        "share": "1 divided by that, so that work counts once in a sum",
        "open_issues": "Its issues that are open",
        "done_issues": "Its issues that are done",
        "activity_4w": "What happened in it in the last four weeks, running one included",
        "done_4w": "How many of its issues got done in them",
        "progress_raw": "Progress of the Key Result before it is kept within 0 and 1",
        "progress_28d": "How far the Key Result moved in 28 days, a difference of fractions",
        **_RUN,
    },
    """SELECT l.initiative_id, i.initiative, i.title, i.team AS initiative_team,
  k.key_result_id, k.cycle_id, k.statement, k.team, l.rule, l.confidence,
  count(*) OVER (PARTITION BY l.initiative_id) AS key_results_served,
  CAST(1 AS double precision) / count(*) OVER (PARTITION BY l.initiative_id) AS share,
  i.open_issues, i.done_issues,
  coalesce(n.activity_4w, 0) AS activity_4w, coalesce(n.done_4w, 0) AS done_4w,
  k.progress_raw, k.progress_28d, k.as_of, k.run_id
FROM okr.links AS l
JOIN okr.initiatives AS i ON i.initiative_id = l.initiative_id
JOIN okr.key_results AS k ON k.key_result_id = l.key_result_id
  AND (l.cycle_id IS NULL OR l.cycle_id = k.cycle_id)
LEFT JOIN (
  SELECT s.initiative_id, CAST(sum(s.activity) AS bigint) AS activity_4w,
    CAST(sum(s.done) AS bigint) AS done_4w
  FROM okr.initiative_weeks AS s WHERE s.week_starts_on > s.as_of - 28 GROUP BY s.initiative_id
) AS n ON n.initiative_id = l.initiative_id
WHERE l.state = 'active' AND k.cycle_start <= k.as_of AND k.as_of <= k.cycle_end""",
)
CHANGED_SINCE = View(
    "changed_since",
    "Key Result and earlier published day since which its value, target or confidence changed,"
    " compared with what was published first for that day",
    {
        **_WHICH,
        "since": "The earlier day; name one, as in WHERE since = DATE '2026-11-21'",
        "unit": "The unit now",
        "unit_then": "The unit on the earlier day",
        "current_value": "The value now",
        "value_then": "The value then",
        "target": "The target now",
        "target_then": "The target then",
        "progress_raw": "Progress now, before it is kept within 0 and 1",
        "progress_then": "Progress then, likewise",
        "stated_confidence": "What the team says",
        "stated_then": "What it said then",
        "computed_confidence": "What the evidence says",
        "computed_then": "What it said then",
        "pace": "Ahead of, on or behind its path",
        "pace_then": "The same then",
        **_RUN,
    },
    """SELECT k.key_result_id, k.cycle_id, k.statement, k.team, t.as_of AS since,
  k.unit, t.unit AS unit_then, k.current_value, t.current_value AS value_then,
  k.target, t.target AS target_then, k.progress_raw, t.progress_raw AS progress_then,
  k.stated_confidence, t.stated_confidence AS stated_then,
  k.computed_confidence, t.computed_confidence AS computed_then,
  k.pace, t.pace AS pace_then, k.as_of, k.run_id
FROM okr.key_results AS k JOIN (
  SELECT i.present_id, v.*, row_number() OVER (
    PARTITION BY i.present_id, v.cycle_id, v.as_of ORDER BY w.published_at NULLS FIRST
  ) AS version
  FROM (
    SELECT n.key_result_id AS present_id, n.cycle_id,
      unnest(array_append(n.former_ids, n.key_result_id)) AS named
    FROM okr.key_results AS n
  ) AS i JOIN (
    SELECT d.key_result_id, d.cycle_id, d.as_of, d.run_id, d.unit, d.current_value, d.target,
      d.progress_raw, d.stated_confidence, d.computed_confidence, d.pace
    FROM okr.key_results_daily AS d
    UNION ALL
    SELECT r.key_result_id, r.cycle_id, r.as_of, r.run_id, r.unit, r.current_value, r.target,
      r.progress_raw, r.stated_confidence, r.computed_confidence, r.pace
    FROM okr.key_results_restated AS r
  ) AS v ON v.key_result_id = i.named AND v.cycle_id = i.cycle_id
  LEFT JOIN okr.runs AS w ON w.run_id = v.run_id
) AS t ON t.present_id = k.key_result_id AND t.cycle_id = k.cycle_id AND t.as_of < k.as_of
WHERE t.version = 1 AND (
  k.unit IS DISTINCT FROM t.unit OR k.current_value IS DISTINCT FROM t.current_value
  OR k.target IS DISTINCT FROM t.target
  OR k.stated_confidence IS DISTINCT FROM t.stated_confidence
  OR k.computed_confidence IS DISTINCT FROM t.computed_confidence
  OR k.pace IS DISTINCT FROM t.pace)""",
)
CONFIDENCE_OUTCOMES = View(
    "confidence_outcomes",
    "Key Result of an ended cycle and published day of it, with what was said and what came of it",
    {
        **_WHICH,
        "said_on": "The day",
        "elapsed": "How much of the cycle was over, a fraction",
        "stated_confidence": "What the team said on that day",
        "computed_confidence": "What the evidence said on it",
        "attainment_probability": "The probability on it",
        "pace": "Ahead of, on or behind its path on it",
        "met": "Whether the target was met on its due day; null where that cannot be said",
        "score": "Its score",
        **_RUN,
    },
    """SELECT k.key_result_id, k.cycle_id, k.statement, k.team, d.as_of AS said_on,
  CAST(d.as_of - k.cycle_start AS double precision)
    / nullif(k.cycle_end - k.cycle_start, 0) AS elapsed,
  d.stated_confidence, d.computed_confidence, d.attainment_probability, d.pace,
  CASE WHEN k.value_state <> 'measured' THEN NULL
    WHEN k.attainment_probability IS NOT NULL THEN k.attainment_probability >= 0.5
    ELSE k.progress_raw >= 1 END AS met,
  k.score, k.as_of, k.run_id
FROM okr.key_results AS k JOIN (
  SELECT n.key_result_id, n.cycle_id,
    unnest(array_append(n.former_ids, n.key_result_id)) AS named
  FROM okr.key_results AS n
) AS ids ON ids.key_result_id = k.key_result_id AND ids.cycle_id = k.cycle_id
JOIN okr.key_results_daily AS d ON d.key_result_id = ids.named AND d.cycle_id = k.cycle_id
WHERE k.cycle_end < k.as_of AND d.as_of BETWEEN k.cycle_start AND k.due_on""",
)
DEPENDENCIES = View(
    "dependencies",
    "Key Result of a running cycle whose last check-in says that it needs another team",
    {
        **_WHICH,
        "depends_on": "The team it needs, as written",
        "dependency_confirmed": "Whether that team has agreed; null where nobody said",
        "said_on": "The day of the check-in",
        **_RUN,
    },
    """SELECT k.key_result_id, k.cycle_id, k.statement, k.team,
  n.depends_on, n.dependency_confirmed, n.said_on, k.as_of, k.run_id
FROM okr.key_results AS k JOIN (
  SELECT c.key_result_id, c.cycle_id, c.depends_on, c.dependency_confirmed, c.date AS said_on,
    row_number() OVER (
      PARTITION BY c.key_result_id, c.cycle_id ORDER BY c.date DESC, c.number DESC) AS nth
  FROM okr.check_ins AS c
) AS n ON n.key_result_id = k.key_result_id AND n.cycle_id = k.cycle_id
WHERE n.nth = 1 AND n.depends_on IS NOT NULL
  AND k.cycle_start <= k.as_of AND k.as_of <= k.cycle_end""",
)
VIEWS = (
    *(AT_RISK, FRESHNESS, CONTRIBUTIONS, DEPENDENCIES),
    *(CHANGED_SINCE, CONFIDENCE_OUTCOMES),
)
