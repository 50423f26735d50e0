"""Words that people type beside numbers, in seven languages.

What belongs here: vocabularies, out of CLDR where it has them (durations, scales), else written
down here. What does not: reading a value made of them (``quantities``).

The language of a place goes before the others. Where it does not settle a word, the word means what
it means in all of the languages that have it; where these differ, it means several things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from math import log10
from typing import TypeVar

from okr_model.languages.folding import fold_case
from okr_model.languages.locales import LANGUAGES, find_locale

Meaning = TypeVar("Meaning")

KINDS: Mapping[str, str] = {
    "increase": """increase; increasing; raise; grow; up; steigern; erhöhen; steigerung; erhöhung;
        augmenter; augmentation; hausse; aumentar; incrementar; aumento; incremento; aumentare;
        incrementare; verhogen; verhoging; stijging; laten stijgen; elevar""",
    "decrease": """decrease; decreasing; reduce; lower; down; verringern; senken; reduzieren;
        verringerung; senkung; reduzierung; réduire; diminuer; réduction; diminution; baisse;
        reducir; disminuir; reducción; disminución; ridurre; diminuire; riduzione; diminuzione;
        verlagen; verminderen; verlaging; vermindering; daling; reduzir; diminuir; redução;
        diminuição""",
    "at least": """at least; minimum; min; mindestens; mindest; au moins; au minimum; al menos;
        por lo menos; como mínimo; mínimo; almeno; come minimo; minimo; ten minste; tenminste;
        minstens; minimaal; pelo menos; no mínimo; ao menos""",
    "at most": """at most; no more than; maximum; max; höchstens; maximal; au plus; au maximum;
        como máximo; a lo sumo; máximo; al massimo; al più; massimo; ten hoogste; hoogstens;
        maximaal; no máximo""",
    "band": """band; range; within; stay within; corridor; bereich; korridor; spanne; bandbreite;
        innerhalb; fourchette; plage; intervalle; rango; banda; intervalo; intervallo; fascia;
        bereik; bandbreedte; faixa""",
    "milestones": """milestones; milestone; meilensteine; meilenstein; jalons; jalon; étapes; hitos;
        hito; traguardi; tappe; milestone; mijlpalen; mijlpaal; marcos; marco""",
    "yes/no": """yes/no; yes or no; done; boolean; binary; ja/nein; ja oder nein; oui/non;
        oui ou non; sí/no; si/no; sí o no; sì/no; sì o no; ja/nee; ja of nee; sim/não; sim ou não;
        binär; binaire; binario; binair; binário""",
}
YES = """yes; y; true; done; ja; wahr; erledigt; fertig; oui; vrai; fait; sí; verdadero; hecho;
    sì; vero; fatto; waar; gedaan; klaar; sim; verdadeiro; feito; ✓; ✔; ☑; ✅"""
NO = """no; n; false; not done; nein; falsch; nicht erledigt; offen; non; faux; pas fait; falso;
    no hecho; non fatto; nee; onwaar; niet gedaan; não; não feito; ✗; ✘; ☐; ❌"""
CLOSED = """done; closed; complete; completed; finished; resolved; cancelled; canceled; won't do;
    erledigt; fertig; abgeschlossen; geschlossen; beendet; abgebrochen; verworfen; fait; terminé;
    terminée; achevé; achevée; clos; fermé; fermée; annulé; annulée; abandonné; abandonnée;
    hecho; hecha; terminado; terminada; completado; completada; cerrado; cerrada; cancelado;
    cancelada; fatto; fatta; finito; finita; completato; completata; concluso; conclusa; chiuso;
    chiusa; annullato; annullata; gedaan; klaar; afgerond; voltooid; gesloten; geannuleerd;
    vervallen; feito; feita; concluído; concluída; encerrado; encerrada; fechado; fechada"""
"""Statuses of work that goes on no more, for sources that have no categories of statuses."""
CLOSINGS: Mapping[str, str] = {
    "continue": """continue; continued; continues; keep; carry over; carried over; weiterführen;
        fortführen; fortsetzen; weiter; continuer; poursuivre; à poursuivre; continuar; seguir;
        proseguir; continuare; proseguire; doorgaan; voortzetten; prosseguir""",
    "abandon": """abandon; abandoned; drop; dropped; stop; stopped; cancel; cancelled; canceled;
        aufgeben; aufgegeben; verwerfen; verworfen; abbrechen; abgebrochen; abandonner; abandonné;
        arrêter; abandonar; abandonado; abbandonare; abbandonato; interrompere; stoppen; gestopt;
        loslaten; opgeven""",
    "done": """done; achieved; complete; completed; finished; met; reached; erledigt; fertig;
        erreicht; abgeschlossen; fait; atteint; terminé; hecho; logrado; alcanzado; cumplido;
        terminado; fatto; raggiunto; completato; gedaan; behaald; klaar; afgerond; feito;
        alcançado; concluído""",
}
"""What teams decide of a Key Result when they close its cycle."""
PERCENT = """%; percent; per cent; pct; prozent; pour cent; pourcent; por ciento; per cento;
    percento; procent; por cento"""
POINTS = """percentage points; percentage point; pp; ppt; %-points; % points; prozentpunkte;
    prozentpunkt; points de pourcentage; point de pourcentage; puntos porcentuales;
    punto porcentual; punti percentuali; punto percentuale; procentpunten; procentpunt;
    pontos percentuais; ponto percentual"""
COUNT = "count; counts; anzahl; stück; nombre; número; aantal; numero; quantità; quantidade"
PER = ("per", "a", "an", "each", "every", "pro", "je", "im", "par", "por", "al", "alla", "elke")
AND = ("and", "und", "et", "y", "e", "en", "&")
BETWEEN = (
    *(("between", "and"), ("zwischen", "und"), ("entre", "et"), ("entre", "y")),
    *(("tra", "e"), ("fra", "e"), ("tussen", "en"), ("entre", "e")),
)
FROM_TO = (
    *(("from", "to"), ("von", "auf|bis|zu"), ("de", "à|a|para"), ("desde", "hasta|a")),
    *(("da", "a"), ("van", "naar|tot")),
)
UNTIL = ("to", "bis", "à", "a", "hasta", "tot", "até")
OCLOCK = ("uhr", "h", "uur", "heures", "horas", "ore")
AT = ("at", "um", "à", "a las", "alle", "alle ore", "om", "às", "klo")
END_OF = frozenset({"end", "ende", "fin", "fine", "eind", "einde", "fim", "finales"})
FILLERS = frozenset(
    {"of", "the", "de", "del", "di", "d", "le", "el", "il", "den", "der", "am", "do", "van", "year"}
)
"""Words within a date that say nothing."""

QUARTERS = ("quarter", "quartal", "trimestre", "kwartaal", "trimester")
_SHORT = 2  # letters of abbreviations that count only where their language is at home
_DURATIONS = {
    "milliseconds": "duration-millisecond",
    "seconds": "duration-second",
    "minutes": "duration-minute",
    "hours": "duration-hour",
    "days": "duration-day",
    "weeks": "duration-week",
    "months": "duration-month",
    "years": "duration-year",
}
_MORE_DURATIONS = {
    "en": "msec msecs ms: milliseconds; secs s: seconds; mins: minutes; hrs hr h: hours; d: days; "
    "w wks: weeks; mo mos: months; yrs y: years",
    "de": "sek: seconds; min: minutes; stdn std h: hours; tg tge tagen: days; wo: weeks; "
    "mon monaten: months; jahren j: years",
    "fr": "sec: seconds; mn: minutes; hre hres: hours; jr jrs: days",
    "es": "seg segs: seconds; hrs hr: hours",
    "it": "sec: seconds; gg g: days; sett: weeks",
    "nl": "sec: seconds; uren uur u: hours; dgn: days; mnd: months; jr: years",
    "pt": "seg segs: seconds; hrs hr: hours",
}
_SCALES = (1e3, 2e3, 1e5, 2e5, 1e6, 2e6, 1e7, 2e7, 1e9, 2e9, 1e10, 2e10, 1e12, 2e12)
_MORE_SCALES = {
    "en": "k: 3; m mn mln mio mil mill: 6; bn mrd: 9; trn tn: 12; lakh lakhs lac: 5; "
    "crore crores cr: 7",
    "de": "k tsd tausend T: 3; m mio mill: 6; mrd mia: 9",
    "fr": "k: 3; m mio mn: 6; mrd mds: 9",
    "es": "k: 3; m mill mio: 6; mm: 6",
    "it": "k: 3; m mio: 6; mrd: 9",
    "nl": "k: 3; m mio: 6; mrd: 9",
    "pt": "k: 3; m mio: 6",
}
_AMOUNT = re.compile(r"[\d.,\s\u202f\u00a0]*\d")


def listed(words: str) -> list[str]:
    """The words of a vocabulary above, folded."""
    return [fold_case(" ".join(word.split())) for word in words.split(";")]


@cache
def yes_or_no(text: str) -> bool | None:
    """What a word for yes or no says in any of the languages; None where it is neither."""
    word = fold_case(text.strip())
    if word in listed(YES):
        return True
    return False if word in listed(NO) else None


@cache
def is_closed(status: str) -> bool:
    """Whether a status says, in any of the languages, that work goes on no more."""
    return " ".join(fold_case(status.replace("\u2019", "'")).split()) in listed(CLOSED)


@cache
def kind_of(text: str) -> str | None:
    """The kind of Key Result that a word names in any of the languages; None where it is none."""
    word = " ".join(fold_case(text).replace("_", " ").replace("-", " ").split()).rstrip(".")
    return _kinds().get(word.replace(" / ", "/"))


@cache
def closing_of(text: str) -> str | None:
    """Continue, abandon or done, as a word in any of the languages says; None where it is none."""
    word = " ".join(fold_case(text).split()).rstrip(".!")
    found = (closing for closing, words in CLOSINGS.items() if word in listed(words))
    return next(found, None)


def meanings(
    word: str, locale: str | None, table: Callable[[str], Mapping[str, Meaning]]
) -> frozenset[Meaning]:
    """What a word means in the language of a place, else in any; more than one: not settled.

    Args:
        word: With or without a full stop, in any case.
        locale: Of the place the word stands in.
        table: A vocabulary by language or locale, such as :func:`duration_words`.
    """
    known = find_locale(locale)
    for spelled in (word.rstrip("."), fold_case(word).rstrip(".")):
        if known is not None and spelled in table(str(known)):
            return frozenset({table(str(known))[spelled]})
        theirs = {table(each)[spelled] for each in LANGUAGES if spelled in table(each)}
        abroad = len(spelled) > _SHORT or spelled in table("en")
        if theirs and abroad:
            return frozenset(theirs)
    return frozenset()


@cache
def duration_words(locale: str) -> Mapping[str, str]:
    """Units of time by their words in a language or locale; ``m`` has too many meanings."""
    from babel.units import format_unit

    known = find_locale(locale)
    if known is None:
        return {}
    found = {
        _without_amount(format_unit(number, name, length, locale=known)): unit
        for unit, name in _DURATIONS.items()
        for length in ("long", "short")
        for number in (1, 2, 5)
    }
    for entry in filter(None, _MORE_DURATIONS.get(known.language, "").split("; ")):
        words, _, unit = entry.partition(": ")
        found |= dict.fromkeys(words.split(), unit)
    return {word: unit for word, unit in found.items() if word not in ("", "m")}


@cache
def short_months(locale: str | None) -> frozenset[str]:
    """How a locale abbreviates months: in French and Spanish ``m``, which may be millions, too."""
    from babel.units import format_unit

    known = find_locale(locale)
    if known is None:
        return frozenset()
    amounts = (format_unit(n, "duration-month", "short", locale=known) for n in (1, 2))
    return frozenset(map(_without_amount, amounts))


@cache
def scale_words(locale: str) -> Mapping[str, int]:
    """Powers of ten by their words in a language: ``k`` is 3, ``Mio.`` is 6.

    Single capital letters of CLDR's keep their case; words are folded.
    """
    from babel.numbers import format_compact_decimal

    known = find_locale(locale)
    if known is None:
        return {}
    found: dict[str, int] = {}
    for amount in _SCALES:
        for width in ("long", "short"):
            text = format_compact_decimal(amount, format_type=width, locale=known)
            number = _AMOUNT.match(text)
            word = text[number.end() :].strip().rstrip(".") if number else ""
            if number and word:
                digits = int(re.sub(r"\D", "", number[0]))
                found[word if len(word) == 1 else fold_case(word)] = round(log10(amount / digits))
    for entry in filter(None, _MORE_SCALES.get(known.language, "").split("; ")):
        words, _, power = entry.partition(": ")
        found |= dict.fromkeys(words.split(), int(power))
    if known.language == "fr":
        found.pop(
            "bn", None
        )  # nobody writes it for a million millions, and everybody for the English
    return found


@cache
def quarter_words(name: str) -> Mapping[str, int]:
    """``Q4``, ``T4``, ``4. Quartal`` and their kin, folded, with the quarter each means."""
    locale = find_locale(name)
    if locale is None:
        return {}
    found = {
        " ".join(re.findall(r"\w+", fold_case(words))): quarter
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for quarter, words in locale.quarters[context][width].items()
    }
    for quarter in (1, 2, 3, 4):
        found |= {f"{quarter} {word}": quarter for word in QUARTERS}
        found |= {f"q{quarter}": quarter, f"{quarter}q": quarter, f"{quarter}t": quarter}
    return found


@cache
def _kinds() -> Mapping[str, str]:
    return {word.replace("-", " "): kind for kind, words in KINDS.items() for word in listed(words)}


def _without_amount(text: str) -> str:
    return fold_case(_AMOUNT.sub("", text, count=1).strip().rstrip("."))
