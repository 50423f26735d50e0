"""A line as its words, figures and marks.

What belongs here: cutting a line, taking off what stands before and behind it ("KR2:", a bullet, a
note in brackets), and telling figures from dates, versions and names. What does not: judging.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from okr_model.governance.quality.lexicon import NONE, Tags, lexicon_of, tags_of
from okr_model.languages.folding import fold_case

_BEFORE = re.compile(
    r"\s*(?:[-*•–—·▪►>]+\s+|\[[^\]]{0,20}\]\s*|\(?\d{1,2}[.)]\s+|(?:done|todo|goal|target):\s*"
    r"|(?:KR|O|Obj(?:ective)?|Key Result|SK|RC|ER)\s?[-#.]?\s?\d+(?:[.\-]\d+)*\s*[:.)–—-]*\s+)+",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\s*[\[(][^\])]*[\])]")
_PART = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.(?:\d{2,4})?(?!\d)|\d{1,2}/\d{1,2}/\d{2,4}|24/7"
    r"|1:1s?)"
    r"|(?P<figure>(?:[€$£¥]\s?)?\d+(?:[.,'’:\u00a0\u202f ]\d{3}(?!\d)|[.,:]\d+)*"
    r"(?:\s?[%€$£]|[^\W\d_]{1,5}\b)?\+?)"
    r"|(?P<arrow>[-=–—]+>|→|⇒|➔)|(?P<sign>[<>≥≤~±]=?|>=|<=)"
    r"|(?P<word>[^\W\d_][\w’']*(?:[-‑/&][^\W_][\w’']*)*)|(?P<mark>[#%&,;:/+|.–—-])"
)  # fmt: skip
_SCALED = re.compile(
    r"\d ?(?:[kKmMbBxhdsgtw]|mio|mn|bn|mrd|hrs?|mins?|sec|ms|kg|pp|mb|gb|pts)?\+?$"
)
_ELIDED = re.compile(r"(?:l|d|j|qu|n|s|c|dell|all|nell|sull|dall|un)'")
_VERB_LAST = ("de", "nl")
_YEAR = re.compile(r"(?:19|20)\d\d$")


class Part(NamedTuple):
    """One word, figure or mark.

    Attributes:
        kind: ``word``, ``figure``, ``arrow``, ``sign``, ``mark`` or ``other``: a date, a year or a
            number that belongs to a name.
        text: As it was typed.
        word: Folded.
        tags: What it says, see :mod:`okr_model.governance.quality.lexicon`.
        start: Where it stands in the cleaned line.
        end: Where it ends.
        value: Whether it is a figure, in digits or words.
    """

    kind: str
    text: str
    word: str
    tags: Tags
    start: int
    end: int
    value: bool


class Line(NamedTuple):
    """A line that can be judged.

    Attributes:
        text: Without what stands before and without notes in brackets.
        parts: Of the text, in their order; a listed phrase of several words is one part.
        language: Whose words count.
        measured: Whether a field beside the line holds the figure it should arrive at.
    """

    text: str
    parts: tuple[Part, ...]
    language: str
    measured: bool = False

    def words(self, first: int, last: int) -> str:
        """The text from one part to another, both included."""
        parts = self.parts[first : last + 1]
        return self.text[min(part.start for part in parts) : max(part.end for part in parts)]


def read_line(text: str, language: str, *, measured: bool = False) -> Line:
    """Cut a line; ``language`` is one of the lexicon's."""
    plain = " ".join(text.split())
    plain = plain[found.end() :] if (found := _BEFORE.match(plain)) else plain
    plain = _NOTE.sub("", plain).strip() or plain
    found_parts = [
        (match.lastgroup or "", match.group().strip(), match.start(), match.end())
        for match in _PART.finditer(plain)
    ]
    parts = _told(_joined(found_parts, language), language)
    parts = _verb_first(parts) if language in _VERB_LAST else parts
    return Line(plain, tuple(parts), language, measured)


def _verb_first(parts: list[Part]) -> list[Part]:
    """The parts, with a verb at the end of a clause moved to its beginning."""
    ordered: list[Part] = []
    clause: list[Part] = []
    for part in parts:
        if part.tags & {"joins"} or part.text in (",", ";"):
            ordered += [*_moved(clause), part]
            clause = []
        else:
            clause.append(part)
    return ordered + _moved(clause)


def _moved(clause: list[Part]) -> list[Part]:
    verbs = {"make", "change", "reach", "open"}
    for back in (1, 2):
        if len(clause) > back and clause[-back].tags & verbs and not clause[0].tags & verbs:
            last = len(clause) - back
            if clause[last].text[:1].islower():
                return [clause[last], *clause[:last], *clause[last + 1 :]]
    return clause


def _joined(found: list[tuple[str, str, int, int]], language: str) -> list[Part]:
    """The parts with their tags, listed phrases as one part."""
    phrases = lexicon_of(language).phrases
    known = [_known(text, language) for _, text, _, _ in found]
    parts, at = [], 0
    while at < len(found):
        kind, text, start, end = found[at]
        word, tags = known[at]
        for spelled, said in phrases.get(word, ()):
            if tuple([each for each, _ in known[at : at + len(spelled)]]) == spelled:
                at += len(spelled)
                end, word, tags, kind = found[at - 1][3], " ".join(spelled), said, "word"
                break
        else:
            at += 1
        parts.append(Part(kind, text, word, tags, start, end, kind == "word" and "number" in tags))
    return parts


@lru_cache(maxsize=100_000)
def _known(text: str, language: str) -> tuple[str, Tags]:
    """A word folded, and its tags."""
    word = fold_case(text.replace("’", "'"))
    if language in ("fr", "it") and (elided := _ELIDED.match(word)):
        word = word[elided.end() :] or word
    return word, NONE if word[0].isdigit() else tags_of(word, language)


def _told(parts: list[Part], language: str) -> list[Part]:
    """The parts, with dates, years and numbers of names told from figures."""
    for at, part in enumerate(parts):
        if part.kind == "date" or (part.kind == "figure" and _is_name(parts, at, language)):
            parts[at] = part._replace(kind="other")
        elif part.kind == "figure":
            parts[at] = part._replace(value=True)
    return parts


def _is_name(parts: list[Part], at: int, language: str) -> bool:
    """Whether a number is no figure: of a date, a year, an ordinal, a version, a standard."""
    part = parts[at]
    before = parts[at - 1] if at else None
    after = parts[at + 1] if at + 1 < len(parts) else None
    if not part.text.endswith(("%", "€", "$", "£")) and not _SCALED.search(part.text):
        return True  # 1st, 5G, 3D
    if any(near and "month" in near.tags and near.kind == "word" for near in (before, after)):
        return not part.text.endswith("%")
    if before is None:
        return False
    if _YEAR.match(part.word):
        told = after and after.tags & {"unit", "effect", "product", "people"}
        return (
            not told and before.kind not in ("arrow", "sign") and not before.tags & {"from", "to"}
        )
    if before.kind != "word" or part.text.endswith(("%", "€", "$", "£")):
        return False
    if "name" in before.tags and before.word != "score":
        return True
    named = before.text[0].isupper() and at > 1 and not before.tags and not before.text.isupper()
    return named and language != "de"
