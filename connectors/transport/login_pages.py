"""Log-in pages that come in place of an answer.

What belongs here: telling them from other pages, and their error. What does not: other answers
without JSON, which each client names itself.
"""

from __future__ import annotations

from connectors.errors import LoginPageError

ON_LOGIN_PAGE = (
    "Either a portal in the network answers in the service's place: see that the url is the"
    " service's own and that this machine may reach it. Or the credential was refused: make a new"
    " one."
)
_SIGNS = (b'type="password"', b"login", b"log in", b"sign in", b"signin", b"sso")


def login_page(source: str, what: str, retry_after: float | None = None) -> LoginPageError:
    """The error of a request, named at the beginning of its sentence, that got such a page."""
    said = f"{what} answered with a log-in page instead of JSON."
    return LoginPageError(source, said, ON_LOGIN_PAGE, retry_after)


def is_login_page(content_type: str, body: bytes) -> bool:
    """Whether a body that is no JSON is a page that asks to log in."""
    return is_page(content_type, body) and asks_to_log_in(body)


def is_page(content_type: str, body: bytes) -> bool:
    """Whether a body is a web page."""
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def asks_to_log_in(text: bytes) -> bool:
    """Whether a page, or an address, has a word of logging in."""
    return any(sign in text.lower() for sign in _SIGNS)
