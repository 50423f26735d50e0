"""Notion's ids: UUIDs of objects, short ids of properties."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from urllib.parse import quote, unquote

_SPACE = uuid.UUID("5d0f3a52-8f0e-4b53-9a55-6f1c0c5a7e11")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:;@[]?{}|~<>^_`="


def notion_id(*names: str) -> str:
    """A UUID derived from names, always the same for the same names."""
    return str(uuid.uuid5(_SPACE, "/".join(names)))


WORKSPACE_ID = notion_id("workspace")
DEFAULT_BOT_ID = notion_id("bot")


def uuid_text(text: str) -> str:
    """The dashed form of an id with or without dashes; ValueError if it is not a UUID."""
    return str(uuid.UUID(text))


def property_ids(properties: Mapping[str, tuple[str, str | None]]) -> dict[str, str]:
    """Assign every property a short id, decoded; ``title`` for the title, as Notion does.

    Args:
        properties: (type, id or None) by property name.
    """
    ids: dict[str, str] = {}
    for name, (kind, given) in properties.items():
        candidate, salt = given or ("title" if kind == "title" else _short(name, 0)), 0
        while candidate in ids.values():
            salt += 1
            candidate = _short(name, salt)
        ids[name] = candidate
    return ids


def encode_property_id(decoded: str) -> str:
    """The form in responses and URLs: ``;oUt`` is ``%3BoUt``."""
    return quote(decoded, safe="")


def decode_property_id(sent: str) -> str:
    """The stored form, whether or not the client encoded it."""
    return unquote(sent)


def _short(name: str, salt: int) -> str:
    digest = hashlib.sha256(f"{salt}:{name}".encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:4])
