"""Google's token endpoint for service accounts: a signed assertion in, a bearer token out.

The signature, audience and times of the assertion are verified. Times are those of the machine, not
the sandbox's clock, because the client's assertion has the machine's time.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from google.auth import exceptions, jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.server.google.errors import GoogleError

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = 3600
_AUDIENCE = "https://oauth2.googleapis.com/token"
_TIMES = "Token must be a short-lived token (60 minutes) and in a reasonable timeframe."


_decode: Callable[..., Mapping[str, Any]] = jwt.decode  # published without types


@dataclass(frozen=True, slots=True)
class Grant:
    """The account and scopes of a bearer token."""

    email: str
    scopes: frozenset[str]
    expires_at: float

    def require(self, *any_of: str) -> None:
        """Reject a token with other scopes."""
        if not self.scopes & set(any_of):
            raise GoogleError(
                403,
                "Request had insufficient authentication scopes.",
                reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                challenge="insufficient_scope",
            )


class TokenDesk:
    """Issues tokens to service accounts, and verifies them.

    Args:
        service_accounts: Public key (PEM) by e-mail address.
    """

    def __init__(self, service_accounts: Mapping[str, str]) -> None:
        self._keys = service_accounts
        self._grants: dict[str, Grant] = {}

    async def token(self, request: Request) -> Response:
        """``POST /token``."""
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != GRANT:
            return _refused("unsupported_grant_type", "Invalid grant_type.")
        try:
            claims = self._verified(form.get("assertion", ""), str(request.url))
        except _InvalidGrantError as error:
            return _refused("invalid_grant", str(error))
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            text = "Invalid OAuth scope or ID token audience provided."
            return _refused("invalid_scope", text)
        token = f"ya29.sandbox-{secrets.token_urlsafe(24)}"
        self._grants[token] = Grant(claims["iss"], scopes, time.time() + LIFETIME)
        answer = {"access_token": token, "expires_in": LIFETIME - 1, "token_type": "Bearer"}
        return JSONResponse(answer)

    def grant_of(self, request: Request) -> Grant:
        """The grant of a request's token; GoogleError for a missing, unknown or expired one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.get(token) if scheme.lower() == "bearer" else None
        if grant is None or grant.expires_at < time.time():
            raise GoogleError(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                "login cookie or other valid authentication credential.",
                challenge="invalid_token",
            )
        return grant

    def forget_tokens(self) -> None:
        """Expire every token issued so far."""
        self._grants.clear()

    def _verified(self, assertion: str, url: str) -> Mapping[str, Any]:
        try:
            issuer = str(_decode(assertion, verify=False).get("iss"))
        except (exceptions.GoogleAuthError, ValueError):
            raise _InvalidGrantError("Bad Request") from None
        if issuer not in self._keys:
            raise _InvalidGrantError("Invalid grant: account not found")
        try:
            claims = _decode(assertion, certs=self._keys[issuer])
        except exceptions.MalformedError:
            raise _InvalidGrantError("Invalid JWT Signature.") from None
        except exceptions.InvalidValue:
            raise _InvalidGrantError(f"Invalid JWT: {_TIMES}") from None
        if claims["exp"] - claims["iat"] > LIFETIME:
            raise _InvalidGrantError(f"Invalid JWT: {_TIMES}")
        if claims.get("aud") not in (_AUDIENCE, url):
            raise _InvalidGrantError("Invalid JWT: Failed audience check.")
        return claims


class _InvalidGrantError(Exception):
    """Why an assertion is rejected."""


def _refused(error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, 400)
