"""The Google service account of the sandbox.

What belongs here: its generated RSA key, and its key file in Google's format.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EMAIL = "okr-sync@larkfield-desk.iam.gserviceaccount.com"
"""Its e-mail address, which spreadsheets are shared with."""


class ServiceAccount:
    """An account with a generated key."""

    def __init__(self) -> None:
        self.email = EMAIL
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_key(self) -> str:
        """The public half, PEM."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return public.decode()

    def write(self, path: Path, token_uri: str) -> None:
        """Write the key file, readable by its owner only."""
        private = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        content = {
            "type": "service_account",
            "project_id": "larkfield-desk",
            "private_key_id": "sandbox",
            "private_key": private.decode(),
            "client_email": self.email,
            "client_id": "100000000000000000042",
            "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        }
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)


@cache
def shared_account() -> ServiceAccount:
    """The account of every sandbox of this process: making a key takes longer than most calls."""
    return ServiceAccount()
