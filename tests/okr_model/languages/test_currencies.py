import pytest

from okr_model.languages.currencies import codes, currencies_of


@pytest.mark.parametrize(
    ("sign", "locale", "meant"),
    [
        ("€", None, {"EUR"}),
        ("zł", "de_DE", {"PLN"}),
        ("RM", None, {"MYR"}),
        ("US$", None, {"USD"}),
        ("C$", None, {"CAD", "NIO"}),
        ("kr", None, {"DKK", "ISK", "NOK", "SEK"}),
        ("¥", None, {"CNY", "JPY"}),
        ("R", "en_ZA", {"ZAR"}),
        ("R", "en_US", set()),
        ("R", None, set()),
        ("leads", None, set()),
        ("", None, set()),
    ],
)
def test_signs(sign, locale, meant):
    assert currencies_of(sign, locale) == meant


def test_shared_signs_and_codes():
    assert {"USD", "AUD", "CAD", "MXN", "SGD"} <= currencies_of("$")
    assert {"EUR", "MYR", "INR", "HRK", "BGN"} <= codes()
    assert not {"DEM", "XXX", "XAU"} & codes()
