"""The measures that Key Results declare, in their own records and in the settings.

What belongs here: finding and naming them, in order of precedence. What does not: evaluating them
(``key_results``).
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import same_id
from okr_model.links.claims import current_key
from okr_model.links.references import canonical_key
from okr_model.measures.parser import MeasureText, parse_measure, split_measures
from pipelines.errors import place_of_fault
from pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class DeclaredMeasure:
    """One measure of one Key Result; precedence 0 is preferred to 1.

    Its value of a day is settled, and judged, after ``settle_days`` days.
    """

    key_result_id: str
    what: MeasureText
    precedence: int
    name: str
    settle_days: int = 0


def declared_measures(
    settings: Settings, key_results: pd.DataFrame, aliases: Mapping[str, str]
) -> tuple[list[DeclaredMeasure], pd.DataFrame]:
    """The measures of every Key Result: those of its own record, then those of the settings.

    Args:
        settings: The settings, with ``measures`` and named tables.
        key_results: ``key_result_id, measure, url``.
        aliases: Former id -> current id; the settings may name either.

    Returns:
        The measures, and findings for texts that cannot be parsed.
    """
    texts: dict[str, dict[str, int]] = {}
    faults: list[Finding] = []
    rows = key_results.reindex(columns=["key_result_id", "measure", "url"])
    own = rows[rows["measure"].notna()].drop_duplicates("key_result_id")
    for key, text, url in own.itertuples(index=False, name=None):
        parts = split_measures(str(text))
        complaints = {part: _complaint(settings, part) for part in parts}
        texts[key] = {part: 0 for part in parts if complaints[part] is None}
        faults += [fault(key, part, why, url) for part, why in complaints.items() if why]
    spelled = {same_id(key): str(key) for key in rows["key_result_id"].dropna()}
    wrong = _wrong(settings)
    for each in settings.measures:
        for key in each.key_result:
            faults += [
                _of_settings(key, text, wrong[text]) for text in each.measure if text in wrong
            ]
            now = current_key(canonical_key(key), aliases)
            mine = texts.setdefault(spelled.get(same_id(now), key), {})
            good = (text for text in each.measure if text not in wrong)
            mine |= {text: max(mine.get(text, 0), each.settle_days) for text in good}
    found = [one for key, parts in texts.items() for one in _named(key, parts)]
    return found, findings_frame(faults)


def fault(key_result_id: str, text: str, why: str, url: object = None) -> Finding:
    """The finding for a measure that cannot be used, with the reason."""
    return Finding(
        rule=Rule.UNREADABLE_MEASURE,
        severity="warning",
        subject_type="key result",
        subject_id=key_result_id,
        sentence=(
            f"A measure of {key_result_id} cannot be used: {why.rstrip('.')}. Correct it; its other"
            " measures and readings count until then."
        ),
        evidence=text,
        url=url if isinstance(url, str) else None,
    )


def defect(key_result_id: str, text: str, error: Exception, url: object = None) -> Finding:
    """The finding for a measure on which okr-sync itself failed, without the words of the fault."""
    why = f"okr-sync itself failed on it ({place_of_fault(error)}), which please report"
    return replace(fault(key_result_id, text, why, url), severity="error")


def unknown_key_results(measures: Iterable[DeclaredMeasure], known: Iterable[str]) -> pd.DataFrame:
    """Findings for measures of Key Results that there are not, which only settings can declare."""
    there = set(known)
    texts: dict[str, list[str]] = {}
    for each in measures:
        if each.key_result_id not in there:
            texts.setdefault(each.key_result_id, []).append(each.what.text)
    return findings_frame(
        Finding(
            rule=Rule.UNKNOWN_KEY_RESULT,
            severity="warning",
            subject_type="key result",
            subject_id=key,
            sentence=f"The settings declare a measure of {key}, but no Key Result has that id"
            f"{_close(key, there)}: correct one of them.",
            evidence="; ".join(found),
        )
        for key, found in texts.items()
    )


def _close(key: str, there: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, [*there], n=1)
    return f" (closest is {close[0]})" if close else ""


def _wrong(settings: Settings) -> dict[str, str]:
    """The texts of measures in the settings that cannot be used, each with the reason."""
    texts = dict.fromkeys(text for each in settings.measures for text in each.measure)
    return {text: why for text in texts if (why := _complaint(settings, text))}


def _of_settings(key_result_id: str, text: str, why: str) -> Finding:
    return replace(fault(key_result_id, text, f"in the settings, {why}"), severity="error")


def _complaint(settings: Settings, text: str) -> str | None:
    try:
        settings.check_measure(parse_measure(text))
    except ValueError as error:
        return str(error)
    except Exception as error:  # whatever its text does, it must not stop the others
        return f"okr-sync itself failed on it ({place_of_fault(error)}), which please report"
    return None


def _named(key: str, parts: Mapping[str, int]) -> Iterator[DeclaredMeasure]:
    """The measures of one Key Result, with unique names and the days after which each settles."""
    names: Counter[str] = Counter()
    for number, (text, settle_days) in enumerate(parts.items()):
        what = parse_measure(text)
        name = measure_name(what)
        names[name] += 1
        name = name if names[name] == 1 else f"{name} {names[name]}"
        yield DeclaredMeasure(key, what, number, name, settle_days)


def measure_name(what: MeasureText) -> str:
    """The ``measure`` of the values of a measure, if it is the only one so called."""
    if what.kind in ("cell", "range"):
        return f"{what.source} {what.cell or what.named}"
    if what.kind == "property":
        return f"property {what.of}"
    return what.source if what.kind in ("sql", "check-ins") else f"{what.source} {what.aggregate}"
