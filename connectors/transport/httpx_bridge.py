"""The transport of an httpx client, over the bounded connections that the other clients use.

What belongs here: handing an httpx request to a session of ``requests``, and its response back.
What does not: the bounds (``bounds``), signing, retries.

httpx has time-outs between two bytes only, and no bound on a body; one implementation of both is
enough for the project.
"""

from __future__ import annotations

import httpx
import requests
from requests import exceptions as faults

from connectors.transport.bounds import BoundedAdapter, without_endless_numbers
from connectors.transport.connections import Why, why_unconnected

_NOT_PASSED_ON = {"content-encoding", "content-length", "transfer-encoding"}


class UnconnectedError(httpx.ConnectError):
    """The connection broke or was never made; ``why`` tells."""

    def __init__(self, why: Why, request: httpx.Request) -> None:
        super().__init__(why.words, request=request)
        self.why = why


class BoundedTransport(httpx.BaseTransport):
    """Sends the requests of an httpx client; see :class:`~connectors.transport.bounds.Bounds`.

    Raises :class:`~connectors.transport.bounds.TooLargeBodyError` for a large body, else httpx's
    own errors.
    """

    def __init__(self, connections: int = 10) -> None:
        self._session = requests.Session()
        self._session.auth = _leave_signed  # else a .netrc would replace the credential
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, BoundedAdapter(pool_maxsize=connections))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``, and read its response to the end."""
        times = request.extensions.get("timeout", {})
        try:
            served = self._session.request(
                request.method,
                str(request.url),
                headers={k.decode("ascii"): v.decode("latin-1") for k, v in request.headers.raw},
                data=request.read() or None,
                timeout=(times.get("connect"), times.get("read")),
                allow_redirects=False,
            )
        # `from None`: these exceptions hold the request with the token.
        except faults.Timeout:
            raise httpx.ReadTimeout("timed out", request=request) from None
        except (faults.InvalidURL, faults.InvalidSchema, faults.MissingSchema):
            raise httpx.UnsupportedProtocol("not a web address", request=request) from None
        except (faults.ConnectionError, faults.ChunkedEncodingError) as fault:
            raise UnconnectedError(why_unconnected(fault), request) from None
        except faults.ContentDecodingError:
            raise httpx.DecodingError("cannot be unpacked", request=request) from None
        headers = [
            (name, value)
            for name, value in served.headers.items()
            if name.lower() not in _NOT_PASSED_ON
        ]
        return httpx.Response(
            served.status_code, headers=headers, content=without_endless_numbers(served.content)
        )

    def close(self) -> None:
        """Close connections."""
        self._session.close()


def _leave_signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
