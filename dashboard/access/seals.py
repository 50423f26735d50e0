"""Values that leave the server and come back: sealed, so that nobody else can make or change one.

What belongs here: sealing and opening them. What does not: what is sealed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

_MOST = 8192  # characters; a browser keeps no cookie of more than 4,096


def digest(secret: bytes, purpose: str, text: str) -> str:
    """A keyed digest of ``text`` that is of use for one purpose only."""
    return hmac.new(secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def seal(secret: bytes, purpose: str, values: Mapping[str, Any], until: dt.datetime) -> str:
    """``values`` as text that :func:`opened` accepts before ``until``, for the same purpose."""
    told = json.dumps({**values, "until": until.timestamp()}, separators=(",", ":"))
    body = urlsafe_b64encode(told.encode()).decode()
    return f"{body}.{digest(secret, purpose, body)}"


def opened(
    secret: bytes, purpose: str, text: str | None, now: dt.datetime
) -> dict[str, Any] | None:
    """What was sealed; None if it is forged, changed, of another purpose, or expired."""
    if not text or len(text) > _MOST:
        return None
    body, _, seal_of_it = text.rpartition(".")
    if not equal(seal_of_it, digest(secret, purpose, body)):
        return None
    values: dict[str, Any] = json.loads(urlsafe_b64decode(body))
    return values if now.timestamp() < values["until"] else None


def equal(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    first, second = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    return hmac.compare_digest(first, second)
