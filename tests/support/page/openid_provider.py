"""An OpenID Connect provider for tests, on a port of this machine; it checks what a real one does.

Discovery, published keys, authorization with PKCE, token. It signs in at once whom it is told to,
and can be told to misbehave.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "okr-page"
SECRET = "the-page's-secret"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """A provider; its attributes may be changed while it runs.

    Attributes:
        person: The claims of whom it signs in.
        change: What to change in the id token's claims before signing; None removes one.
        header: What to change in its header.
        key: What it signs with; the published one unless a test replaces it.
        published: The keys that it publishes.
        answers: How many requests came to each path.
    """

    issuer: str
    person: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: new_key("one"))
    published: list[Any] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            self._count("configuration")
            ends = {
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
            return {"issuer": self.issuer, **ends, **self.facts}

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            self._count("keys")
            return {"keys": [key.as_dict(private=False) for key in self.published]}

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            assert asked["response_type"] == "code"
            assert asked["client_id"] == CLIENT
            assert asked["code_challenge_method"] == "S256"
            assert {"state", "nonce", "code_challenge"} <= set(asked)
            assert "openid" in asked["scope"].split()
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            told = {"code": code, "state": asked["state"]}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 302)

        @app.post("/token")
        async def token(request: Request) -> Response:
            self._count("token")
            sent = await request.form()
            asked = self.codes.pop(str(sent["code"]), None)
            proof = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if request.headers.get("authorization") != f"Basic {proof}":
                return JSONResponse({"error": "invalid_client"}, 401)
            digest = hashlib.sha256(str(sent["code_verifier"]).encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if asked is None or challenge != asked["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            if sent["redirect_uri"] != asked["redirect_uri"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            told = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
            return JSONResponse({**told, "id_token": self.id_token(asked["nonce"])})

        return app

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "u-1",
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
            **self.person,
            **self.change,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.published[0].kid, **self.header}
        return jwt.encode(header, told, self.key, algorithms=["RS256", "HS256", "none"])

    def _count(self, path: str) -> None:
        self.answers[path] = self.answers.get(path, 0) + 1


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    """A provider that runs meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        provider = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}")
        provider.published = [provider.key]
        config = uvicorn.Config(provider.app(), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()
