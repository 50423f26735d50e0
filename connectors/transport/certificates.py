"""Certificates that are not trusted, told from the other faults of a connection.

What belongs here: recognizing one, and its error. What does not: which certificates are trusted;
the client libraries decide that.
"""

from connectors.errors import ConfigurationError

UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
"""How OpenSSL names it, in the text of every client library's error."""


def untrusted(source: str, fault: Exception, what: str) -> ConfigurationError | None:
    """The error of a connection to a server whose certificate is not trusted; else None.

    Args:
        source: Which source.
        fault: What a client library raised.
        what: Which request or server, to continue "The certificate presented for".
    """
    if UNTRUSTED not in str(fault):
        return None
    return ConfigurationError(
        source,
        f"The certificate presented for {what} is not trusted.",
        "Set REQUESTS_CA_BUNDLE to your organization's certificates.",
    )
