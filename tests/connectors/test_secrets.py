"""Credentials in every form that a text may carry them in."""

from base64 import b64encode, urlsafe_b64encode
from json import dumps
from urllib.parse import quote, quote_plus

import pytest

from connectors.errors import PermanentError
from connectors.secrets import SHOWN, forms_of, redact, redact_body, remember

SECRET = "pa/ss+wörd?&=kept-here"


@pytest.fixture(autouse=True)
def _remembered() -> None:
    remember(SECRET)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        dumps(SECRET)[1:-1],
        SECRET.replace("/", "\\/"),
    ],
)
def test_a_secret_is_replaced_in_every_form(form: str) -> None:
    assert redact(f"before {form} after") == f"before {SHOWN} after"
    assert redact_body(f"before {form} after".encode()) == f"before {SHOWN} after".encode()


@pytest.mark.parametrize("before", ["", "a", "mia", "mia@example.com:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_base64_of_any_text_around_a_secret_has_none_of_it(before: str, encode) -> None:
    told = encode(f"{before}{SECRET} and more".encode()).decode()
    left = redact(told)
    assert SHOWN in left
    assert max(len(part) for part in left.split(SHOWN)) < len(told) - len(SECRET)
    assert redact(quote(told, safe="")) != quote(told, safe="")


def test_user_and_password_in_an_address_are_replaced_whosever_they_are() -> None:
    assert (
        redact("see https://mia:hunter2@example.com/x@y") == f"see https://{SHOWN}@example.com/x@y"
    )
    assert redact("mail mia@example.com, see https://example.com") == (
        "mail mia@example.com, see https://example.com"
    )


def test_what_is_too_short_to_be_told_apart_is_left() -> None:
    assert forms_of("abc") == ()
    assert forms_of("") == ()


def test_no_error_shows_a_secret_that_a_service_sent_back() -> None:
    error = PermanentError("jira", f"refused {SECRET}", f"Replace {quote(SECRET, safe='')}.")
    assert SECRET not in f"{error} {error.message} {error.remedy} {error!r}"
    assert quote(SECRET, safe="") not in f"{error} {error.message} {error.remedy}"
