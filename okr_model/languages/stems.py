"""Words of a text and their stems, in seven languages.

What belongs here: which words carry meaning, the language a word belongs to, stems, and the parts
of compounds. What does not: how words are weighted and compared (``links.suggestions``).

A word has one stem in a whole collection of texts, so that it always matches itself: that of the
language of most of the texts it occurs in. A text's language is the one whose short words it has
most of. Languages other than the seven keep their words whole. Chinese and Japanese, which are
written without spaces, are cut into pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import snowballstemmer

SHORT_WORDS = {
    "en": """a about after all also an and any are as at be been before between both but by can
        could do does down each every few for from had has have how if in into is it its less may
        might more most must need needs no not of off on one only or other our out over per reach
        should so some such than that the their them then there these they this those through to
        under until up us use used using was we were what when where which while who will with
        within without would you your""",
    "de": """aber alle als am an auch auf aus bei bis das dass dem den der des die dies diese
        diesem diesen dieser durch ein eine einem einen einer eines für hat im in ist je kein keine
        mehr mit nach nicht noch nur oder pro sich sie sind so über um und uns unser unsere unserer
        unter vom von vor was wenn werden wie wir wird zu zum zur zwischen""",
    "fr": """au aux avec ce ces cette chaque comme dans de des deux du elle en entre est et ils la
        le les leur leurs mais ne nos notre nous on ou par pas plus pour qu que qui sa sans se ses
        son sont sous sur toutes tous un une vers vos votre""",
    "es": """al como con cada de del desde donde el ella en entre es esta este esto están ha hasta
        la las lo los más muy nos nuestra nuestro nuestros no o para pero por que se ser sin sobre
        son su sus también todas todos un una uno y""",
    "it": """ai al alla alle anche che come con da dai dal dalla degli dei del della delle di e ed
        gli ha i il in la le lo ma nei nel nella nelle non nostra nostri nostro o ogni per più sono
        su sua sui sul sulla suo tra tutti un una uno è""",
    "nl": """aan alle als bij dan dat de der deze die dit door een en er geen het hun ieder in is
        kan maar meer met naar niet nog of om onder ons onze ook op over per te tot uit van voor
        wat we wij wordt worden ze zijn""",
    "pt": """a ao aos as cada com como da das de do dos e ela em entre esta este está foi há mais
        mas na nas no nos nossa nosso não o os ou para pela pelo por que se sem seu seus sobre sua
        são também todos um uma""",
}
"""The words that tell a language and nothing else."""
_VAGUE = """year years yearly month months monthly week weeks weekly day days daily quarter quarters
    quarterly number rate share total average median percent percentage increase decrease raise
    reduce grow improve improvement lower higher new time team teams project projects initiative
    initiatives key result results objective goal target kr okr next last previous current first
    second early late
    jahr jahre jährlich monat monate monatlich woche wochen wöchentlich tag tage quartal anzahl zahl
    quote anteil prozent durchschnitt steigern senken erhöhen verbessern neu neue neuen zeit ziel
    ziele projekt projekte nächste nächsten nächstes letzte letzten letztes vorige aktuell aktuelle
    an ans année années mois semaine semaines jour jours trimestre nombre taux part moyenne
    augmenter réduire améliorer nouveau nouvelle nouveaux temps équipe projet projets objectif
    prochain prochaine dernier dernière premier première
    año años mes meses semana semanas día días número tasa media aumentar reducir mejorar nuevo
    nueva tiempo equipo proyecto proyectos objetivo próximo próxima último última primero primera
    anno anni mese mesi settimana settimane giorno giorni numero tasso quota aumentare ridurre
    migliorare nuovo nuova tempo progetto progetti obiettivo prossimo prossima ultimo ultima
    jaar jaren maand maanden dagen kwartaal aantal percentage gemiddelde verhogen verlagen
    verbeteren nieuw nieuwe tijd project projecten doel volgend volgende vorig vorige laatste
    ano anos mês dia dias taxa média reduzir melhorar novo nova projeto projetos objetivo"""

_WORD = re.compile(r"[^\W\d_]{2,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_STEMMERS = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}
_COMPOUNDING = frozenset({"de", "nl"})
_LINKS = ("", "s", "es", "n", "en", "er", "e")
"""What may stand between the parts of a compound."""
_PART = 4
"""The fewest letters of a part."""


def words_in(text: object) -> list[str]:
    """The words of a text in their order, without digits; of anything but a text, none."""
    if not isinstance(text, str):
        return []
    plain = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text))
    words = _WORD.findall(plain.casefold())
    if plain.isascii() or not _UNSPACED.search(plain):
        return words
    return [part for word in words for part in _pairs(word)]


def language_of(words: Iterable[str]) -> str | None:
    """The language whose short words a text has most of; None if no language has most."""
    counted = dict.fromkeys(SHORT_WORDS, 0)
    for word in words:
        for language in _TELLS.get(word, ()):
            counted[language] += 1
    first, second = sorted(counted.values(), reverse=True)[:2]
    return max(counted, key=counted.__getitem__) if first > second else None


def telling(words: Iterable[str], language: str | None) -> list[str]:
    """The words that carry meaning: without the short ones of a language, and of English."""
    left_out = _SHORT["en"] | _SHORT[language or "en"]
    return [word for word in words if word not in left_out]


@cache
def stem_of(word: str, language: str = "en") -> str:
    """A word without its ending: ``onboarding`` and ``onboarded`` both become ``onboard``."""
    return str(_stemmer(language).stemWord(word)) if language in _STEMMERS else word


def is_vague(word: str) -> bool:
    """Whether a word says nothing of a subject by itself, such as *year* or *increase*."""
    return word in _VAGUE_WORDS


class Vocabulary:
    """The stems of the words of a collection of texts.

    Args:
        languages: The language of each text, None where it is unknown.
        words: The words of each text.
    """

    def __init__(self, languages: Sequence[str | None], words: Sequence[Iterable[str]]) -> None:
        usual = Counter(language for language in languages if language)
        self._usual = min(usual, key=lambda one: (-usual[one], one)) if usual else "en"
        seen = Counter(
            (word, language)
            for language, text in zip(languages, words, strict=True)
            for word in text
        )
        self._language = {word: self._usual for word, _ in seen}
        known = ((n, word, language) for (word, language), n in seen.items() if language)
        for _, word, language in sorted(known, key=lambda one: (one[0], one[1], one[2])):
            self._language[word] = language
        self._known = {stem_of(word, language) for word, language in self._language.items()}

    def stems(self, word: str) -> list[str]:
        """The stem of a word and, of a compound, those of its parts that occur by themselves.

        Where both *Kunden* and *Zufriedenheit* occur, *Kundenzufriedenheit* matches either.
        """
        language = self._language.get(word, self._usual)
        parts = self._parts(word, language) if language in _COMPOUNDING else []
        return list(dict.fromkeys([stem_of(word, language), *parts]))

    def _parts(self, word: str, language: str) -> list[str]:
        for at in range(_PART, len(word) - _PART + 1):
            first = stem_of(word[:at], language)
            if first not in self._known or len(first) < _PART - 1:
                continue
            for link in _LINKS:
                rest = word[at + len(link) :]
                if len(rest) < _PART or not word.startswith(link, at):
                    continue
                last = stem_of(rest, language)
                further = [last] if last in self._known else self._parts(rest, language)
                if further:
                    return [first, *further]
        return []


def _pairs(word: str) -> list[str]:
    """A word as it is; one written without spaces as its pairs of neighbouring characters."""
    if not _UNSPACED.fullmatch(word):
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(_STEMMERS[language])


_SHORT = {language: frozenset(text.split()) for language, text in SHORT_WORDS.items()}
_TELLS = {
    word: tuple(language for language in _SHORT if word in _SHORT[language])
    for word in frozenset().union(*_SHORT.values())
}
_VAGUE_WORDS = frozenset(_VAGUE.split())
