"""Measures over issues that name what no issue has or had: they can match nothing.

What belongs here: finding such words, and saying what there is instead. What does not: the values
(``issue_measures``), and texts that are no measure (``parser``).
"""

from __future__ import annotations

from collections.abc import Iterator

from okr_model.activity.issue_names import CATEGORY, IssueNames, listed
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.measures.issue_measures import IssueRecords, Measure, selected_ever, tests
from okr_model.measures.parser import MOVED_BACK, REOPENED
from okr_model.measures.wording import conditions


def unknown_names(measure: Measure, records: IssueRecords, *, has_values: bool) -> list[Finding]:
    """Findings about words of a measure that mean nothing, or two things.

    Args:
        measure: The measure.
        records: The issues it is evaluated over.
        has_values: Whether it has a value on any day; otherwise the selection as a whole is
            examined, too.
    """
    unknown = [*_unknown(measure, records)]
    if not unknown and not has_values and not selected_ever(measure, records):
        listed = conditions(measure.what.where)
        unknown = [f"no issue ever had {listed} at the same time"]
    doubled = _ambiguous(measure, records.names)
    placeless = _without_category(measure, records)
    return [
        finding
        for key in measure.key_results
        for finding in (
            *(matches_nothing(key, measure.what.text, why) for why in unknown),
            *(_several(key, measure.what.text, why) for why in doubled),
            *(_uncounted(key, measure.what.text, names) for names in placeless),
        )
    ]


def _without_category(measure: Measure, records: IssueRecords) -> list[str]:
    """The statuses whose category a measure of moves would need, and which nothing tells."""
    if measure.what.of not in (REOPENED, MOVED_BACK):
        return []
    log, present = records.log[records.log["column"] == "status"], records.names.present("status")
    passed = {*log["old"].dropna(), *log["new"].dropna()} - {*records.names.categories}
    names = sorted(present.get(one, one).lstrip("=") for one in passed)
    return [", ".join(names)] if names else []


def _uncounted(key: str, text: str, statuses: str) -> Finding:
    return Finding(
        rule=Rule.UNKNOWN_NAME,
        severity="info",
        subject_type="key result",
        subject_id=key,
        sentence=(
            f"A measure of {key} does not count moves from or to statuses in which no issue was"
            f" ever read, because their category is unknown: {statuses}."
        ),
        evidence=text,
    )


def _unknown(measure: Measure, records: IssueRecords) -> Iterator[str]:
    names, number = records.names, measure.what.number
    for field in measure.what.fields:
        if field in records.fields.faults:
            yield records.fields.faults[field]
    if number in records.fields.ids:
        held = records.fields.number_spells(number)
        if held["value"].isna().all():
            yield f"no issue ever had a number in “{number}”"
    for column, words in _words(measure):
        if column in records.fields.faults:
            continue
        for word in names.unknown(column, words):
            held = _held(column, word)
            yield f"no issue {held}; {listed(names.names(column))}"


def _ambiguous(measure: Measure, names: IssueNames) -> Iterator[str]:
    for column, words in _words(measure):
        for word in words:
            former = names.ambiguous(column, word)
            if former:
                now = ", ".join(names.ids(column, [word]))
                yield (
                    f"“{word}” is read as what is called so now ({now}), and not as what was once"
                    f" called so: {', '.join(former)}"
                )


def _words(measure: Measure) -> list[tuple[str, tuple[str, ...]]]:
    states = [("status", (state,)) for state in measure.what.states or ()]
    return [*dict.fromkeys([*states, *tests(measure.what)])]


def _held(column: str, word: str) -> str:
    if column == "status":
        return f"was ever in “{word}”"
    if column == CATEGORY:
        return f"can be in the status category “{word}”"
    return f"ever had the {column.replace('_', ' ')} “{word}”"


def matches_nothing(key: str, text: str, why: str) -> Finding:
    """The finding for a measure that can match nothing, with the reason."""
    return Finding(
        rule=Rule.UNKNOWN_NAME,
        severity="warning",
        subject_type="key result",
        subject_id=key,
        sentence=f"A measure of {key} can match nothing: {why}. Correct it.",
        evidence=text,
    )


def _several(key: str, text: str, why: str) -> Finding:
    return Finding(
        rule=Rule.AMBIGUOUS_NAME,
        severity="info",
        subject_type="key result",
        subject_id=key,
        sentence=f"In a measure of {key}, {why}. Write the id of the one that is meant.",
        evidence=text,
    )
