"""What must never be shown: credentials, in every form in which a text may carry them.

What belongs here: remembering this process's credentials, and replacing them in texts and bodies.
What does not: where credentials come from (settings, key files, sign-ins), and characters that a
terminal would obey (``pipelines.cli.shared.output``).

One set for the process, because a text that leaves it may carry the credential of any source.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

SHOWN = "<secret>"
"""What stands in place of a secret."""

_LEAST = 8  # shorter ones, and pieces of base64, occur in ordinary words
_KEY_PARTS = ("private_key", "private_key_id", "client_secret", "refresh_token")
_USER_INFO = re.compile(r"(?<=://)[^\s/?#@\"'<>]*:[^\s/?#@\"'<>]*@")
_forms: dict[str, None] = {}


def remember(*secrets: str) -> None:
    """Replace ``secrets`` from now on, wherever :func:`redact` is applied."""
    found = [form for secret in secrets for form in forms_of(secret) if form not in _forms]
    if found:
        # Longest first: a form within another must not leave the rest of it.
        longest = sorted({*_forms, *found}, key=len, reverse=True)
        _forms.clear()
        _forms.update(dict.fromkeys(longest))


def remember_key(path: Path) -> None:
    """Remember what a Google key file holds; nothing if it cannot be read: who signs in says so."""
    try:
        key = json.loads(path.read_bytes())
        remember(*(str(key.get(name) or "") for name in _KEY_PARTS))
    except (OSError, ValueError, AttributeError):
        return


def forms() -> tuple[str, ...]:
    """Every form of every remembered secret, the longest first."""
    return tuple(_forms)


def redact(text: str) -> str:
    """``text`` without any remembered secret, and without user and password in an address."""
    for form in forms():
        if form in text:
            text = text.replace(form, SHOWN)
    return _USER_INFO.sub(f"{SHOWN}@", text) if "@" in text else text


def redact_body(body: bytes) -> bytes:
    """A response's body without any remembered secret; its addresses are left as they are."""
    for form in forms():
        found = form.encode()
        if found in body:
            body = body.replace(found, SHOWN.encode())
    return body


def bare_address(url: str) -> str:
    """An address without the parts that may contain a secret: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else f"{host}{parts.path}"


@cache
def forms_of(secret: str) -> tuple[str, ...]:
    """The ways in which a text may carry ``secret``; none for one too short to be told apart.

    As it is, within a JSON text, percent-encoded, and within base64, where each of the three
    positions that it may start at looks different.
    """
    secret = secret.strip()
    if len(secret) < _LEAST:
        return ()
    quoted = json.dumps(secret)[1:-1]
    forms = {secret, quoted, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms |= {form.replace("/", "\\/") for form in (secret, quoted)}  # as some write JSON
    forms |= {json.dumps(form)[1:-1] for form in tuple(forms)}  # JSON that a JSON text quotes
    forms |= {_lower_case(form) for form in tuple(forms)}
    encoded = [form for form in _within_base64(secret.encode()) if len(form) >= _LEAST]
    forms.update(encoded)
    forms.update(form.translate(_URL_SAFE) for form in encoded)
    forms.update(form.replace("/", "\\/") for form in encoded)
    forms.update(quote(form, safe="") for form in encoded)
    return tuple(sorted(forms))


_URL_SAFE = str.maketrans("+/", "-_")


def _within_base64(secret: bytes) -> Iterable[str]:
    """What any base64 of a text with ``secret`` has, whatever stands before and behind it."""
    for before in range(3):
        whole = b64encode(bytes(before) + secret).decode().rstrip("=")
        first = -(-before * 8 // 6)  # characters that depend on what stands before
        last = len(bytes(before) + secret) * 8 // 6  # and those that depend on what stands behind
        yield whole[first:last]


def _lower_case(form: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form)
