"""Formatting: the text of a cell from its value, number format and locale.

What belongs here: numbers, percentages, exponents, dates, times, durations (``[h]``, ``[m]``,
``[s]``), literals, currencies in brackets, and sections by sign. What does not: parsing typed
values (``google.entry``). Patterns are in the user's notation: always with ``.`` for decimals and
``,`` for groups, regardless of the locale.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.server.google.sheets.locales import Locale

EPOCH = datetime.fromisoformat("1899-12-30T00:00:00")
_LONGEST_WHOLE = 1e15
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[[A-Za-z]+\d*\]')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_TIME_TOKEN = re.compile(
    r'"[^"]*"|\\.|\[(?:h+|m+|s+)\]|y+|m+|d+|h+|s+|\.0+|am/pm|a/p|.', re.IGNORECASE | re.DOTALL
)
_DIGITS = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*)?,*|\.[0#?]+,*")


def format_type(pattern: str) -> str:
    """The API's type of a pattern: NUMBER, PERCENT, DATE..."""
    bare = re.sub(r'"[^"]*"|\\.', "", pattern)
    if _ELAPSED.search(bare):
        return "TIME"
    currency = "[$" in bare or any(sign in bare for sign in "$€£")
    bare = re.sub(r"\[[^\]]*\]", "", bare)
    if re.search("e[+-]", bare, re.IGNORECASE):
        return "SCIENTIFIC"
    if re.search("[yd]", bare, re.IGNORECASE):
        return "DATE_TIME" if re.search("[hs]", bare, re.IGNORECASE) else "DATE"
    if re.search("[hs]", bare, re.IGNORECASE):
        return "TIME"
    if re.search("m", bare, re.IGNORECASE):
        return "DATE"
    if "%" in bare:
        return "PERCENT"
    if currency:
        return "CURRENCY"
    return "TEXT" if bare.strip() == "@" else "NUMBER"


def to_serial(value: date | datetime | timedelta) -> float:
    """Days since 1899-12-30, whole days as int; datetimes are naive, as in a sheet."""
    if isinstance(value, timedelta):
        days = value / timedelta(days=1)
    elif isinstance(value, datetime):
        days = (value - EPOCH) / timedelta(days=1)
    else:
        days = float(value.toordinal() - EPOCH.toordinal())
    return int(days) if days == int(days) else days


def show_number(number: float, pattern: str | None, locale: Locale) -> str:
    """A formatted number; without a pattern, with up to ten significant digits."""
    if pattern is None:
        if float(number).is_integer() and abs(number) < _LONGEST_WHOLE:
            return str(int(number))
        return f"{number:.10g}".replace(".", locale.decimal)
    if format_type(pattern) in ("DATE", "TIME", "DATE_TIME"):
        return _show_time(number, pattern, locale)
    section, shown = _section(number, pattern)
    return _show_section(shown, section, locale)


def show_text(text: str, pattern: str | None) -> str:
    """A formatted text: only a fourth section of the pattern changes it."""
    sections = _split_sections(pattern or "")
    if len(sections) < 4:
        return text
    return _literals(sections[3]).replace("@", text)


def show_bool(value: bool, locale: Locale) -> str:
    """TRUE or FALSE in the locale's language."""
    return locale.true if value else locale.false


def _split_sections(pattern: str) -> list[str]:
    return re.findall(r'((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)', pattern)[: pattern.count(";") + 1]


def _section(number: float, pattern: str) -> tuple[str, float]:
    """The section of the pattern for the number's sign, and the number that it formats."""
    sections = _split_sections(pattern)
    if number == 0 and len(sections) > 2:
        return sections[2], number
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    return sections[0], number


def _show_section(number: float, section: str, locale: Locale) -> str:
    masked, literals = _mask(section)
    exponent = re.search(r"[Ee]([+-])(0+)", masked)
    scaled = Decimal(repr(float(number))) * (100 if "%" in masked else 1)
    power = ""
    if exponent:
        scale = scaled.adjusted() if scaled else 0
        scaled = scaled.scaleb(-scale)
        sign = "-" if scale < 0 else ("+" if exponent[1] == "+" else "")
        power = f"E{sign}{abs(scale):0{len(exponent[2])}d}"
        masked = masked.replace(exponent[0], "\ue001")
    digits = _DIGITS.search(masked)
    if digits:
        shown = _show_digits(abs(scaled), digits[0], locale)
        rest = masked[digits.end() :]
        before = masked[: digits.start()]
        masked = f"{'-' if scaled < 0 else ''}{before}{shown}{rest}"
    masked = masked.replace("\ue001", power).replace("General", f"{number:.10g}")
    return _unmask(masked, literals)


def _show_digits(number: Decimal, mask: str, locale: Locale) -> str:
    """The digits of a number without its sign, by a mask such as ``#,##0.00``."""
    thousands = len(mask) - len(mask.rstrip(","))
    whole_mask, _, part_mask = mask.rstrip(",").partition(".")
    number = number / (Decimal(1000) ** thousands)
    rounded = number.quantize(Decimal(1).scaleb(-len(part_mask)), ROUND_HALF_UP)
    whole, _, part = f"{rounded:f}".partition(".")
    least = whole_mask.count("0")
    whole = whole.lstrip("0").rjust(least, "0")
    if "," in whole_mask:
        whole = _grouped(whole, locale.group)
    while part and part_mask[len(part) - 1] == "#" and part.endswith("0"):
        part = part[:-1]
    return whole + (locale.decimal + part if part else "")


def _grouped(whole: str, sign: str) -> str:
    head = len(whole) % 3
    parts = [whole[:head]] if head else []
    return sign.join(parts + [whole[at : at + 3] for at in range(head, len(whole), 3)])


def _mask(section: str) -> tuple[str, list[str]]:
    """The section with placeholders for its literals, and the literals."""
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(next((part for part in match.groups() if part is not None), ""))
        return "\ue000"

    return re.sub(r"_.|\*.", " ", _LITERAL.sub(keep, section)), literals


def _unmask(text: str, literals: Sequence[str]) -> str:
    for literal in literals:
        text = text.replace("\ue000", literal, 1)
    return text


def _literals(section: str) -> str:
    return _unmask(*_mask(section))


def _show_time(serial: float, pattern: str, locale: Locale) -> str:
    pattern = _split_sections(pattern)[0]
    tokens = _TIME_TOKEN.findall(pattern)
    fraction = next((len(token) - 1 for token in tokens if re.fullmatch(r"\.0+", token)), 0)
    unit = Decimal(1).scaleb(-fraction)
    seconds = (Decimal(repr(float(serial))) * 86400).quantize(unit, ROUND_HALF_UP)
    sign = "-" if seconds < 0 and _ELAPSED.search(pattern) else ""
    if _ELAPSED.search(pattern):
        seconds = abs(seconds)
    moment = EPOCH + timedelta(seconds=float(seconds))
    half_day = any(token.lower() in ("am/pm", "a/p") for token in tokens)
    shown = []
    for place, token in enumerate(tokens):
        kind = _kind(tokens, place)
        shown.append(_show_token(token, kind, moment, seconds, locale, half_day))
    return sign + "".join(shown)


def _kind(tokens: Sequence[str], place: int) -> str:
    """The kind of a token; ``m`` is minutes next to hours or seconds, otherwise months."""
    token = tokens[place].lower()
    if not token.startswith("m"):
        return token[0]
    letters = [each.strip("[]").lower()[:1] for each in tokens]
    named = [(at, each) for at, each in enumerate(letters) if each in ("y", "m", "d", "h", "s")]
    order = [at for at, _ in named]
    here = order.index(place)
    before = named[here - 1][1] if here else ""
    after = named[here + 1][1] if here + 1 < len(named) else ""
    return "minute" if before == "h" or after == "s" else "month"


def _show_token(
    token: str, kind: str, moment: datetime, seconds: Decimal, locale: Locale, half_day: bool
) -> str:
    width = len(token)
    if elapsed := _ELAPSED.fullmatch(token):
        unit = {"h": 3600, "m": 60, "s": 1}[elapsed[1][0].lower()]
        return f"{int(seconds // unit):0{len(elapsed[1])}d}"
    if token[0] in '"\\':
        return token.strip('"') if token[0] == '"' else token[1]
    if token.lower() in ("am/pm", "a/p"):
        return ("AM" if moment.hour < 12 else "PM")[: 2 if len(token) > 3 else 1]
    if re.fullmatch(r"\.0+", token):
        return locale.decimal + f"{seconds % 1:f}".partition(".")[2].ljust(width - 1, "0")
    hour = (moment.hour % 12 or 12) if half_day else moment.hour
    numbers = {"h": hour, "minute": moment.minute, "s": moment.second}
    if kind in numbers:
        return f"{numbers[kind]:0{min(width, 2)}d}"
    return _show_calendar(token, kind, moment, locale)


def _show_calendar(token: str, kind: str, moment: datetime, locale: Locale) -> str:
    width = len(token)
    if kind == "y":
        return f"{moment.year:04d}" if width > 2 else f"{moment.year % 100:02d}"
    if kind == "month" and width > 2:
        name = locale.months[moment.month - 1]
        return name if width == 4 else name[: 1 if width > 4 else 3]
    if kind == "d" and width > 2:
        name = locale.days[moment.weekday()]
        return name if width > 3 else name[:3]
    if kind in ("month", "d"):
        return f"{moment.month if kind == 'month' else moment.day:0{width}d}"
    return token
