"""The part of a data source's schema that decoding its pages needs.

What belongs here: property types, relations and number formats, kept in the cursor: a page has
0.58, and only the schema says that a person sees 58 %. What does not: the properties' values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

# Notion's names of number formats that are currencies, and their ISO 4217 codes.
CURRENCIES: Mapping[str, str] = {
    "argentine_peso": "ARS",
    "australian_dollar": "AUD",
    "baht": "THB",
    "canadian_dollar": "CAD",
    "chilean_peso": "CLP",
    "colombian_peso": "COP",
    "danish_krone": "DKK",
    "dirham": "AED",
    "dollar": "USD",
    "euro": "EUR",
    "forint": "HUF",
    "franc": "CHF",
    "hong_kong_dollar": "HKD",
    "koruna": "CZK",
    "krona": "SEK",
    "leu": "RON",
    "lira": "TRY",
    "mexican_peso": "MXN",
    "new_taiwan_dollar": "TWD",
    "new_zealand_dollar": "NZD",
    "norwegian_krone": "NOK",
    "peruvian_sol": "PEN",
    "philippine_peso": "PHP",
    "pound": "GBP",
    "rand": "ZAR",
    "real": "BRL",
    "ringgit": "MYR",
    "riyal": "SAR",
    "ruble": "RUB",
    "rupee": "INR",
    "rupiah": "IDR",
    "shekel": "ILS",
    "singapore_dollar": "SGD",
    "uruguayan_peso": "UYU",
    "won": "KRW",
    "yen": "JPY",
    "yuan": "CNY",
    "zloty": "PLN",
}
# Results of these functions have the unit of the property that is rolled up.
_KEEPS_UNIT = frozenset({"average", "median", "min", "max", "range", "sum", "show_original"})


class Property(msgspec.Struct, frozen=True, omit_defaults=True):
    """One property of a data source.

    Attributes:
        name: The current name; it may change, the id does not.
        type: Notion's property type.
        format: Number format, where the type is ``number``.
        over: Id of the relation that a rollup goes over.
        of: Id, in the related data source, of the property that is rolled up.
        function: A rollup's function.
        to: Id of the related data source, where the type is ``relation``.
    """

    name: str
    type: str
    format: str | None = None
    over: str | None = None
    of: str | None = None
    function: str | None = None
    to: str | None = None


class Schema(msgspec.Struct, frozen=True):
    """A data source's properties by plain id, and when they were read by the service's clock."""

    title: str
    read_at: datetime
    properties: dict[str, Property]

    def describes(self, page: Mapping[str, Any]) -> bool:
        """Whether ``page`` has exactly these properties, by id, name and type."""
        served = {
            (plain_id(value.get("id")), name, value.get("type"))
            for name, value in _properties(page).items()
        }
        return served == {(key, known.name, known.type) for key, known in self.properties.items()}


class Formats:
    """Number formats across all data sources that are read.

    Args:
        schemas: Data source id → its schema. The format of a rollup over another data source
            follows from both schemas: an average of percentages is a percentage.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def number_format(self, data_source: str, property_id: str) -> str | None:
        """Notion's name of the number format of a property or rollup; None where unknown."""
        schema = self._schemas.get(data_source)
        known = schema.properties.get(plain_id(property_id)) if schema else None
        if known is None or schema is None or known.type != "rollup":
            return known.format if known else None
        relation = schema.properties.get(known.over or "")
        if known.function not in _KEEPS_UNIT or relation is None or relation.to is None:
            return None
        target = self._schemas.get(relation.to)
        rolled_up = target.properties.get(known.of or "") if target else None
        return rolled_up.format if rolled_up else None

    def rollup_relation(self, data_source: str, property_id: str) -> str | None:
        """Plain id of the relation that a rollup goes over; None for anything else."""
        schema = self._schemas.get(data_source)
        known = schema.properties.get(plain_id(property_id)) if schema else None
        return known.over if known else None


def read_schema(data_source: Mapping[str, Any], read_at: datetime) -> Schema:
    """The schema of a data source object as served."""
    title = "".join(run.get("plain_text", "") for run in data_source.get("title") or [])
    properties = {
        plain_id(value["id"]): _property(name, value)
        for name, value in _properties(data_source).items()
    }
    return Schema(title=title, read_at=read_at, properties=properties)


def plain_id(property_id: str | None) -> str:
    """A comparable property id: parts of the API return it URL-encoded, others do not."""
    return unquote(property_id or "")


def _property(name: str, served: Mapping[str, Any]) -> Property:
    kind = str(served.get("type"))
    details = served.get(kind)
    if not isinstance(details, dict):
        details = {}
    if kind == "rollup":
        return Property(
            name=name,
            type=kind,
            over=plain_id(details.get("relation_property_id")),
            of=plain_id(details.get("rollup_property_id")),
            function=details.get("function"),
        )
    if kind == "relation":
        return Property(
            name=name, type=kind, to=details.get("data_source_id") or details.get("database_id")
        )
    return Property(
        name=name, type=kind, format=details.get("format") if kind == "number" else None
    )


def _properties(record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    found = record.get("properties")
    return found if isinstance(found, dict) else {}
