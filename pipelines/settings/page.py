"""The settings of the page: where it is, who may read it, and which rows only some see.

What belongs here: the keys of ``page:``. What does not: acting on them (``pipelines.cli.page``,
``dashboard.access``).
"""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from pipelines.settings.base import Part
from published.restricted.rights import Restriction

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
Groups = tuple[Annotated[str, Field(min_length=1)], ...]


def _address(value: str, what: str) -> str:
    """An address without user, path or query, encrypted unless it is this machine's."""
    parts = urlsplit(value.rstrip("/"))
    is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise ValueError(f"{value!r} is no {what}; write it as https://…")
    if parts.username or parts.query or parts.fragment:
        raise ValueError(f"{value!r}: a user, a ? or a # must not be part of the {what}.")
    return value


class PageSignIn(Part):
    """Sign-in with an OpenID Connect provider."""

    issuer: str = Field(
        description="The provider's address as it names itself, such as https://login.example.com."
    )
    client_id: str = Field(min_length=1, description="What the provider calls this page.")
    client_secret: SecretStr | None = Field(
        default=None,
        description='The page\'s secret with the provider: "${NAME}" or {file: path}. Omitted for a'
        " public client.",
    )
    groups_claim: str = Field(
        default="groups", min_length=1, description="The claim of the id token with the groups."
    )
    name_claim: str = Field(
        default="email", min_length=1, description="The claim with which decisions are signed."
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "profile", "email"), description="What is asked of the provider."
    )

    @field_validator("issuer")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return _address(value, "issuer")

    @field_validator("scopes")
    @classmethod
    def _has_openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("openid has to be among the scopes.")
        return value


class PageProxy(Part):
    """A proxy that signs people in and names them in a header."""

    secret: SecretStr = Field(
        description='What the proxy sends to be believed: "${NAME}" or {file: path}, 32 characters'
        " or more."
    )
    secret_header: str = Field(default="X-Okr-Proxy-Secret", description="In which header.")
    user_header: str = Field(default="X-Forwarded-User", description="The header with the name.")
    groups_header: str = Field(
        default="X-Forwarded-Groups",
        description="The header with the groups, separated by commas.",
    )


class PageRoles(Part):
    """Which groups may do what. Whoever is in none of them may not even read."""

    viewer: Groups = Field(
        default=(), description="May read. The word everyone stands for whoever can sign in."
    )
    lead: Groups = Field(default=(), description="May read and decide about links and findings.")
    admin: Groups = Field(default=(), description="May read, decide and start runs.")


class PageRestriction(Part):
    """Teams and Key Results that only some groups see."""

    teams: Groups = Field(
        default=(), description="All their Key Results, Objectives and KPIs, past and present."
    )
    key_results: Groups = Field(default=(), description="Ids of Key Results.")
    groups: Groups = Field(
        default=(), description="Who sees them; with none, only the user of the own machine."
    )

    @model_validator(mode="after")
    def _restricts_something(self) -> Self:
        if not self.teams and not self.key_results:
            raise ValueError("a restriction names teams or key_results.")
        return self


class PageToken(Part):
    """A token with which a program reads the API."""

    name: str = Field(min_length=1, description="Who reads with it.")
    sha256: str = Field(
        pattern=r"^[0-9a-fA-F]{64}$", description="Its digest, as okr serve token prints it."
    )
    groups: Groups = Field(default=(), description="Groups it belongs to, for restricted rows.")


class PageSettings(Part):
    """The page that ``okr serve`` opens."""

    address: str | None = Field(
        default=None,
        description="Where readers find the page, such as https://okr.example.com. Needed as soon"
        " as anybody signs in.",
    )
    sign_in: PageSignIn | None = Field(default=None, description="OpenID Connect.")
    proxy: PageProxy | None = Field(default=None, description="In its place: a trusted proxy.")
    roles: PageRoles = PageRoles()
    restricted: tuple[PageRestriction, ...] = Field(
        default=(), description="Rows that only some see; absent everywhere for all others."
    )
    tokens: tuple[PageToken, ...] = Field(default=(), description="Programs that read the API.")
    secret: SecretStr | None = Field(
        default=None,
        description='What sessions are sealed with: "${NAME}" or {file: path}, 32 characters or'
        " more. Default: a file of the data folder that only its owner can read.",
    )
    session_hours: float = Field(
        default=12, gt=0, le=24 * 31, description="After how many hours people sign in again."
    )

    dagster_url: str | None = Field(
        default=None,
        description="Where Dagster's web page is, such as https://dagster.example.com; /tonight"
        " links each run to it.",
    )

    @field_validator("dagster_url")
    @classmethod
    def _leads_to_dagster(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or not value.isprintable():
            raise ValueError(f"{value!r} is no dagster_url; write it as https://…")
        if parts.username is not None or parts.query or parts.fragment or " " in value:
            raise ValueError(
                f"{value!r}: a user, a space, a ? or a # must not be part of the dagster_url."
            )
        return value.rstrip("/")

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if urlsplit(value).path.strip("/"):
            raise ValueError(f"{value!r}: the page has to be at the root of its address.")
        return _address(value, "address").rstrip("/")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.sign_in and self.proxy:
            raise ValueError("either sign_in: or proxy: says who reads, not both.")
        if self.sign_in or self.proxy:
            if self.address is None:
                raise ValueError("address: is needed where people sign in.")
            if not (self.roles.viewer or self.roles.lead or self.roles.admin):
                raise ValueError(
                    "roles: names no group, so nobody could read the page; for whoever can sign in:"
                    " roles: {viewer: [everyone]}"
                )
        return self

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        """The restrictions, as those who read the published tables know them."""
        return tuple(Restriction(one.groups, one.teams, one.key_results) for one in self.restricted)

    @property
    def signs_in(self) -> bool:
        """Whether readers are known by more than being on this machine."""
        return self.sign_in is not None or self.proxy is not None
