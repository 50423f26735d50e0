"""Signing in by OpenID Connect: authorization code with PKCE.

What belongs here: asking the provider, checking what comes back. What does not: sessions
(``sessions``), pages (``views.sign_in``).

State, nonce and verifier of a sign-in stand in a sealed cookie of the browser that began it, so
that no other can end it; each ends at most one. The id token's signature, issuer, audience, expiry
and nonce are verified with the provider's published keys.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dashboard.access.seals import equal, opened, seal
from dashboard.access.sessions import Clock, Once

LASTS = dt.timedelta(minutes=10)
"""How long a sign-in may take."""
_PURPOSE = "sign-in"
_SECONDS = 10.0  # that the provider may take
_KEYS_AFTER = dt.timedelta(minutes=1)  # at least between two reads of its keys
_FACTS_AFTER = dt.timedelta(hours=1)
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_MOST_GROUPS = 2000


class SignInError(Exception):
    """Why somebody is not signed in, as a sentence for them."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider as the page's settings name it.

    Attributes:
        issuer: Its address, as it names itself.
        client_id: What it calls this page.
        client_secret: The page's secret with it; empty for a public client.
        groups_claim: The claim of the id token that holds the groups.
        name_claim: The claim with which decisions are signed.
        scopes: What is asked for.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    groups_claim: str = "groups"
    name_claim: str = "email"
    scopes: tuple[str, ...] = ("openid", "profile", "email")

    @property
    def host(self) -> str:
        """Its name, as people know it."""
        return urlsplit(self.issuer).netloc


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has signed in."""

    name: str
    groups: tuple[str, ...]
    signed_how: str


class OpenId:
    """Sign-in with one provider.

    Args:
        provider: The provider.
        callback: The address to which it sends people back.
        secret: What is under way is sealed with it.
        clock: The present instant.
    """

    def __init__(self, provider: Provider, callback: str, secret: bytes, clock: Clock) -> None:
        self.provider = provider
        self._callback, self._secret, self._clock = callback, secret, clock
        self._used = Once(clock)
        self._lock = threading.Lock()
        self._facts: tuple[dt.datetime, dict[str, Any]] | None = None
        self._keys: tuple[dt.datetime, dict[str, Any]] | None = None

    def begin(self, next_path: str) -> tuple[str, str]:
        """The address at the provider, and what the browser has to keep until it comes back.

        Raises:
            SignInError: The provider cannot be asked.
        """
        under_way = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        address, _ = self._client().create_authorization_url(
            self._known()["authorization_endpoint"],
            state=under_way["state"],
            nonce=under_way["nonce"],
            code_verifier=under_way["verifier"],
        )
        kept = {**under_way, "next": next_path}
        return address, seal(self._secret, _PURPOSE, kept, self._clock() + LASTS)

    def finish(self, answer: Mapping[str, str], kept: str | None) -> tuple[Identity, str]:
        """Who has signed in, and the path that they wanted.

        Args:
            answer: The parameters with which the provider sent the browser back.
            kept: What the browser kept.

        Raises:
            SignInError: Nobody has.
        """
        under_way = opened(self._secret, _PURPOSE, kept, self._clock())
        if under_way is None or not equal(answer.get("state", ""), under_way["state"]):
            raise SignInError("This sign-in was not begun here, or took too long. Sign in again.")
        if not self._used.use(under_way["state"], self._clock() + LASTS):
            raise SignInError("This sign-in is over already. Sign in again.")
        if answer.get("error") or not answer.get("code"):
            raise SignInError(f"{self.provider.host} did not sign you in. Sign in again.")
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise SignInError("The answer came from another provider. Sign in again.")
        token = self._token(answer["code"], under_way["verifier"])
        claims = self._claims(token, under_way["nonce"])
        return self._identity(claims), str(under_way["next"])

    def _client(self) -> Any:
        # Imported here: a page without sign-in does without it.
        from authlib.integrations.requests_client import OAuth2Session

        provider = self.provider
        return OAuth2Session(
            provider.client_id,
            provider.client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if provider.client_secret else "none",
            scope=" ".join(provider.scopes),
            redirect_uri=self._callback,
            code_challenge_method="S256",
        )

    def _token(self, code: str, verifier: str) -> dict[str, Any]:
        try:
            token = self._client().fetch_token(
                self._known()["token_endpoint"],
                code=code,
                code_verifier=verifier,
                timeout=_SECONDS,
                allow_redirects=False,
            )
        except SignInError:
            raise
        except Exception as error:  # whatever a provider may answer; its words are not ours
            raise self._no_answer(error) from None
        return dict(token)

    def _claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The verified claims of the id token."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        text, now = str(token.get("id_token") or ""), self._clock()
        try:
            try:
                found = jwt.decode(text, KeySet.import_key_set(self._key_set()), _ALGORITHMS)
            except (JoseError, ValueError):  # perhaps with a key that is newer than those we know
                keys = KeySet.import_key_set(self._key_set(again=True))
                found = jwt.decode(text, keys, _ALGORITHMS)
            told = CodeIDToken(
                found.claims,
                found.header,
                {
                    "iss": {"essential": True, "value": self.provider.issuer},
                    "aud": {"essential": True, "value": self.provider.client_id},
                },
                {"nonce": nonce, "client_id": self.provider.client_id, **_access(token)},
            )
            told.validate(int(now.timestamp()), leeway=60)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise SignInError(
                f"What {self.provider.host} sent does not prove who you are. Sign in again; if"
                " that does not help, tell whoever runs this page."
            ) from None
        return dict(told)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        named = claims.get(self.provider.name_claim) or claims.get("sub")
        if self.provider.name_claim == "email" and claims.get("email_verified") is False:
            named = claims.get("sub")
        held = claims.get(self.provider.groups_claim) or []
        groups = [held] if isinstance(held, str) else held if isinstance(held, list) else []
        return Identity(
            str(named),
            tuple(map(str, groups[:_MOST_GROUPS])),
            f"OpenID Connect, {self.provider.host}",
        )

    def _known(self) -> dict[str, Any]:
        """What the provider publishes about itself."""
        with self._lock:
            if self._facts is None or self._clock() - self._facts[0] > _FACTS_AFTER:
                where = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
                facts = self._read(where)
                self._check(facts)
                self._facts = self._clock(), facts
            return self._facts[1]

    def _check(self, facts: Mapping[str, Any]) -> None:
        """What is said of a provider has to be said by it, and lead to encrypted addresses."""
        own = urlsplit(self.provider.issuer).scheme
        ends = [facts.get(f"{name}_endpoint") for name in ("authorization", "token")]
        ends.append(facts.get("jwks_uri"))
        encrypted = all(
            isinstance(end, str) and urlsplit(end).scheme in ("https", own) for end in ends
        )
        if facts.get("issuer") != self.provider.issuer or not encrypted:
            raise SignInError(
                f"{self.provider.host} does not describe itself as the issuer of the settings."
                " Tell whoever runs this page: page: sign_in: issuer: has to be as it names itself."
            )

    def _key_set(self, *, again: bool = False) -> Any:
        where = self._known()["jwks_uri"]
        with self._lock:
            age = None if self._keys is None else self._clock() - self._keys[0]
            if self._keys is None or age is None or (again and age > _KEYS_AFTER):
                self._keys = self._clock(), self._read(where)
            return self._keys[1]

    def _read(self, address: str) -> dict[str, Any]:
        import requests

        try:
            answer = requests.get(address, timeout=_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            return dict(answer.json())
        except (requests.RequestException, ValueError, TypeError) as error:
            raise self._no_answer(error) from None

    def _no_answer(self, error: Exception) -> SignInError:
        kind = type(error).__name__
        return SignInError(
            f"{self.provider.host} did not answer as it should ({kind}). Try again; if that does"
            " not help, tell whoever runs this page."
        )


def _access(token: Mapping[str, Any]) -> dict[str, str]:
    """The access token, if there is one, for whose hash the id token is then checked."""
    return {"access_token": token["access_token"]} if token.get("access_token") else {}
