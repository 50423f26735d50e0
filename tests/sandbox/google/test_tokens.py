"""Service accounts of the Google stand-in, as google-auth sees them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request

from tests.sandbox.support.google_box import EMAIL, METRICS, SCOPES, Box, key_pair, open_box


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def assertion(box: Box, private_key: str | None = None, **changed: Any) -> str:
    claims = {
        "iss": EMAIL,
        "aud": f"{box.url}/token",
        "scope": " ".join(SCOPES),
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
        **changed,
    }
    signer = crypt.RSASigner.from_string(private_key or key_pair()[0])
    return jwt.encode(signer, claims).decode()


def grant(box: Box, text: str) -> requests.Response:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
    return requests.post(f"{box.url}/token", data=form, timeout=60)


def test_a_signed_assertion_earns_a_token(box: Box) -> None:
    got = grant(box, assertion(box)).json()
    assert got["token_type"] == "Bearer"
    assert got["expires_in"] == 3599
    headers = {"Authorization": f"Bearer {got['access_token']}"}
    url = f"{box.url}/v4/spreadsheets/{METRICS}"
    assert requests.get(url, headers=headers, timeout=60).status_code == 200


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"aud": "https://example.com/token"}, "audience"),
        ({"exp": 1_700_000_000, "iat": 1_699_999_000}, "reasonable timeframe"),
        ({"exp": int(time.time()) + 90_000}, "reasonable timeframe"),
        ({"iss": "stranger@sandbox.iam.gserviceaccount.com"}, "account not found"),
        ({"scope": ""}, "scope"),
    ],
)
def test_a_wrong_assertion_earns_an_error(box: Box, changed: dict[str, Any], message: str) -> None:
    got = grant(box, assertion(box, **changed))
    assert got.status_code == 400
    assert got.json()["error"] in ("invalid_grant", "invalid_scope")
    assert message in got.json()["error_description"]


def test_another_key_earns_an_error_that_google_auth_understands(box: Box) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(RefreshError, match="Invalid JWT Signature"), requests.Session() as session:
        box.credentials(private_key=other.decode()).refresh(Request(session))


def test_without_a_good_token_nothing_is_read(box: Box) -> None:
    url = f"{box.url}/v4/spreadsheets/{METRICS}"
    got = requests.get(url, headers={"Authorization": "Bearer nonsense"}, timeout=60)
    assert got.status_code == 401
    assert got.json()["error"]["status"] == "UNAUTHENTICATED"


def test_a_token_for_reading_writes_nothing(box: Box) -> None:
    scope = "https://www.googleapis.com/auth/spreadsheets.readonly"
    token = grant(box, assertion(box, scope=scope)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{box.url}/v4/spreadsheets/{METRICS}"
    assert requests.get(url, headers=headers, timeout=60).status_code == 200
    refused = requests.post(f"{url}:batchUpdate", json={}, headers=headers, timeout=60)
    assert refused.status_code == 403
    listed = requests.get(f"{box.url}/drive/v3/files", headers=headers, timeout=60)
    assert "insufficient authentication scopes" in listed.json()["error"]["message"]
    (detail,) = listed.json()["error"]["details"]
    assert detail["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert 'error="insufficient_scope"' in listed.headers["WWW-Authenticate"]
