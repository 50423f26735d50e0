"""Who answers, where a certificate is not trusted.

What belongs here: fetching the certificate that a server shows and reading whose it is. What does
not: deciding whether to trust it, which the TLS library did, and sending anything to that server.
"""

from __future__ import annotations

import ssl
from urllib.request import getproxies

_SECONDS = 5.0
_HTTPS = 443
_MOST = 120  # letters of a name that a stranger chose


def shown_by(server: str) -> str:
    """Whose certificate a server shows, as the end of a sentence; empty if that cannot be told.

    One more handshake without any check; nothing is sent after it. Behind a proxy nothing is
    fetched, because another server might answer directly.

    Args:
        server: Its host, with ``:port`` unless it is HTTPS's own.
    """
    if "https" in getproxies():
        return ""
    host, _, port = server.rpartition(":") if ":" in server else (server, "", "")
    try:
        served = ssl.get_server_certificate((host, int(port or _HTTPS)), timeout=_SECONDS)
        return whose(served.encode())
    except (OSError, ValueError):
        return ""


def whose(certificate: bytes) -> str:
    """To whom a certificate was issued, by whom and until when.

    Args:
        certificate: In the form PEM.

    Raises:
        ValueError: It is none.
    """
    from cryptography import x509  # comes with google-auth, and is needed only here

    read = x509.load_pem_x509_certificate(certificate)
    subject, issuer = _named(read.subject.rfc4514_string()), _named(read.issuer.rfc4514_string())
    until = f"{read.not_valid_after_utc:%Y-%m-%d}"
    return f"; it was issued to {subject} by {issuer} and is valid until {until}"


def _named(name: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in name)
    return f"“{shown[:_MOST]}”" if shown else "nobody"
