"""References: the Key Results that a record's own texts name, with the words that do so.

What belongs here: finding exact Key Result ids in prose, labels, properties and addresses, once per
changed record, when it lands. What does not: whether such a Key Result exists and whether the claim
counts; :mod:`okr_model.links.resolve` decides that.

An id counts only if it is delimited: ``KR-12`` is named by ``(KR-12)``, ``KR-12's`` and
``KR-12/KR-13``, not by ``KR-120``, ``XKR-12``, ``KR-12-b``, ``KR-12.5`` or ``page#KR-12``. Within
an address it counts only as a whole segment of the path, never in the query or the fragment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypedDict

from okr_model.languages.folding import same_id
from okr_model.links.record_urls import record_address

Role = Literal["text", "label", "property", "link"]

SNIPPET_LENGTH = 120

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")
# These never occur within an id: "KR-12–KR-15" names two, as "KR-12 - KR-15" does.
_SEPARATING_DASHES = "\u2012\u2013"
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԚԜаеѕіјкорсухԛԝ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧικνορυχ",
    "ABESIJKMHOPCTYXQWaesijkopcyxqw" + "ABEZHIKMNOPTYXikvopux",
)
# Kana, Chinese and Hangul are written without spaces, so they delimit a word.
_WORD = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_DELIMITER = re.compile(r"[\s<>\"'()\[\]{}|]")
_LONGEST_ADDRESS = 2000
# It begins where a run of such signs does: at every sign, it took quadratic time.
_ADDRESS_START = re.compile(
    r"(?<![a-z0-9+.-])[0-9+.-]*[a-z][a-z0-9+.-]*://|(?<![\w.])www\.", re.IGNORECASE
)
_BARE_ADDRESS = re.compile(r"https?://[^\s<>\"'|\[\]{}]+", re.IGNORECASE)
_SEGMENT_END = re.compile(rf"[/?#]|[.,;:!?]*(?:{_DELIMITER.pattern}|\Z)")
_LONGER_BEFORE = re.compile(r"\w[-.@#]")
_LONGER_AFTER = re.compile(r"[-.@]\w")
# Patterns such as (\w+)+ backtrack exponentially on texts that almost match.
_NESTED_REPETITION = re.compile(r"\((?:\?:)?(?:\\.|\[[^\]]*\]|[^\\(\[])[+*]\)[+*{]")


SCHEME = 3
"""Version of the extraction rules; a lake written by another version extracts references again."""


class Reference(TypedDict):
    """One place in a record that names a Key Result, or that should name one but is unreadable.

    ``text`` is at most 120 characters around the id. ``key`` is the id in upper case; "" if a
    property holds something else, or if the id is ``suspect``: spelt with look-alike characters
    of another script. For an address it may also be the record that the address opens (see
    :func:`okr_model.links.record_urls.record_address`), which may be a Key Result's own record.
    """

    role: Role
    field: str
    text: str
    key: str
    suspect: bool


def extract_references(
    texts: Iterable[Sequence[Mapping[str, str | None]] | None], key_pattern: str
) -> list[list[Reference]]:
    r"""Find the Key Results that each record names.

    Args:
        texts: For each record its texts as ``role``, ``field``, ``text``
            (see :data:`connectors.records.TEXTS`), or None where it has none.
        key_pattern: Regular expression of a whole id, such as ``KR-\d+``. Case, full-width
            characters, kinds of hyphen and invisible characters are ignored.

    Returns:
        For each record, in order, its references: each id once per role and field. A property
        that holds text but no id yields one reference with key "".

    Raises:
        ValueError: If the pattern cannot be used; the message says what to do.
    """
    pattern = compile_key_pattern(key_pattern)
    look_alikes = _LOOK_ALIKES if key_pattern.isascii() else {}
    return [_references_of(record or (), pattern, look_alikes) for record in texts]


@lru_cache(maxsize=16)
def compile_key_pattern(key_pattern: str) -> re.Pattern[str]:
    """Compile an organization's id pattern so that it matches only between non-word characters.

    These boundaries also keep most careless patterns from backtracking exponentially; a repetition
    directly within a repetition, where they do not help, is refused.

    Raises:
        ValueError: If the pattern is broken, matches nothing at all, is anchored, or repeats a
            repetition; the message says what to do.
    """
    try:
        re.compile(key_pattern)
        pattern = re.compile(rf"(?<!{_WORD})(?:{key_pattern})(?!{_WORD})", re.IGNORECASE)
    except re.error as error:
        raise _refusal(key_pattern, f"is not a regular expression ({error})") from None
    if re.search(key_pattern, ""):
        raise _refusal(key_pattern, "matches an empty text")
    if key_pattern.startswith(("^", r"\A")) or re.search(r"(?<!\\)\$$|\\Z$", key_pattern):
        raise _refusal(key_pattern, "is anchored, so it would find no id within a sentence")
    if _NESTED_REPETITION.search(key_pattern):
        raise _refusal(key_pattern, "repeats a repetition, which can take forever")
    return pattern


def canonical_key(text: str) -> str:
    """The canonical spelling of an id: plain characters, plain hyphens, upper case."""
    return same_id(text).upper()


def _refusal(key_pattern: str, reason: str) -> ValueError:
    return ValueError(
        f"key_pattern {key_pattern!r} {reason}. "
        r"Write the shape of one whole id, such as 'KR-\d+'."
    )


def _references_of(
    record: Sequence[Mapping[str, str | None]],
    pattern: re.Pattern[str],
    look_alikes: Mapping[int, int],
) -> list[Reference]:
    found: dict[tuple[str, str, str, str], Reference] = {}
    for entry in record:
        for reference in _references_in(entry, pattern, look_alikes):
            doubtful = "" if reference["key"] else reference["text"]
            identity = (reference["role"], reference["field"], reference["key"], doubtful)
            found.setdefault(identity, reference)
    return list(found.values())


def _references_in(
    entry: Mapping[str, str | None], pattern: re.Pattern[str], look_alikes: Mapping[int, int]
) -> list[Reference]:
    shown = _plain(entry["text"] or "")
    hyphenated = shown.translate(_HYPHENS)
    searched = hyphenated.translate(look_alikes)
    references: list[Reference] = []
    for start, end, key in _keys_in(searched, shown, pattern):
        suspect = searched[start:end] != hyphenated[start:end]
        references.append(
            _reference(entry, _snippet(shown, start, end), "" if suspect else key, suspect)
        )
    if entry["role"] == "text":
        references += _addresses_in(entry, shown)
    if entry["role"] in ("link", "property") and (record := record_address(entry["text"] or "")):
        references.append(_reference(entry, _snippet(shown, 0, 0), record, suspect=False))
    if not references and entry["role"] == "property" and shown.strip():
        references.append(_reference(entry, _snippet(shown, 0, 0), "", suspect=False))
    return references


def _addresses_in(entry: Mapping[str, str | None], shown: str) -> Iterator[Reference]:
    """The records that bare addresses within prose open; only forms that can open a record."""
    if "://" not in shown:
        return
    for match in _BARE_ADDRESS.finditer(shown):
        address = match[0].rstrip(".,;:!?*_")
        if "(" not in address:
            address = address.rstrip(").,;:!?*_")
        record = record_address(address)
        if record and (record.startswith("@notion/") or "/browse/" in record):
            text = _snippet(shown, match.start(), match.start() + len(address))
            yield _reference(entry, text, record, suspect=False)


def _reference(entry: Mapping[str, str | None], text: str, key: str, suspect: bool) -> Reference:
    role: Role = entry["role"]  # type: ignore[assignment]  # records.TEXTS knows just these roles
    return Reference(role=role, field=entry["field"] or "", text=text, key=key, suspect=suspect)


def _plain(text: str) -> str:
    """Compatibility characters folded, invisible ones removed, digits of any script as 0-9."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    return re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), folded)


def _keys_in(searched: str, shown: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and id of every delimited id; within addresses only whole path segments."""
    for match in pattern.finditer(searched):
        start, end = match.span()
        before = _DELIMITER.split(searched[max(0, start - _LONGEST_ADDRESS) : start])[-1]
        may_be = "://" in before or "www." in before.lower()
        address = _ADDRESS_START.search(before) if may_be else None
        if address:
            alone = _is_path_segment(before[address.end() :], searched, end)
        else:
            alone = not _within_longer_word(searched, shown, start, end)
        if alone:
            yield start, end, match[0].upper()


def _is_path_segment(path: str, searched: str, end: int) -> bool:
    """Whether an id after host and ``path``, up to ``end``, is a whole segment of the path."""
    in_path = path.endswith("/") and not re.search(r"[?#]", path)
    return in_path and bool(_SEGMENT_END.match(searched, end))


def _within_longer_word(searched: str, shown: str, start: int, end: int) -> bool:
    before = start >= 2 and shown[start - 1] not in _SEPARATING_DASHES
    after = end < len(shown) and shown[end] not in _SEPARATING_DASHES
    return bool(
        (before and _LONGER_BEFORE.match(searched, start - 2))
        or (after and _LONGER_AFTER.match(searched, end))
    )


def _snippet(text: str, start: int, end: int) -> str:
    """At most 120 characters around a match, with truncation marked and white space collapsed."""
    room = max(0, SNIPPET_LENGTH - (end - start) - 2) // 2
    first = max(0, start - room)
    last = min(len(text), max(end + room, first + SNIPPET_LENGTH - 2))
    piece = " ".join(text[first:last].split())
    piece = ("…" if first else "") + piece + ("…" if last < len(text) else "")
    return piece[:SNIPPET_LENGTH]
