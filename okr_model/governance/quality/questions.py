"""The questions that are asked of a line beside whether it is an outcome.

What belongs here: measurable, bounded, plain, and of Objectives aim and qualitative. What does
not: outcome or output (``outcome``), one thing or several (``one_thing``), the words (``lexicon``).
"""

from __future__ import annotations

import re

from okr_model.governance.quality.figures import has_value, head_noun, noun_end
from okr_model.governance.quality.outcome import first_verb, outcome
from okr_model.governance.quality.verdict import HOLDS, UNKNOWN, Verdict
from okr_model.governance.quality.words_of_line import Line, Part
from okr_model.languages.words import listed

MOST_WORDS = 25
_ABBREVIATION = re.compile(r"[A-Z][a-z]?[A-Z][A-Za-z]?[A-Z]?[A-Z]?s?(?:/[A-Z]{2,4})?$")
_MOST_ABBREVIATIONS = 1
_COMMON = frozenset(
    word.upper()
    for word in listed(
        """KPI; KPIS; OKR; OKRS; KR; NPS; ENPS; CSAT; CRM; ERP; HR; IT; CEO; CFO; CTO; COO; CMO;
        API; SEO; SEA; SEM; UX; UI; ARR; MRR; NRR; ROI; FAQ; PDF; SQL; MQL; MQLS; SQLS; DAU;
        WAU; MAU; B2B; B2C; D2C; Q1; Q2; Q3; Q4; H1; H2; FY; EU; US; USA; UK; UN; EUR; USD; GBP;
        CHF; DACH; EMEA; APAC; ISO; SOC; SSO; GDPR; VAT; AWS; CMS; MVP; QA; PR; TV; VIP; AI; ML;
        ID; SMS; SAP; VPN; PC; LTD; INC; LLC; EBITDA; EBIT; CAC; LTV; CLV; SLA; SLAS; CLI; IOS;
        QR; URL; WEB; APP; AND; OR; THE; SDR; SDRS; P0; P1; P2; P95; P99; CO2; CI; CD; A/B; MS;
        OK; AG; DSGVO; KI; TÜV; BI; RFP; R&D; IPO; CFOS; II; III; IV; VI; VII; VIII; IX"""
    )
)
"""Abbreviations that are common in any office."""


def measurable(line: Line) -> Verdict:
    """Whether the line holds a figure from which its value can be computed.

    A rhythm alone ("weekly") is not decided.
    """
    if line.measured or has_value(line.parts):
        return HOLDS
    if any("rhythm" in part.tags for part in line.parts):
        return UNKNOWN
    first = first_verb(line)
    return Verdict(
        False, line.text if first is None else line.words(first, _object_end(line, first))
    )


def bounded(line: Line) -> Verdict:
    """Whether somebody could say at the end of the cycle that it is met.

    A figure bounds, and so does a definite thing to make. A direction, something without an end,
    and plurals without a number do not.
    """
    parts = line.parts
    if line.measured:
        return HOLDS
    endless = next((at for at, part in enumerate(parts) if "endless" in part.tags), None)
    if endless is not None:
        return Verdict(False, parts[endless].word)
    if any(part.value and "share_word" not in part.tags for part in parts):
        return HOLDS
    if any("rhythm" in part.tags for part in parts):
        return HOLDS
    first = first_verb(line)
    if first is None:
        return _bounded_noun(line)
    tags = parts[first].tags
    if has_value(parts):
        return HOLDS
    end = _object_end(line, first)
    if "open" in tags or tags & {"change", "change-ing", "comparative"}:
        return Verdict(False, line.words(first, end))
    if outcome(line).holds:
        return Verdict(False, line.words(first, end))
    if _is_indefinite(parts[first + 1 : end + 1]):
        return Verdict(False, line.words(first, end))
    return HOLDS


def _bounded_noun(line: Line) -> Verdict:
    parts = line.parts
    if has_value(parts) or any("make-ed" in part.tags for part in parts):
        return HOLDS
    if any("comparative" in part.tags for part in parts) or outcome(line).holds:
        return Verdict(False, line.text)
    end = noun_end(parts, 0) - 1
    if _is_indefinite(parts[: end + 1]):
        return Verdict(False, line.words(0, max(end, 0)))
    return HOLDS


def _is_indefinite(nouns: tuple[Part, ...]) -> bool:
    """Whether nouns are a plural without article or a material: "guides", "documentation"."""
    words = [part for part in nouns if part.kind == "word"]
    if not words or any("determiner" in part.tags for part in words):
        return False
    if words[0].text[0].isupper() and len(words) == 1 and "product" not in words[0].tags:
        return False  # a name: "Implement Jenkins"
    last = words[-1]
    if last.word.isupper():
        return False
    plural = last.word.endswith("s") and not last.word.endswith(("ss", "us", "is"))
    return (plural and last.text[1:].islower()) or "mass" in last.tags


def _object_end(line: Line, first: int) -> int:
    return max(first, noun_end(line.parts, first + 1) - 1)


def plain(line: Line) -> Verdict:
    """Whether a colleague of another department understands the line at the first reading."""
    parts = line.parts
    words = [part for part in parts if part.kind == "word"]
    for at, part in enumerate(parts):
        if "buzz" in part.tags:
            return Verdict(False, line.words(at, at))
    if sum(1 + part.word.count(" ") for part in words) > MOST_WORDS:
        return Verdict(False, " ".join(line.text.split()[:8]) + " …", "length")
    odd = [part for part in words if _is_odd(part)]
    names = {part.text for part in odd}
    if len(names) > _MOST_ABBREVIATIONS and sum(part.text.isupper() for part in words) < len(words):
        return Verdict(False, ", ".join(dict.fromkeys(part.text for part in odd)), "abbreviations")
    return HOLDS


def _is_odd(part: Part) -> bool:
    """Whether it is an abbreviation that is not common in any office."""
    if not _ABBREVIATION.match(part.text):
        return False
    return any(
        each.upper().removesuffix("S") not in _COMMON and each.upper() not in _COMMON
        for each in part.text.split("/")
    )


def qualitative(line: Line) -> Verdict:
    """Whether an Objective goes without a figure."""
    for at, part in enumerate(line.parts):
        if part.value and "share_word" not in part.tags:
            return Verdict(False, line.words(at, min(at + 1, len(line.parts) - 1)))
        if "doubling" in part.tags:
            return Verdict(False, part.text)
    return HOLDS


def aim(line: Line) -> Verdict:
    """Whether it says what shall be so, instead of what to build, launch or finish.

    Verbs that serve both ("build trust", "build the portal") are told by their noun.
    """
    parts = line.parts
    first = first_verb(line)
    if first is None:
        done = next((at for at, part in enumerate(parts) if "make-ed" in part.tags and at), None)
        return HOLDS if done is None or len(parts) > done + 2 else Verdict(False, line.text)
    tags = parts[first].tags
    if not tags & {"make", "make-ing", "make-ed"} or (
        tags & {"change", "reach"} and "hard" not in tags
    ):
        return HOLDS
    kind, _ = head_noun(line, first + 1)
    end = max(noun_end(parts, first + 1) - 1, first)
    if "hard" not in tags and kind != "product":
        return HOLDS
    if "hard" not in tags and any("aim" in part.tags for part in parts[first + 1 : end + 1]):
        last = parts[end].tags
        if "aim" in last or "product" not in last:
            return HOLDS
    return Verdict(False, line.words(first, end))
