"""One text with labels, taken apart: ``Changed: … / Why: … / Next: call Ann by 12 Dec (Mei)``.

What belongs here: which part of a text says what. What does not: the words (``languages``), and
what a part means (``content_fields``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from okr_model.languages.check_in_words import (
    DUE_BY,
    SINCE,
    impediment_kind,
    is_confirmed,
    is_done,
    label_fields,
)
from okr_model.languages.folding import fold_case
from okr_model.languages.locales import LANGUAGES, weekday_names
from okr_model.languages.words import listed
from okr_model.quantities.cells import clean_text
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.typed_days import parse_day

_AROUND = " \t\r\n/|;,•·*-–—"
_LONGEST_NAME = 60
_LONGEST_DAY = 30
_MOST_WORDS = 2  # of an answer
_IN_BRACKETS = re.compile(r"\s*\(([^()]{1,120})\)\s*\Z")
_BETWEEN = re.compile(r"\s*[,;]\s*")
_WITHIN_NAMES = frozenset(
    listed("al; bin; da; dal; de; del; den; der; di; du; el; la; van; von; y")
)
_ARTICLES = frozenset(listed("next; on; the; am; den; dem; nächsten; el; le; il; lo; la; o; a"))
_SOME_DAY = date(2026, 6, 15)
_FOLLOWS_NAME = {"impediment": "impediment_owner", "next_action": "action_owner"}
_FOLLOWS = {
    "owner": _FOLLOWS_NAME,
    "due": {"next_action": "action_due"},
    "since": {"impediment": "impediment_since"},
}


class _Part(NamedTuple):
    """What follows one label; ``aside`` stands in brackets between the label and its colon."""

    field: str
    aside: str
    said: str


def has_labels(text: str) -> bool:
    """Whether a text has at least one label of a check-in's content."""
    return ":" in _plain(text) and bool(_parts(text))


def begins_with_label(text: str) -> bool:
    """Whether a text is labelled from its beginning, so that nothing stands outside its labels."""
    first = _labels().match(_plain(text).lstrip())
    return bool(first and not first[0].startswith((".", "!", "?")))


def before_labels(text: str) -> str:
    """What stands before the first label of a text; all of it where it has none."""
    first = _labels().search(_plain(text))
    if first is None:
        return text
    return text[: first.start() + 1].strip(_AROUND) if first.start() else ""


def read_labels(text: str, locale: str | None = None) -> dict[str, str]:
    """What the labels of a text say, by field; empty where it has none.

    A label begins the text, a line, or what follows a slash, a bar, a semicolon or a full stop, and
    ends with a colon. Of several parts with one label the words are joined. Where their owners,
    days or answers differ, the words stay as written, and a day or an answer is all that was said,
    which reads as none.

    >>> read_labels("Why: guides late / Next: ask Ann (Mei)")
    {'cause': 'guides late', 'next_action': 'ask Ann', 'action_owner': 'Mei'}

    Args:
        text: As written, with its line breaks.
        locale: Of the place it stands in.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for part in _with_followers(_parts(text)):
        if part.field in _OF and part.field != "last_action_done":
            _follow(found, part, locale)
        elif one := _read(part, locale):
            found.append((f"{part.aside}: {part.said}" if part.aside else part.said, one))
    return _together(found)


def day_near(text: str, day: date, locale: str | None = None) -> date | None:
    """The day that ``12 Dec`` or ``Friday`` means near another day; None where it names none.

    Args:
        text: A day with or without its year, or a day of the week: then the next one.
        day: The day of the statement.
        locale: Of the place the text stands in.
    """
    plain = clean_text(text).strip(" .,") if len(text) <= _LONGEST_DAY else ""
    if not plain:
        return None
    stated = parse_day(plain, locale)
    if not isinstance(stated, Unreadable):
        return stated
    weekday = _weekday(plain.rpartition(" ")[2], locale)
    if weekday and all(fold_case(word) in _ARTICLES for word in plain.split()[:-1]):
        return day + timedelta(days=(weekday - day.isoweekday() - 1) % 7 + 1)
    years = (day.year, day.year + 1, day.year - 1)
    typed = (parse_day(f"{text.strip()}{gap}{year}", locale) for year in years for gap in ("", " "))
    known = [one for one in typed if not isinstance(one, Unreadable)]
    return min(known, key=lambda one: abs(one - day)) if known else None


def _parts(text: str) -> list[_Part]:
    plain = _plain(text)
    marks = list(_labels().finditer(plain))
    parts: list[_Part] = []
    ends = [*(mark.start() for mark in marks[1:]), *([len(text)] if marks else [])]
    for mark, end in zip(marks, ends, strict=True):
        field = label_fields()[" ".join(fold_case(mark["label"]).split())]
        said = text[mark.end() : end].strip(_AROUND).removesuffix(".")
        if field == "last_action_done" and not _is_answer(plain, mark, said):
            if parts:  # "Done:" before anything but yes or no is a part of what stands before it
                before = parts[-1]
                parts[-1] = before._replace(said=f"{before.said} {mark['label']}: {said}".strip())
            continue
        if said:
            parts.append(_Part(field, (mark["aside"] or "").strip(), said))
    return parts


def _is_answer(plain: str, mark: re.Match[str], said: str) -> bool:
    """Whether a label asks for yes or no; ``Done:`` before a longer text may list anything."""
    first = _first_words(said)
    if is_done(first) is not None or len(mark["label"].split()) > 1:
        return True
    begins_line = mark.start() == 0 or plain[mark.start()] == "\n"
    return begins_line and said == first and 0 < len(said.split()) <= _MOST_WORDS


def _first_words(said: str) -> str:
    """The text up to its first comma or dash: ``yes, on Monday`` says yes."""
    return re.split(r"\s*[,;(–—\n]|\s-\s", said, maxsplit=1)[0]


def _with_followers(parts: Iterable[_Part]) -> list[_Part]:
    """The parts, with ``Owner:``, ``Due:`` and ``Since:`` as what they say of the one before."""
    told: list[_Part] = []
    for part in parts:
        if part.field not in _FOLLOWS:
            told.append(part)
            continue
        fields = (_FOLLOWS[part.field].get(before.field) for before in reversed(told))
        if field := next(filter(None, fields), None):
            told.append(part._replace(field=field))
    return told


def _follow(found: list[tuple[str, dict[str, str]]], part: _Part, locale: str | None) -> None:
    """Add what a part says to the last one it can be about; what is no day also to its words."""
    head = _OF[part.field]
    for place in range(len(found) - 1, -1, -1):
        written, said = found[place]
        if head not in said:
            continue
        kept = said[head]
        is_another = fold_case(said.get(part.field, part.said)) != fold_case(part.said)
        if is_another or (part.field in _DAYS and not day_near(part.said, _SOME_DAY, locale)):
            kept = f"{kept}, {part.said}"
        told = {**said, head: kept, part.field: said.get(part.field, part.said)}
        found[place] = f"{written}, {part.said}", told
        return


def _unread_aside(said: str, before_day: tuple[str, ...]) -> dict[str, str]:
    """Of a last bracket with a day that cannot be read, owner and day; empty where it has none."""
    bracket = _IN_BRACKETS.search(said)
    found: dict[str, str] = {}
    for part in _BETWEEN.split(bracket[1].strip()) if bracket else ():
        if words := _introduced(before_day).match(part):
            found.setdefault("day", part[words.end() :].strip())
        elif _is_name(part):
            found.setdefault("owner", part)
    by_itself = before_day is SINCE or "owner" in found
    return found if found.get("day") and not _is_name(found["day"]) and by_itself else {}


def _read(part: _Part, locale: str | None) -> dict[str, str]:
    field, said = part.field, part.said
    if field == "last_action_done":
        return {field: _first_words(said)}
    if field == "depends_on":
        return _dependency(part)
    if field == "impediment":
        kind, said = (part.aside, said) if part.aside else _leading_kind(said)
        text, asides = _asides(said, SINCE, locale)
        found = {"impediment": text, "impediment_kind": kind}
        found |= {"impediment_owner": asides["owner"], "impediment_since": asides["day"]}
    elif field == "next_action":
        text, asides = _asides(said, DUE_BY, locale)
        found = {"next_action": text, "action_owner": asides["owner"], "action_due": asides["day"]}
        if part.aside and not found["action_owner"] and _is_name(part.aside):
            found["action_owner"] = part.aside
    else:
        found = {field: said}
    return {name: text for name, text in found.items() if text}


def _leading_kind(said: str) -> tuple[str, str]:
    """``dependency: waiting for the API`` and ``(dependency) waiting …`` name their kind first."""
    found = re.match(r"\(([^()]{1,60})\)\s*[:–—-]?\s*|([^\W\d_][\w ]{2,40}):\s*", said)
    word = (found[1] or found[2]).strip() if found else ""
    return (word, said[found.end() :]) if found and impediment_kind(word) else ("", said)


def _dependency(part: _Part) -> dict[str, str]:
    said, answer = part.said, part.aside
    if bracket := _IN_BRACKETS.search(said):
        if is_confirmed(bracket[1]) is not None:
            said, answer = said[: bracket.start()].rstrip(), bracket[1].strip()
    else:
        head, mark, tail = said.rpartition(",")
        if mark and is_confirmed(tail) is not None:
            said, answer = head.rstrip(), tail.strip()
    return {"depends_on": said} | ({"dependency_confirmed": answer} if answer else {})


def _asides(
    said: str, before_day: tuple[str, ...], locale: str | None
) -> tuple[str, dict[str, str]]:
    """The text without the owner and the day at its end, and these; empty where it has none."""
    found = {"owner": "", "day": ""}
    for _ in found:
        bracket = _IN_BRACKETS.search(said)
        inside = _in_brackets(bracket[1], before_day, locale) if bracket else None
        if bracket and inside and not any(inside[name] and found[name] for name in found):
            found = {name: inside[name] or found[name] for name in found}
            said = said[: bracket.start()].rstrip(_AROUND)
            continue
        day = None if found["day"] else _trailing_day(said, before_day, locale)
        if day:
            found["day"], said = said[day.end() :].strip(" ."), said[: day.start()].rstrip(_AROUND)
    return said, found | ({} if any(found.values()) else _unread_aside(said, before_day))


def _in_brackets(
    inside: str, before_day: tuple[str, ...], locale: str | None
) -> dict[str, str] | None:
    """Owner and day that the words in brackets name; None where they say anything else."""
    found = {"owner": "", "day": ""}
    for part in _BETWEEN.split(inside.strip()):
        words = _introduced(before_day).match(part)
        day = part[words.end() :].strip() if words else part
        name = re.sub(r"(?i)^(?:owner|who)\s*:?\s*|^@", "", part)
        if not found["day"] and day_near(day, _SOME_DAY, locale):
            found["day"] = day
        elif not found["owner"] and _is_name(name):
            found["owner"] = name
        else:
            return None
    return found


def _trailing_day(
    said: str, before_day: tuple[str, ...], locale: str | None
) -> re.Match[str] | None:
    """The word before the day that ends a text: ``by`` in ``call Ann by 12 Dec``."""
    tail = max(len(said) - _LONGEST_DAY - 12, 0)
    for word in _within(before_day).finditer(_plain(said), tail):
        if day_near(said[word.end() :], _SOME_DAY, locale):
            return word
    return None


def _is_name(text: str) -> bool:
    """Whether a text looks like a name: some words that all begin with a capital letter."""
    words = text.removeprefix("@").replace("&", " ").split()
    if not words or len(words) > 5 or len(text) > _LONGEST_NAME:
        return False
    capital = (word[0].isalpha() and not word[0].islower() for word in words)
    return all(
        big or word in _WITHIN_NAMES for word, big in zip(words, capital, strict=True)
    ) and not any(letter.isdigit() for letter in text)


def _together(found: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """The parts as one, each with its words as written; see :func:`read_labels`."""
    told: dict[str, list[str]] = {}
    written: dict[str, list[str]] = {}
    for words, part in found:
        written.setdefault(next(iter(part)), []).append(words)
        for field, text in part.items():
            told.setdefault(field, []).append(text)
    joined = {field: "; ".join(dict.fromkeys(told[field])) for field in told if field in _PROSE}
    for field in told.keys() - joined.keys():
        head, texts = _OF[field], told[field]
        parts = written.get(head, [])
        if len({fold_case(text) for text in texts}) == 1 and len(texts) >= len(parts):
            joined[field] = texts[0]
            continue
        if head in _PROSE:
            joined[head] = "; ".join(dict.fromkeys(parts))
        if field not in _NAMES:
            joined[field] = "; ".join(texts) if len(texts) > 1 else f"{texts[0]}; –"
    return {field: joined[field] for field in told if field in joined}


_PROSE = ("changed", "cause", "impediment", "next_action", "adjustment", "depends_on")
_OF = {
    **dict.fromkeys(("impediment_kind", "impediment_owner", "impediment_since"), "impediment"),
    **dict.fromkeys(("action_owner", "action_due"), "next_action"),
    "dependency_confirmed": "depends_on",
    "last_action_done": "last_action_done",
}
_DAYS = ("impediment_since", "action_due")
_NAMES = ("impediment_owner", "action_owner", "impediment_kind")
"""What is left out where it differs: the words as written name it."""


def _weekday(word: str, locale: str | None) -> int | None:
    """The day of the week that a word of at least three letters names; None where it is none."""
    folded = fold_case(word)
    known = {
        weekday_names(language)[folded]
        for language in (*LANGUAGES, *([locale] if locale else []))
        if folded in weekday_names(language)
    }
    return known.pop() if len(known) == 1 and len(folded) > 2 else None


def _plain(text: str) -> str:
    """The text with plain apostrophes and colons, every letter in its place."""
    return text.translate({0x2019: "'", 0xFF1A: ":", 0xA0: " ", 0x202F: " "})


@cache
def _labels() -> re.Pattern[str]:
    words = _any(label_fields())
    return re.compile(
        rf"(?:\A|[\n|;•·]|(?<!/)/(?!/)|[.!?](?=\s))[\s*_#>•·–—-]{{0,8}}(?P<label>{words})[*_]{{0,2}}"
        r"[ \t]{0,3}(?:\((?P<aside>[^()\n]{0,60})\)[ \t]{0,3})?[*_]{0,2}:[*_]{0,2}",
        re.IGNORECASE,
    )


@cache
def _introduced(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{_any(words)})\s*:?\s+", re.IGNORECASE)


@cache
def _within(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any(words)})\s*:?\s+(?=\S)", re.IGNORECASE)


def _any(words: Iterable[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s{1,3}") for word in ordered)
