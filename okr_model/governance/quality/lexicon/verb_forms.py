"""Forms of verbs, where they are regular.

What belongs here: from the form that a lexicon lists to the others that occur in lines. What does
not: irregular forms, which are listed.
"""

from __future__ import annotations

from collections.abc import Iterator

_PAST = {
    "fr": {"er": "é ée és ées", "ir": "i ie is ies"},
    "es": {"ar": "ado ada ados adas", "er": "ido ida idos idas", "ir": "ido ida idos idas"},
    "pt": {"ar": "ado ada ados adas", "er": "ido ida idos idas", "ir": "ido ida idos idas"},
    "it": {"are": "ato ata ati ate", "ire": "ito ita iti ite"},
}


def forms_of(verb: str, language: str) -> Iterator[tuple[str, str]]:
    """The forms of a verb, each with the end of its tag: none for the one that is listed.

    English has ``-s``, ``-ing`` and ``-ed``; the Romance languages the past participle, ``-ed``.
    """
    yield "", verb
    if language == "en":
        yield from _english(verb)
    first, _, rest = verb.partition(" ")
    for ending, past in _PAST.get(language, {}).items():
        if first.endswith(ending) and not rest:
            for each in past.split():
                yield "-ed", first.removesuffix(ending) + each


def _english(verb: str) -> Iterator[tuple[str, str]]:
    first, _, rest = verb.partition(" ")
    rest = f" {rest}" if rest else ""
    stem = first[:-1] if first.endswith("e") and not first.endswith("ee") else first
    soft = first[:-1] + "ie" if first.endswith("y") and first[-2] not in "aeiou" else first
    yield "-s", soft + ("es" if first.endswith(("s", "x", "ch", "sh", "z")) else "s") + rest
    for each in {stem, stem + stem[-1]} if _doubles(first) else {stem}:
        yield "-ing", each + "ing" + rest
        yield "-ed", (soft + "d" if soft != first else each + "ed") + rest


def _doubles(verb: str) -> bool:
    """Whether the last letter may be doubled: plan, planned."""
    return verb[-1] in "bdgklmnprt" and verb[-2] in "aeiou" and verb[-3:-2] not in "aeiou"
