"""Why a connection broke or was never made, in words.

What belongs here: reading the nested errors of the client libraries, and the error to raise for
them. What does not: time-outs and addresses that are none, which each client tells apart itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from connectors.errors import (
    URL_OR_NETWORK,
    ConfigurationError,
    SourceError,
    TransientError,
    blaming,
    in_brief,
)
from connectors.transport.certificates import shown_by

_VERIFY_FAILED = re.compile(r"CERTIFICATE_VERIFY_FAILED(?:\] certificate verify failed: ([^(]+))?")
_MOST = 20  # errors within errors


class Why(NamedTuple):
    """Why a server was not reached: the end of a sentence, and whether waiting cannot help.

    ``untrusted`` says that its certificate is why, ``unknown`` that its name is.
    """

    words: str
    untrusted: bool = False
    unknown: bool = False
    server: str = "the server"


def why_unconnected(fault: BaseException) -> Why:
    """Why ``fault``, an error of requests, urllib3 or google-auth, was raised."""
    chain = list(_within(fault))
    server = next(filter(None, map(_server, chain)), "the server")
    text = " ".join(str(one) for one in chain)
    if found := _VERIFY_FAILED.search(text):
        reason = f" ({found[1].strip()})" if found[1] else ""
        said = f"{server} presented a certificate that is not trusted{reason}"
        return Why(f"{said}{shown_by(server)}", untrusted=True, server=server)
    if any(type(one).__name__ in ("NameResolutionError", "gaierror") for one in chain):
        return Why(f"the name of {server} cannot be resolved", unknown=True)
    if any(isinstance(one, ConnectionRefusedError) for one in chain) or "refused" in text:
        return Why(f"{server} refused the connection")
    return Why(f"the connection to {server} broke ({type(fault).__name__})")


def unconnected(source: str, what: str, why: Why) -> SourceError:
    """The error of a request that reached nobody.

    Args:
        source: Which source.
        what: Which request; begins the sentence.
        why: What kept it from the server.
    """
    if why.untrusted:
        error: SourceError = ConfigurationError(
            source,
            f"{what} failed: {why.words}. Nothing was sent.",
            f"If the certificate is not the service's own, {URL_OR_NETWORK}. If your"
            " organization inspects HTTPS and it is that organization's, set REQUESTS_CA_BUNDLE to"
            " the file of its certificates.",
        )
    else:
        words = f"{what} failed: {why.words}."
        remedy = "Check the url and the network, or try later if the service is down."
        if why.unknown:
            remedy = "Correct the url; if it is right, see why this machine cannot resolve names."
        error = TransientError(source, words, remedy)
    if why.untrusted:
        fault = f"{why.server} presents an untrusted certificate"
        return in_brief(blaming(error, "url"), f"{fault}: {URL_OR_NETWORK}")
    return in_brief(blaming(error, "url"), f"{why.words}: check the url and the network")


def _within(fault: BaseException) -> Iterator[BaseException]:
    """An error and those that it was made of, the outermost first."""
    found = [fault]
    for one in found:
        yield one
        within = (getattr(one, "reason", None), one.__cause__, one.__context__, *one.args)
        more = (other for other in within if isinstance(other, BaseException))
        found += [other for other in more if other not in found][: _MOST - len(found)]


def _server(fault: BaseException) -> str | None:
    """The host that was connected to, with its port if that is none of HTTP's."""
    pool = getattr(fault, "pool", None) or getattr(fault, "conn", None)
    host, port = getattr(pool, "host", None), getattr(pool, "port", None)
    asked = getattr(getattr(fault, "request", None), "url", None)
    if host is None and isinstance(asked, str):
        with suppress(ValueError):
            host, port = urlsplit(asked).hostname, urlsplit(asked).port
    if not isinstance(host, str):
        return None
    return host if port in (None, 80, 443) else f"{host}:{port}"
