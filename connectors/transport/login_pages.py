"""Log-in pages that come in place of an answer.

What belongs here: telling them from other pages, who shows them, and their error. What does not:
other answers without JSON, which each client names itself.

The APIs of Notion and Google, and that of Jira for a token, answer a refused credential with a
status and JSON. A page is shown by somebody else in their place: a portal of the network, a proxy,
or another server at a wrong address. Only Jira itself has a log-in page of its own, which can be
told by its headers, its form, or the address it sends to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

from connectors.errors import URL_OR_NETWORK, LoginPageError
from connectors.secrets import redact
from connectors.transport.bounds import shortened

_SIGNS = (b'type="password"', b"login", b"log in", b"sign in", b"signin", b"sso")
_TITLE = re.compile(rb"<title[^>]*>(.{1,400}?)</title", re.IGNORECASE | re.DOTALL)
_MOST = 60  # letters of a title that a stranger chose
_NAMES = {"jira": "Jira", "notion": "Notion", "sheets": "Google"}
_NOT_ITSELF = (
    "{name} never answers its API with a page, so {host} is not {name}, or something on the way (a"
    f" portal, a proxy) answers in its place: {URL_OR_NETWORK}. The credential is not the cause."
)
_NOT_JIRA = (
    "It bears no mark of Jira's own log-in page, so a portal or proxy answers in Jira's place:"
    f" {URL_OR_NETWORK}. If a proxy that strips marks is known to stand before Jira,"
    " open rest/api/2/serverInfo below the url, which needs no credential: if that is JSON, Jira"
    " answers, and the credential was refused."
)


def login_page(
    source: str, what: str, url: str, page: bytes = b"", retry_after: float | None = None
) -> LoginPageError:
    """The error of a request that got such a page.

    Args:
        source: Which source.
        what: Which request, with its status; begins the sentence.
        url: Whom the request was sent to.
        page: The page.
        retry_after: The wait in seconds that was asked for.
    """
    said = f"{what} with a log-in page{_titled(page)} instead of JSON."
    return LoginPageError(source, said, _remedy(source, url), retry_after)


def sent_to_log_in(source: str, what: str, url: str, target: str) -> LoginPageError:
    """The same for a redirect to such a page at the address ``target``."""
    said = f"{what}: it requires a log-in at {shortened(_host(target) or 'no host')}."
    return LoginPageError(source, said, _remedy(source, url))


def is_of_jira(headers: Mapping[str, str], page: bytes, url: str, target: str = "") -> bool:
    """Whether Jira itself asks to log in, which means that it refused the credential.

    Args:
        headers: Of the response; their names in any case.
        page: Its body.
        url: Whom the request was sent to.
        target: Where it redirects to; empty if it does not.
    """
    names = {name.lower() for name in headers}
    if names & {"x-seraph-loginreason", "x-ausername", "x-arequestid"}:
        return True
    if b"os_username" in page or _host(target) == "id.atlassian.com":
        return True
    return bool(target) and _host(target) == _host(url) and "/login.jsp" in target


def is_login_page(content_type: str, body: bytes) -> bool:
    """Whether a body that is no JSON is a page that asks to log in."""
    return is_page(content_type, body) and asks_to_log_in(body)


def is_page(content_type: str, body: bytes) -> bool:
    """Whether a body is a web page."""
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def asks_to_log_in(text: bytes) -> bool:
    """Whether a page, or an address, has a word of logging in."""
    return any(sign in text.lower() for sign in _SIGNS)


def _remedy(source: str, url: str) -> str:
    if source == "jira":
        return _NOT_JIRA
    return _NOT_ITSELF.format(name=_NAMES.get(source, source), host=_host(url) or "the url")


def _titled(page: bytes) -> str:
    """The title of a page, in quotes after a blank; empty without one."""
    found = _TITLE.search(page)
    words = " ".join(unescape(redact(found[1].decode(errors="replace"))).split()) if found else ""
    shown = "".join(one for one in words if one.isprintable())
    cut = f"{shown[: _MOST - 1]}…" if len(shown) > _MOST else shown
    return f" “{cut}”" if cut else ""


def _host(url: str) -> str:
    """The host of an address, with its port; empty if it is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
