"""Number and date formats of the spreadsheet locales; a new locale is one entry here."""

from __future__ import annotations

from dataclasses import dataclass

_MONTHS_EN = "January February March April May June July August September October November December"
_MONTHS_DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
_MONTHS_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_DAYS_EN = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_DAYS_DE = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"
_DAYS_FR = "lundi mardi mercredi jeudi vendredi samedi dimanche"


@dataclass(frozen=True, slots=True)
class Locale:
    """Symbols, words and default formats of one locale; ``day_first`` decides what 3/4/2026 is."""

    decimal: str
    group: str
    date: str
    time: str = "HH:mm:ss"
    true: str = "TRUE"
    false: str = "FALSE"
    currency: str = "€"
    day_first: bool = True
    months: tuple[str, ...] = tuple(_MONTHS_EN.split())
    days: tuple[str, ...] = tuple(_DAYS_EN.split())

    @property
    def date_time(self) -> str:
        """The default format of a datetime."""
        return f"{self.date} {self.time}"


_GERMAN = (tuple(_MONTHS_DE.split()), tuple(_DAYS_DE.split()))
_FRENCH = (tuple(_MONTHS_FR.split()), tuple(_DAYS_FR.split()))
LOCALES = {
    "en_US": Locale(".", ",", "M/d/yyyy", "H:mm:ss", currency="$", day_first=False),
    "en_GB": Locale(".", ",", "dd/MM/yyyy", currency="£"),
    "de_DE": Locale(",", ".", "dd.MM.yyyy", "HH:mm:ss", "WAHR", "FALSCH", "€", True, *_GERMAN),
    "de_CH": Locale(".", "’", "dd.MM.yyyy", "HH:mm:ss", "WAHR", "FALSCH", "CHF", True, *_GERMAN),
    "fr_FR": Locale(",", "\u202f", "dd/MM/yyyy", "HH:mm:ss", "VRAI", "FAUX", "€", True, *_FRENCH),
}


def find_locale(name: str) -> Locale:
    """The locale with a name such as ``de_DE``; ValueError with the known ones."""
    if name not in LOCALES:
        raise ValueError(f"no locale {name!r} here, only {', '.join(LOCALES)}")
    return LOCALES[name]
