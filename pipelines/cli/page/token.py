"""``okr serve token``: a token with which a program reads the API.

What belongs here: making one. What does not: recognizing it (``dashboard.access.known``).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path

from pipelines.cli.shared.output import say


def make_token(name: str, groups: list[str], config: Path | None) -> int:
    """Print a new token, and the line of the settings that lets it read; returns 0.

    Nothing is read: there need not be settings yet.
    """
    token = f"okr_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(token.encode()).hexdigest()
    told = f", groups: {json.dumps(groups)}" if groups else ""
    say(f"The token, shown once: {token}")
    settings = config or os.environ.get("OKR_CONFIG", "okr.yaml")
    say(f"Under page: tokens: of {settings}, which holds its digest alone:")
    say(f'  - {{name: {json.dumps(name)}, sha256: "{digest}"{told}}}')
    say('A program sends it to /api/… as the header "Authorization: Bearer TOKEN".')
    return 0
