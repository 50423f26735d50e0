"""Fields of a site, and resolving the names that people use to ids.

What belongs here: field metadata. What does not: field values (``cells``).

Field names are not unique in Jira; an ambiguous name is an error, never a guess.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.errors import ConfigurationError, MissingError

_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of the site.

    Attributes:
        id: Jira's own id: ``customfield_10042``, ``duedate``.
        name: The name that people see.
        type: ``string``, ``number``, ``option``, ``user``, ``date``, ``array``, ...
        items: Type of the items of an ``array``.
        custom: Whether it is a custom field.
        maker: Type key of a custom field, such as ``com.pyxis.greenhopper.jira:gh-epic-link``.
        only_measured: Whether only measures need it; its words are no evidence for links then.
    """

    id: str
    name: str
    type: str = ""
    items: str = ""
    custom: bool = False
    maker: str = ""
    only_measured: bool = False

    @property
    def kind(self) -> str:
        """Its type in words, such as ``array of option``."""
        return f"{self.type} of {self.items}" if self.items else self.type or "untyped"


class _Schema(msgspec.Struct):
    type: str = ""
    items: str = ""
    custom: str = ""


class _Listed(msgspec.Struct):
    id: str
    name: str = ""
    custom: bool = False
    schema: _Schema | None = None


def read_fields(listed: Any) -> list[Field]:
    """The fields in a response of ``/field``."""
    found = msgspec.convert(listed, list[_Listed])
    return [
        Field(one.id, one.name, schema.type, schema.items, one.custom, schema.custom)
        for one in found
        for schema in (one.schema or _Schema(),)
    ]


def resolve(
    wanted: Sequence[str], known: Sequence[Field], last: Sequence[Field] = ()
) -> tuple[Field, ...]:
    """The fields that ``wanted`` names, by id first, then by case-insensitive name.

    Args:
        wanted: Names or ids.
        known: The fields of the site.
        last: Those that were found the last time. One that still has its name is still meant,
            whatever else has been called so since.

    Raises:
        MissingError: No field has the name; the message says what became of the one that had it.
        ConfigurationError: Several fields have the name.
    """
    by_id = {one.id: one for one in known}
    found: dict[str, Field] = {}
    for want in wanted:
        id_, plain = want.strip(), _plain(want)
        before = [one for one in last if id_ == one.id or plain == _plain(one.name)]
        same = [by_id[one.id] for one in before if one.id in by_id]
        same = [one for one in same if _plain(one.name) == plain]
        one = by_id.get(id_) or (same[0] if len(same) == 1 else _by_name(want, known, before))
        found[one.id] = one
    return tuple(found.values())


def with_measured(
    fields: Sequence[Field], wanted: Sequence[str], known: Sequence[Field]
) -> tuple[Field, ...]:
    """``fields``, and those that measures name, as far as there are such; all that share a name.

    A name that nothing has is a finding about the measure, never a reason not to read Jira.
    ``sprint`` is the field of that type, whatever it is called.
    """
    found = {one.id: one for one in fields}
    for want in wanted:
        plain = _plain(want)
        same = [one for one in known if _plain(one.id) == plain]
        same = same or [one for one in known if plain == "sprint" and one.maker == _SPRINT]
        same = same or [one for one in known if _plain(one.name) == plain]
        for one in same:
            found.setdefault(one.id, msgspec.structs.replace(one, only_measured=True))
    return tuple(found.values())


def lost(field: Field, known: Sequence[Field]) -> MissingError:
    """What became of a field that is not called as it was at the last pull."""
    now = next((one.name for one in known if one.id == field.id), None)
    if now is not None:
        return MissingError(
            "jira",
            f'The field "{field.name}" ({field.id}) is called "{now}" now.',
            f"Write that name or {field.id} in the settings, or rename it back in Jira.",
        )
    return MissingError(
        "jira",
        f'The field "{field.name}" ({field.id}) is gone; the last complete pull still had it on '
        "Jira's issues.",
        "Restore it in Jira, or name another field in the settings.",
    )


def _by_name(want: str, known: Sequence[Field], before: Sequence[Field]) -> Field:
    plain = _plain(want)
    named = [one for one in known if _plain(one.name) == plain]
    if len(named) == 1:
        return named[0]
    if not named and len(before) == 1:
        raise lost(before[0], known)
    if not named:
        raise MissingError(
            "jira",
            f'There is no field "{want}", or the token\'s owner may not see it.',
            "Check its spelling in the settings, or name it by its id (customfield_…).",
        )
    choices = ", ".join(f"{one.id} ({one.kind})" for one in named)
    raise ConfigurationError(
        "jira",
        f'{len(named)} fields are named "{want}": {choices}.',
        "Name the right one by its id in the settings.",
    )


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
