"""A server whose certificate nobody signed, in place of each service."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from google.auth.exceptions import TransportError

from benchmarks.certificates import self_signed
from benchmarks.hostile.servers import victims
from connectors.errors import ConfigurationError
from connectors.sheets.error_responses import connection_error
from connectors.transport.connections import why_unconnected
from tests.support.services.receivers import serving


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # a refused handshake
    with serving(server) as port:
        yield f"https://127.0.0.1:{port}"


@pytest.mark.parametrize("name", ["jira", "notion", "sign-in"])
def test_it_is_told_at_once_and_with_the_setting_to_change(
    impostor: str, tmp_path: Path, name: str
) -> None:
    source = victims(tmp_path)[name].build(impostor)
    with pytest.raises(ConfigurationError, match="is not trusted") as told:
        list(source.pull({}))
    port = impostor.rpartition(":")[2]
    assert f"127.0.0.1:{port} presented a certificate that is not trusted (self" in str(told.value)
    assert "Nothing was sent. If the certificate is not the service's own" in str(told.value)
    assert "issued to “CN=impostor” by “CN=impostor” and is valid until" in str(told.value)
    assert told.value.blames == ("url",)
    assert "REQUESTS_CA_BUNDLE" in told.value.remedy
    assert source.figures.retries == 0
    source.close()


def test_so_it_is_of_googles_api() -> None:
    found = requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    assert isinstance(connection_error(found), ConfigurationError)
    other = requests.exceptions.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number")
    assert not isinstance(connection_error(other), ConfigurationError)


@pytest.mark.parametrize(
    "within", [lambda fault: fault, TransportError], ids=["requests", "google"]
)
def test_what_kept_a_request_from_its_server_is_named(
    within: Callable[[Exception], Exception],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        thread = threading.Thread(target=lambda: silent.accept()[0].close())
        thread.start()
        broken = within(fault_of(f"http://127.0.0.1:{port}/x"))
        thread.join()
    assert f"the connection to 127.0.0.1:{port} broke" in why_unconnected(broken).words
    refused = within(fault_of(f"http://127.0.0.1:{port}/x"))
    assert why_unconnected(refused).words == f"127.0.0.1:{port} refused the connection"
    unknown = within(fault_of("http://no-such-host.invalid/x"))
    assert why_unconnected(unknown).words == "the name of no-such-host.invalid cannot be resolved"


def fault_of(url: str) -> Exception:
    with pytest.raises(requests.RequestException) as told:
        requests.get(url, timeout=10)
    return told.value
